import dns from 'node:dns';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectPlainly, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { configSecrets, parseConfig, type Config } from '../../../src/config/index.js';
import { answerBrokenRequests } from '../../../src/server/http/errors.js';
import { createAuthority, issue, type Certificate } from '../../support/certificates.js';
import { TemporaryFolder } from '../../support/command.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, configTextFor } from '../../support/gateway.js';
import { https, keepAlive } from '../../support/https.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];
const BODY = JSON.stringify({
  query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }',
});
const ANSWER = { data: { segment: { label: 'Segment 1' } } };

let authority: Certificate;
let own: Certificate;
let renewed: Certificate;
beforeAll(async () => {
  authority = await createAuthority();
  own = await issue(authority, { name: 'first' });
  renewed = await issue(authority, { name: 'second' });
});

interface Tls extends Certificate {
  readonly clientCa?: string;
}

async function start(tls: Tls | null, host = '127.0.0.1'): Promise<TestGateway> {
  const gateway = await TestGateway.start({ simulated: SIMULATED, config: listen(tls, host) });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

function listen(tls: Tls | null, host = '127.0.0.1'): Record<string, Record<string, unknown>> {
  return { listen: { host, port: 0, ...(tls === null ? {} : { tls }) } };
}

/** The configuration that a gateway was started with, but for TLS. */
function configWith(gateway: TestGateway, tls: Tls | null): Config {
  const text = configTextFor(gateway.simulator, SIMULATED, undefined, listen(tls));
  return parseConfig(text, { file: join(gateway.folder, 'gateway.yaml'), env: {} });
}

function ignoredKeys(gateway: TestGateway): unknown[] {
  return gateway.log.filter(({ msg }) => String(msg).includes('next start')).map(({ keys }) => keys);
}

describe('a gateway with a certificate', () => {
  it('answers over HTTPS, by TLS 1.2 and 1.3, and says so in its URL', async () => {
    const gateway = await start(own);
    expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(gateway.log.find(({ msg }) => msg === 'gateway is listening')).toMatchObject({ url: gateway.url });
    const answer = await https(gateway.url, { ca: authority.cert, body: BODY });
    expect(JSON.parse(answer.body)).toEqual(ANSWER);
    expect(answer.servedBy).toBe('CN=first');
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d/);
    // Answered the short way.
    const { body, headers } = await https(gateway.url, { ca: authority.cert, body: BODY });
    expect(JSON.parse(body)).toEqual(ANSWER);
    expect(headers['strict-transport-security']).toBe(answer.headers['strict-transport-security']);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const options = { ca: authority.cert, minVersion: version, maxVersion: version };
      expect(await https(gateway.url, options)).toMatchObject({ protocol: version });
    }
  });

  it('answers those alone who trust it, and nobody without TLS', async () => {
    const gateway = await start(own);
    await expect(https(gateway.url, {})).rejects.toThrow(/certificate/);
    const socket = connectPlainly(Number(new URL(gateway.url).port), '127.0.0.1');
    let told = '';
    socket.setEncoding('utf8').on('data', (text: string) => (told += text));
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'close');
    expect(told).not.toContain('"status":"ok"');
    expect((await https(gateway.url, { ca: authority.cert, body: BODY })).status).toBe(200);
  });

  it('drops a connection that never got as far as TLS, without waiting to tell it so', async () => {
    const server = createServer();
    const accepted = once(server.listen(0, '127.0.0.1'), 'connection') as Promise<[Socket]>;
    await once(server, 'listening');
    const peer = connectPlainly((server.address() as AddressInfo).port, '127.0.0.1');
    const [socket] = await accepted;
    server.close();
    socket.on('error', () => undefined);
    const error = Object.assign(new Error('too slow'), { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' });
    answerBrokenRequests(error as Parameters<typeof answerBrokenRequests>[0], socket);
    let told = '';
    for await (const text of peer.setEncoding('utf8')) told += String(text);
    expect({ told, destroyed: socket.destroyed }).toEqual({ told: '', destroyed: true });
  });

  it('listens on localhost too, and serves a new certificate wherever that is', async () => {
    // On many machines localhost is both of these; this one may know but one of them.
    const lookup = dns.lookup.bind(dns) as (...args: unknown[]) => unknown;
    vi.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]): unknown => {
      const [host, options, callback] = args;
      const all = host === 'localhost' && (options as { all?: boolean }).all === true;
      if (!all || typeof callback !== 'function') return lookup(...args);
      (callback as (error: null, addresses: object[]) => void)(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
      return undefined;
    });
    const gateway = await start(own, 'localhost');
    expect(gateway.url).toMatch(/^https:\/\/localhost:\d+\/graphql$/);
    gateway.gateway.reload(configWith(gateway, renewed));
    const servedBy: string[] = [];
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const url = gateway.url.replace('localhost', host);
      const answer = await https(url, { ca: authority.cert }).catch(() => null);
      if (answer !== null) servedBy.push(answer.servedBy);
    }
    expect(new Set(servedBy)).toEqual(new Set(['CN=second']));
  });

  it('shows its key nowhere', async () => {
    const gateway = await start(own);
    const secret = own.key.trim();
    gateway.gateway.logger.info({ text: secret }, 'a slip');
    expect(gateway.logLines.join('\n')).toContain('[redacted]');
    expect(gateway.logLines.join('\n')).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(configSecrets(configWith(gateway, own))).toContain(secret);
  });

  it('is warned of one that has expired', async () => {
    const expired = await issue(authority, { notBefore: new Date(2020, 0), notAfter: new Date(2020, 1) });
    const gateway = await start(expired);
    const warning = /listen\.tls\.cert has expired/;
    expect(gateway.log.find(({ msg }) => warning.test(String(msg)))).toMatchObject({ level: 'warn' });
    const fine = await start(own);
    expect(fine.log.some(({ msg }) => warning.test(String(msg)))).toBe(false);
  });
});

