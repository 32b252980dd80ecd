import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor, type FurtherConfig } from '../support/gateway.js';
import { keySetOf, signingKey } from '../support/key-provider.js';
import { entryOf, withKey } from '../support/keys.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const CUSTOMERS = '{ customers { nodes { id } } }';

/** A simulator, and a folder with a configuration for `serve`. */
class Place implements AsyncDisposable {
  readonly #simulator: AudienceManagerSimulator;
  readonly #folder: TemporaryFolder;

  private constructor(simulator: AudienceManagerSimulator, folder: TemporaryFolder) {
    this.#simulator = simulator;
    this.#folder = folder;
  }

  static async create(): Promise<Place> {
    const simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    return new Place(simulator, await TemporaryFolder.create());
  }

  /** Writes the configuration with further keys. @returns the arguments for running `serve` */
  async configure(more: FurtherConfig): Promise<string[]> {
    const text = configTextFor(this.#simulator, SIMULATED, undefined, more);
    return ['serve', '--config', await this.#folder.write('gateway.yaml', text)];
  }

  async write(name: string, text: string): Promise<void> {
    await this.#folder.write(name, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
    await this.#simulator.stop();
  }
}

async function urlOf(command: RunningCommand): Promise<string> {
  return (await command.prints(/"url":"([^"]+)"/))[1] ?? '';
}

/** Sends a request. @returns its status */
async function ask(
  url: string,
  headers: Record<string, string>,
  body: object = { query: CUSTOMERS },
): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await response.text();
  return response.status;
}

/** Sends SIGHUP, and waits until the configuration was reloaded `times` times in total. */
async function reload(command: RunningCommand, times: number): Promise<void> {
  command.kill('SIGHUP');
  await command.prints(new RegExp(`(configuration reloaded[^]*){${times}}`));
}

describe('serve with access control', () => {
  it('applies changed keys on SIGHUP: new keys are accepted, old ones rejected', async () => {
    await using place = await Place.create();
    const keys = (...apiKeys: object[]): FurtherConfig => ({ access: { apiKeys } });
    const [one, other] = [
      entryOf('one-key', 'one', 'all'),
      entryOf('other-key', 'other', ['acme', 'umbrella']),
    ];
    await using gateway = new RunningCommand(await place.configure(keys(one)));
    const url = await urlOf(gateway);
    const statuses = async (): Promise<number[]> => [
      await ask(url, withKey('one-key')),
      await ask(url, withKey('other-key')),
      await ask(url, {}),
    ];
    expect(await statuses()).toEqual([200, 401, 401]);
    await place.configure(keys(one, other));
    expect(await statuses()).toEqual([200, 401, 401]);
    await reload(gateway, 1);
    expect(await statuses()).toEqual([200, 200, 401]);
    await gateway.prints(/"level":"warn".*"customers":\["umbrella"\].*not configured/);
    await place.configure(keys(other));
    await reload(gateway, 2);
    expect(await statuses()).toEqual([401, 200, 401]);
    expect(gateway.stdout).not.toContain('one-key');
    expect(gateway.stderr).toBe('');
  });

  it('keeps its keys if the changed file has a mistake', async () => {
    await using place = await Place.create();
    const good = entryOf('good-key', 'good', 'all');
    await using gateway = new RunningCommand(await place.configure({ access: { apiKeys: [good] } }));
    const url = await urlOf(gateway);
    for (const [index, access] of [
      { apiKeys: [{ ...good, sha256: 'canary' }] },
      { apiKeys: [] },
      {},
    ].entries()) {
      await place.configure({ access });
      gateway.kill('SIGHUP');
      await gateway.prints(new RegExp(`(configuration refused[^]*){${index + 1}}`));
    }
    expect([await ask(url, withKey('good-key')), await ask(url, {})]).toEqual([200, 401]);
    expect(gateway.stdout).toContain('access.apiKeys[0].sha256');
    expect(gateway.stdout).not.toContain('canary');
  });

  it('reloads trusted documents and key sets on SIGHUP', async () => {
    await using place = await Place.create();
    const [old, next] = await Promise.all([signingKey('ES256', 'old'), signingKey('ES256', 'next')]);
    const claims = {
      iss: 'a',
      aud: 'b',
      customers: 'all',
      permissions: 'read',
      exp: Date.now() / 1_000 + 3_600,
    };
    const [oldToken, nextToken] = await Promise.all([old.sign(claims), next.sign(claims)]);
    await place.write('keys.json', keySetOf(old));
    await place.write('known.json', JSON.stringify({ first: CUSTOMERS }));
    const config = await place.configure({
      access: {
        jwt: { issuer: 'a', audience: 'b', jwksFile: 'keys.json' },
        trustedDocuments: { file: 'known.json', only: true },
      },
    });
    await using gateway = new RunningCommand(config);
    const url = await urlOf(gateway);
    const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
    const statuses = async (): Promise<number[]> => [
      await ask(url, bearer(oldToken), { documentId: 'first' }),
      await ask(url, bearer(nextToken), { documentId: 'first' }),
      await ask(url, bearer(nextToken), { documentId: 'second' }),
      await ask(url, bearer(nextToken), { query: '{ __typename }' }),
    ];
    expect(await statuses()).toEqual([200, 401, 401, 401]);
    await place.write('keys.json', keySetOf(next));
    await place.write(
      'known.json',
      JSON.stringify({ first: CUSTOMERS, second: '{ __typename }', third: '{ nome }' }),
    );
    await reload(gateway, 1);
    expect(await statuses()).toEqual([401, 200, 200, 200]);
    await gateway.prints(/"level":"warn".*"id":"third".*nome.*do not fit the schema/);
    await place.write('known.json', '{}');
    gateway.kill('SIGHUP');
    await gateway.prints(/the file known\.json contains no operation.*configuration refused/);
    expect(await statuses()).toEqual([401, 200, 200, 200]);
  });

  it('listens for other machines without --insecure', async () => {
    await using place = await Place.create();
    const access = { apiKeys: [entryOf('one-key', 'one', 'all')] };
    const config = await place.configure({ listen: { host: '0.0.0.0', port: 0 }, access });
    await using gateway = new RunningCommand(config);
    const url = (await urlOf(gateway)).replace('0.0.0.0', '127.0.0.1');
    expect([await ask(url, withKey('one-key')), await ask(url, {})]).toEqual([200, 401]);
    expect(gateway.stdout).not.toContain('"level":"warn"');
  });
});

describe('serve without access control', () => {
  it.each([
    [
      'nothing that says who may call',
      {},
      /listen\.host: .*add access \(aam-gateway key creates a key\).*--insecure/,
    ],
    ['nobody that may call', { access: {} }, /access: allows nobody to call/],
  ])('does not listen for other machines with %s', async (_, more, message) => {
    await using place = await Place.create();
    const config = await place.configure({ listen: { host: '0.0.0.0', port: 0 }, ...more });
    const { code, stdout, stderr } = await runCommand(config);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('listens for other machines with --insecure, under any host name, and warns', async () => {
    await using place = await Place.create();
    const config = await place.configure({ listen: { host: '0.0.0.0', port: 0 } });
    await using gateway = new RunningCommand([...config, '--insecure']);
    const { port } = new URL(await urlOf(gateway));
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'gateway.example.com' };
      httpRequest({ port, host: '127.0.0.1', path: '/metrics', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(gateway.stdout.match(/"level":"warn".*no access control/g)).toHaveLength(1);
  });

  it('refuses on SIGHUP to remove access control while other machines can reach it', async () => {
    await using place = await Place.create();
    const listen = { host: '0.0.0.0', port: 0 };
    const access = { apiKeys: [entryOf('one-key', 'one', 'all')] };
    await using gateway = new RunningCommand(await place.configure({ listen, access }));
    const url = (await urlOf(gateway)).replace('0.0.0.0', '127.0.0.1');
    await place.configure({ listen });
    gateway.kill('SIGHUP');
    await gateway.prints(/"path":"listen\.host".*configuration refused/);
    expect([await ask(url, withKey('one-key')), await ask(url, {})]).toEqual([200, 401]);
  });
});
