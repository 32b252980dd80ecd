import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { RunningCommand } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import type { FurtherConfig } from '../support/gateway.js';
import { keySetOf, signingKey } from '../support/key-provider.js';
import { entryOf, withKey } from '../support/keys.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
/** `listen` for connections from other machines. */
const EVERYWHERE = { host: '0.0.0.0', port: 0 };
const CUSTOMERS = '{ customers { nodes { id } } }';

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
    const keys = (...apiKeys: object[]): FurtherConfig => ({ access: { apiKeys } });
    const [one, other] = [
      entryOf('one-key', 'one', 'all'),
      entryOf('other-key', 'other', ['acme', 'umbrella']),
    ];
    await using place = await ConfiguredFolder.create(SIMULATED, keys(one));
    await using gateway = place.serve();
    const url = await gateway.url();
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
    const good = entryOf('good-key', 'good', 'all');
    await using place = await ConfiguredFolder.create(SIMULATED, { access: { apiKeys: [good] } });
    await using gateway = place.serve();
    const url = await gateway.url();
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

  it('keeps access control on SIGHUP if the changed file has none, and says so', async () => {
    const access = { apiKeys: [entryOf('one-key', 'one', 'all')] };
    await using place = await ConfiguredFolder.create(SIMULATED, { access });
    await using gateway = place.serve();
    const url = await gateway.url();
    await place.configure({});
    await reload(gateway, 1);
    await gateway.prints(/"level":"warn".*"keys":\["access"\].*stay in force.*restart the gateway/);
    expect([await ask(url, withKey('one-key')), await ask(url, {})]).toEqual([200, 401]);
    expect(gateway.stdout).not.toContain('there is no access control');
  });

  it('reloads trusted documents and key sets on SIGHUP', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    const [old, next] = await Promise.all([signingKey('ES256', 'old'), signingKey('ES256', 'next')]);
    const claims = {
      iss: 'a',
      aud: 'b',
      customers: 'all',
      permissions: 'read',
      exp: Date.now() / 1_000 + 3_600,
    };
    const [oldToken, nextToken] = await Promise.all([old.sign(claims), next.sign(claims)]);
    await place.folder.write('keys.json', keySetOf(old));
    await place.folder.write('known.json', JSON.stringify({ first: CUSTOMERS }));
    await place.configure({
      access: {
        jwt: { issuer: 'a', audience: 'b', jwksFile: 'keys.json' },
        trustedDocuments: { file: 'known.json', only: true },
      },
    });
    await using gateway = place.serve();
    const url = await gateway.url();
    const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
    const statuses = async (): Promise<number[]> => [
      await ask(url, bearer(oldToken), { documentId: 'first' }),
      await ask(url, bearer(nextToken), { documentId: 'first' }),
      await ask(url, bearer(nextToken), { documentId: 'second' }),
      await ask(url, bearer(nextToken), { query: '{ __typename }' }),
    ];
    expect(await statuses()).toEqual([200, 401, 401, 401]);
    await place.folder.write('keys.json', keySetOf(next));
    await place.folder.write(
      'known.json',
      JSON.stringify({ first: CUSTOMERS, second: '{ __typename }', third: '{ nome }' }),
    );
    await reload(gateway, 1);
    expect(await statuses()).toEqual([401, 200, 200, 200]);
    await gateway.prints(/"level":"warn".*"id":"third".*nome.*do not fit the schema/);
    await place.configure({ access: { jwt: { issuer: 'a', audience: 'b', jwksFile: 'keys.json' } } });
    await reload(gateway, 2);
    await gateway.prints(/"keys":\["access\.trustedDocuments\.only"\].*stay in force/);
    expect(await statuses()).toEqual([401, 200, 200, 200]);
    expect(await ask(url, bearer(nextToken), { query: '{ viewer { name } }' })).toBe(403);
    await place.configure({
      access: {
        jwt: { issuer: 'a', audience: 'b', jwksFile: 'keys.json' },
        trustedDocuments: { file: 'known.json', only: true },
      },
    });
    await place.folder.write('known.json', '{}');
    gateway.kill('SIGHUP');
    await gateway.prints(/the file known\.json contains no operation.*configuration refused/);
    expect(await statuses()).toEqual([401, 200, 200, 200]);
  });

  it('listens for other machines without --insecure', async () => {
    const access = { apiKeys: [entryOf('one-key', 'one', 'all')] };
    await using place = await ConfiguredFolder.create(SIMULATED, { listen: EVERYWHERE, access });
    await using gateway = place.serve();
    const url = (await gateway.url()).replace('0.0.0.0', '127.0.0.1');
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
    await using place = await ConfiguredFolder.create(SIMULATED, { listen: EVERYWHERE, ...more });
    const { code, stdout, stderr } = await place.run(['serve']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('listens for other machines with --insecure, under any host name, and warns', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, { listen: EVERYWHERE });
    await using gateway = place.serve('--insecure');
    const { port } = new URL(await gateway.url());
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
    const access = { apiKeys: [entryOf('one-key', 'one', 'all')] };
    await using place = await ConfiguredFolder.create(SIMULATED, { listen: EVERYWHERE, access });
    await using gateway = place.serve();
    const url = (await gateway.url()).replace('0.0.0.0', '127.0.0.1');
    await place.configure({ listen: EVERYWHERE });
    gateway.kill('SIGHUP');
    await gateway.prints(/"path":"listen\.host".*configuration refused/);
    expect([await ask(url, withKey('one-key')), await ask(url, {})]).toEqual([200, 401]);
  });
});