describe('a changed certificate', () => {
  it('is served to new connections, while those that are open go on', async () => {
    const gateway = await start(own);
    await using open = keepAlive({ ca: authority.cert });
    expect(await https(gateway.url, open)).toMatchObject({ servedBy: 'CN=first', reused: false });
    gateway.gateway.reload(configWith(gateway, renewed));
    expect((await https(gateway.url, { ca: authority.cert })).servedBy).toBe('CN=second');
    const again = await https(gateway.url, { ...open, body: BODY });
    expect({ body: JSON.parse(again.body) as unknown, reused: again.reused }).toEqual({
      body: ANSWER,
      reused: true,
    });
    expect(ignoredKeys(gateway)).toEqual([]);
  });

  it('is read from its files again', async () => {
    await using folder = await TemporaryFolder.create();
    const write = async ({ cert, key }: Certificate): Promise<void> => {
      await writeFile(join(folder.path, 'gateway.crt'), cert);
      await writeFile(join(folder.path, 'gateway.key'), key);
    };
    const load = (gateway: TestGateway): Config => {
      const text = configTextFor(gateway.simulator, SIMULATED, undefined, {
        listen: { port: 0, tls: { cert: 'gateway.crt', key: 'gateway.key' } },
      });
      return parseConfig(text, { file: join(folder.path, 'gateway.yaml'), env: {} });
    };
    await write(renewed);
    const gateway = await start(own);
    gateway.gateway.reload(load(gateway));
    expect((await https(gateway.url, { ca: authority.cert })).servedBy).toBe('CN=second');
    await write(own);
    gateway.gateway.reload(load(gateway));
    expect((await https(gateway.url, { ca: authority.cert })).servedBy).toBe('CN=first');
  });

  it('takes a restart where TLS is turned on or off', async () => {
    const secured = await start(own);
    secured.gateway.reload(configWith(secured, null));
    expect(ignoredKeys(secured)).toEqual([['listen.tls']]);
    expect((await https(secured.url, { ca: authority.cert })).servedBy).toBe('CN=first');
    secured.gateway.reload(configWith(secured, renewed));
    expect((await https(secured.url, { ca: authority.cert })).servedBy).toBe('CN=second');
    expect(ignoredKeys(secured)).toHaveLength(1);

    const plain = await start(null);
    plain.gateway.reload(configWith(plain, own));
    expect(ignoredKeys(plain)).toEqual([['listen.tls']]);
    expect(await plain.post(BODY)).toMatchObject({ body: ANSWER });
  });
});

describe('a gateway with clientCa', () => {
  let clients: Certificate;
  let client: Certificate;
  beforeAll(async () => {
    clients = await createAuthority('Clients');
    client = await issue(clients, { name: 'reports' });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'answers clients with a certificate alone (%s)',
    async (version) => {
      const gateway = await start({ ...own, clientCa: clients.cert });
      const trust = { ca: authority.cert, minVersion: version, maxVersion: version, body: BODY };
      expect(JSON.parse((await https(gateway.url, { ...trust, ...client })).body)).toEqual(ANSWER);
      await expect(https(gateway.url, trust)).rejects.toThrow();
      const stranger = await issue(authority, { name: 'stranger' });
      await expect(https(gateway.url, { ...trust, ...stranger })).rejects.toThrow();
      expect(gateway.log.filter(({ msg }) => msg === 'request')).toHaveLength(1);
    },
  );

  it('takes over other issuers without a restart', async () => {
    const gateway = await start({ ...own, clientCa: clients.cert });
    const others = await createAuthority('Others');
    gateway.gateway.reload(configWith(gateway, { ...own, clientCa: others.cert }));
    const trust = { ca: authority.cert, body: BODY };
    await expect(https(gateway.url, { ...trust, ...client })).rejects.toThrow();
    const other = await issue(others);
    expect((await https(gateway.url, { ...trust, ...other })).status).toBe(200);
    expect(ignoredKeys(gateway)).toEqual([]);
  });

  it('goes on asking for certificates until a restart, and does not begin to before one', async () => {
    const asking = await start({ ...own, clientCa: clients.cert });
    asking.gateway.reload(configWith(asking, renewed));
    expect(ignoredKeys(asking)).toEqual([['listen.tls.clientCa']]);
    const trust = { ca: authority.cert, body: BODY };
    await expect(https(asking.url, trust)).rejects.toThrow();
    expect(await https(asking.url, { ...trust, ...client })).toMatchObject({ servedBy: 'CN=second' });

    const open = await start(own);
    open.gateway.reload(configWith(open, { ...renewed, clientCa: clients.cert }));
    expect(ignoredKeys(open)).toEqual([['listen.tls.clientCa']]);
    expect(await https(open.url, trust)).toMatchObject({ status: 200, servedBy: 'CN=second' });
  });
});
