import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import type { FaultAction } from '../../src/simulator/index.js';
import { postgresDatabase, postgresServer, queryPostgres } from '../storage/support.js';
import { TemporaryFolder } from '../support/command.js';
import { passing } from '../support/waiting.js';
import { Canaries } from './canaries.js';
import { GuardedGateway } from './guarded-gateway.js';
import { filesIn } from './guarded-place.js';

const HOUR_MS = 3_600_000;
const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { name } }';

/** What Audience Manager may answer; the texts repeat what it was sent, and more. */
const FAULTS: [string, (echo: string) => FaultAction][] = [
  ['an error page', (body) => ({ kind: 'status', status: 500, body, html: true })],
  ['an outage', (body) => ({ kind: 'status', status: 503, body })],
  ['a refusal', (body) => ({ kind: 'status', status: 400, body })],
  ['no access', (body) => ({ kind: 'status', status: 403, body })],
  ['nothing there', (body) => ({ kind: 'status', status: 404, body })],
  ['a limit', (body) => ({ kind: 'status', status: 429, body, retryAfter: 'never' })],
  [
    'an error of OAuth',
    (description) => ({
      kind: 'status',
      status: 401,
      body: JSON.stringify({ error: description, error_description: description }),
    }),
  ],
  [
    'a redirect',
    (echo) => ({ kind: 'redirect', location: `http://127.0.0.1:1/?${encodeURIComponent(echo)}` }),
  ],
  ['no JSON', (body) => ({ kind: 'body', body })],
  [
    'JSON of another shape',
    (echo) => ({ kind: 'body', body: JSON.stringify({ [echo]: echo, access_token: [echo] }) }),
  ],
  [
    'rows of another shape',
    (echo) => ({ kind: 'body', body: JSON.stringify([echo, { destinationMappingId: [echo] }]) }),
  ],
  ['half an answer', () => ({ kind: 'truncate' })],
  ['a broken connection', () => ({ kind: 'reset' })],
  ['too much', () => ({ kind: 'huge', bytes: 80 * 1024 * 1024 })],
];

/** A database of its own, with a password in its URL. */
async function guardedDatabase(): Promise<{ canaries: Canaries; url: string }> {
  const canaries = new Canaries();
  const { config } = await postgresDatabase();
  const url = new URL(config.engine === 'postgres' ? config.url : '');
  url.password = encodeURIComponent(canaries.awkward("the database's password"));
  return { canaries, url: url.href };
}

/** Sends bytes that need not be HTTP. @returns all that comes back */
async function sendBytes(gateway: GuardedGateway, bytes: string): Promise<void> {
  const { hostname, port } = new URL(gateway.gateway.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  gateway.remember(answer);
  expect(answer).toMatch(/^HTTP\/1\.1 4/);
}

describe('the search for canaries', () => {
  it('finds each however it is written', () => {
    const canaries = new Canaries();
    const secret = canaries.awkward('a secret');
    const form = new URLSearchParams({ password: secret }).toString();
    const texts = [
      secret,
      JSON.stringify({ secret }),
      JSON.stringify(JSON.stringify([secret])),
      inspect({ secret }),
      `https://host/?q=${encodeURIComponent(secret)}`,
      form,
      `Basic ${Buffer.from(`a:${secret}`).toString('base64')}`,
      `Basic ${Buffer.from(`ab:${secret}`).toString('base64url')}`,
      `Basic ${Buffer.from(`abc:${secret}:d`).toString('base64')}`,
    ];
    for (const text of texts) expect(canaries.foundIn({ text })).not.toEqual([]);
    expect(canaries.foundIn({ text: new Canaries().awkward('another') })).toEqual([]);
  });
});

describe('no secret comes out of a gateway', () => {
  it('when it lets callers in, refuses them, or cannot make sense of them', async () => {
    const gateway = await GuardedGateway.start(undefined, {
      limits: { body: '1KiB', tokens: 50 },
      listen: { sandbox: true },
    });
    const { key, metricsKey, credentials } = gateway.access;
    const body = JSON.stringify({ query: NAME });
    const outcomes: string[] = [];
    for (const each of [key, metricsKey, ...credentials]) {
      outcomes.push(await gateway.send('/graphql', { 'x-api-key': each }, body));
      outcomes.push(await gateway.send('/graphql', { authorization: `Bearer ${each}` }, body));
      await gateway.send(
        '/graphql',
        { authorization: `Basic ${Buffer.from(`user:${each}`).toString('base64')}` },
        body,
      );
      await gateway.send('/graphql', { authorization: each, cookie: `session=${each}` }, body);
      await gateway.send(`/graphql?query={__typename}&apiKey=${each}`, {});
      await gateway.send(`/graphql/${each}?x-api-key=${each}`, { 'x-api-key': each });
      await gateway.send('/metrics', { 'x-api-key': each });
      await gateway.send('/export/acme/314.csv', { 'x-api-key': each });
      await gateway.send('/export/acme/314.xls', { 'x-api-key': each });
      await gateway.send('/graphql', { 'x-api-key': each, accept: 'text/html' });
      await gateway.send('/graphql', { 'x-api-key': each }, '{ "query": ');
      await gateway.send('/graphql', { 'x-api-key': each }, JSON.stringify({ query: '{ nothing' }));
      await gateway.send('/graphql', { 'x-api-key': each }, JSON.stringify({ query: '{ nothing }' }));
      await gateway.send(
        '/graphql',
        { 'x-api-key': each },
        JSON.stringify({ query: `{ ${'id '.repeat(99)}}` }),
      );
      await gateway.send('/graphql', { 'x-api-key': each }, JSON.stringify({ query: ' '.repeat(2_000) }));
      await gateway.send('/graphql', { 'x-api-key': each, 'content-type': 'text/plain' }, body);
      const head = `POST /graphql HTTP/1.1\\r\\nHost: localhost\\r\\n`;
      await sendBytes(gateway, `${head}x-api-key: ${each}\\u0001\\r\\n\\r\\n`);
      await sendBytes(gateway, `${head}x-api-key ${each}\\r\\n\\r\\n`);
      await sendBytes(gateway, `${head}x-api-key: ${each.repeat(2_000)}\\r\\n\\r\\n`);
      await sendBytes(gateway, `POST /${each} HTTP/9.9\\r\\n\\r\\n`);
    }
    await gateway.askEverything();
    expect(outcomes.filter((text) => text.includes('Segment 1'))).toHaveLength(4);
    expect(outcomes.filter((text) => text.includes('UNAUTHENTICATED'))).toHaveLength(12);
    expect(gateway.gateway.log.filter((line) => line['audit'] === 'denied').length).toBeGreaterThan(20);
    expect(await gateway.escaped()).toEqual([]);
  });

  it('when callers come too often', async () => {
    const gateway = await GuardedGateway.start(undefined, { limits: { requestsPerMinute: 3 } });
    for (const each of [gateway.access.key, ...gateway.access.credentials]) {
      for (let round = 0; round < 4; round++) await gateway.send('/graphql', { 'x-api-key': each }, '{}');
    }
    expect(gateway.gateway.logLines.join('')).toContain('RATE_LIMITED');
    expect(await gateway.escaped()).toEqual([]);
  });

  it.each(FAULTS)('when Audience Manager answers with %s', async (kind, createFault) => {
    // Calls wait for the end of a limit. While time passes a hundred times as fast, none that is under way may time out.
    const more = kind === 'a limit' ? { audienceManager: { retries: 0, requestTimeout: '10m' } } : {};
    const gateway = await GuardedGateway.start(undefined, more);
    const { simulator, clock } = gateway.gateway;
    const ask = (): Promise<void> =>
      kind === 'a limit' ? passing(clock, gateway.askEverything(), 100) : gateway.askEverything();
    const action = createFault(gateway.canaries.all.join(' '));
    const fault = simulator.fault({ endpoint: 'token', action });
    await ask();
    fault.remove();
    clock.advance(HOUR_MS);
    await ask();
    expect(simulator.tokensIssued('acme')).not.toEqual([]);
    const echo = [...gateway.canaries.all, ...simulator.tokensIssued('acme')].join(' ');
    const faults = [simulator.fault({ endpoint: 'destination', action: createFault(echo) })];
    faults.push(simulator.fault({ endpoint: 'mappings', action: createFault(echo) }));
    clock.advance(HOUR_MS);
    await ask();
    expect([fault.hits > 0, faults.some(({ hits }) => hits > 0)]).toEqual([true, true]);
    expect(await gateway.escaped()).toEqual([]);
  });

  it('when Audience Manager does not answer', async () => {
    const gateway = await GuardedGateway.start();
    const { simulator, clock } = gateway.gateway;
    await gateway.askEverything();
    const fault = simulator.fault({ action: { kind: 'hang' } });
    const asked = gateway.askEverything();
    await Promise.race([asked, simulator.nextCall({ endpoint: 'mappings' })]);
    await passing(clock, asked, 1_000);
    expect(fault.hits).toBeGreaterThan(0);
    await simulator.stop();
    await gateway.askEverything();
    expect(await gateway.escaped()).toEqual([]);
  });

  it('when credentials and tokens are rejected, renewed and taken over', async () => {
    const gateway = await GuardedGateway.start();
    const { simulator, clock } = gateway.gateway;
    await gateway.askEverything();
    clock.advance(595_000);
    await gateway.askEverything();
    simulator.revokeTokens();
    await gateway.askEverything();
    simulator.revokeTokens();
    simulator.revokeRefreshTokens();
    await gateway.askEverything();
    simulator.setPassword('acme', 'another');
    simulator.setSecret('globex', 'another');
    simulator.revokeTokens();
    await gateway.askEverything();
    expect(simulator.tokensIssued('acme').length).toBeGreaterThan(4);
    expect(gateway.gateway.logLines.join('')).toContain('credentials were rejected');
    expect(await gateway.escaped()).toEqual([]);
  });

  it('when its database fails, and none is in that', async () => {
    const gateway = await GuardedGateway.start();
    const { clock } = gateway.gateway;
    await gateway.askEverything();
    await gateway.query(
      'mutation { setSegment(key: { customerId: "acme", destinationId: "314", segmentId: "1" }, name: "N") { id } }',
    );
    const database = new Database(join(gateway.folder.path, 'gateway.db'));
    expect(database.prepare('select count(*) as count from token').get()).toMatchObject({ count: 2 });
    database.exec('alter table destination rename to taken_away');
    database.close();
    clock.advance(HOUR_MS);
    await gateway.askEverything();
    await gateway.send('/readyz', {});
    expect(gateway.gateway.logLines.join('')).toContain('no such table');
    expect(await gateway.escaped()).toEqual([]);
    expect(gateway.canaries.foundIn(await filesIn(gateway.folder.path))).toEqual([]);
  });

  it.skipIf(postgresServer === null)('when it loses PostgreSQL', async () => {
    const { canaries, url } = await guardedDatabase();
    const name = new URL(url).pathname.slice(1);
    const gateway = await GuardedGateway.start(canaries, { storage: { sqlite: undefined, postgres: url } });
    await gateway.askEverything();
    const stored = await queryPostgres(url, 'select * from token');
    expect(stored).toHaveLength(2);
    await queryPostgres(postgresServer ?? '', `alter database ${name} allow_connections false`);
    await queryPostgres(
      postgresServer ?? '',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    gateway.gateway.clock.advance(HOUR_MS);
    await gateway.askEverything();
    expect(gateway.gateway.logLines.join('')).toContain('PostgreSQL');
    expect(await gateway.escaped()).toEqual([]);
    expect(canaries.foundIn({ 'the table': JSON.stringify(stored) })).toEqual([]);
  });
});

/** Everything that becomes known of a gateway that does not start with this text. */
async function failedStart(text: string, env: NodeJS.ProcessEnv = {}): Promise<Record<string, string>> {
  await using folder = await TemporaryFolder.create();
  const lines: string[] = [];
  let outcome: unknown;
  try {
    const config = parseConfig(text, { file: join(folder.path, 'gateway.yaml'), env });
    const gateway = await Gateway.start(config, {
      logLevel: 'trace',
      logSink: { write: (line) => lines.push(line) },
    });
    await gateway.stop();
  } catch (error) {
    outcome = error;
  }
  expect(outcome).toBeInstanceOf(Error);
  const { message, stack = '' } = outcome as Error;
  const error = inspect(outcome, { depth: 10, showHidden: true });
  const files = Object.keys(await filesIn(folder.path)).join('\n');
  return {
    'the log': lines.join(''),
    'the error': [error, message, stack, JSON.stringify(outcome)].join('\n'),
    'the names of files': files,
  };
}

const NO_CUSTOMER = 'listen: { port: 0 }\ncustomers: [{ id: acme }]\n';
const access = (entry: string): string =>
  `${NO_CUSTOMER}access: { apiKeys: [{ name: a, customers: all, ${entry} }] }`;
const storage = (entry: string): string => `${NO_CUSTOMER}storage: { ${entry} }`;
const jwt = (entry: string): string => `${NO_CUSTOMER}access: { jwt: { issuer: i, audience: a, ${entry} } }`;

/** Mistakes near a secret: `*` is where it stands. */
const MISTAKES: [string, string][] = [
  ['a key in place of its hash', access('sha256: "*"')],
  ['a key in place of its hash, as a list', access('sha256: ["*"]')],
  ['a key beside its hash', access('key: "*"')],
  ['a key in place of an entry', `${NO_CUSTOMER}access: { apiKeys: ["*"] }`],
  ['a key in place of the list', `${NO_CUSTOMER}access: { apiKeys: "*" }`],
  ['keys in a mapping', `${NO_CUSTOMER}access: { apiKeys: { "*": { customers: all } } }`],
  ['keys at an address with a password', jwt('jwksUri: "https://u:*@host/keys"')],
  ['keys at an address with a secret', jwt('jwksUri: "https://host/keys?secret=*"')],
  ['keys at no address', jwt('jwksUri: "htps://u:*@host"')],
  ['an encryption key that is a list', storage('encryptionKey: ["*"]')],
  ['an encryption key with a line break', storage('encryptionKey: "*\\n"')],
  ['two storages', storage('sqlite: a.db, postgres: "postgres://u:*@127.0.0.1:1/db"')],
  ['a database URL in place of the file', storage('sqlite: "postgres://u:*@127.0.0.1:1/db"')],
  ['a database URL in place of the section', `${NO_CUSTOMER}storage: "postgres://u:*@127.0.0.1:1/db"`],
  ['a database URL in a list', storage('postgres: ["postgres://u:*@127.0.0.1:1/db"]')],
  ['a database URL of another kind', storage('postgres: "mysql://u:*@127.0.0.1:1/db"')],
  ['a database URL with a slash in its password', storage('postgres: "postgres://u:a/*@127.0.0.1:1/db"')],
  [
    'a database URL with a percent sign in its password',
    storage('postgres: "postgres://u:%*%@127.0.0.1:1/db"'),
  ],
  ['a database URL with a hash in its password', storage('postgres: "postgres://u:1#*@127.0.0.1:1/db"')],
  ['a database that does not listen', storage('postgres: "postgres://u:*@127.0.0.1:1/db"')],
  [
    'a database that does not listen, with the password behind',
    storage('postgres: "postgres://u@127.0.0.1:1/db?password=*"'),
  ],
  [
    'a database without the certificate to check it',
    storage('postgres: "postgres://u:*@127.0.0.1:1/db?sslrootcert=/no/such/file"'),
  ],
  [
    'a client secret of the other kind',
    `${NO_CUSTOMER}audienceManager: { serverToServer: { clientSecret: "*" } }`,
  ],
  [
    'a secret in an address',
    `${NO_CUSTOMER}audienceManager: { serverToServer: { tokenUrl: "https://host/?client_secret=*" } }`,
  ],
  ['a password beside the credentials', 'customers: [{ id: acme, password: "*" }]'],
  ['a password in place of the credentials', 'customers: [{ id: acme, credentials: "*" }]'],
  ['a password in a list of credentials', 'customers: [{ id: acme, credentials: [password, u, "*"] }]'],
];

describe('no secret comes out of a gateway that does not start', () => {
  it.each(MISTAKES)('for %s', async (_, text) => {
    const canaries = new Canaries();
    const secret = canaries.plain('the secret');
    expect(canaries.foundIn(await failedStart(text.replace('*', secret)))).toEqual([]);
    const byReference = await failedStart(text.replaceAll('*', '${env:SECRET}'), { SECRET: secret });
    expect(canaries.foundIn(byReference)).toEqual([]);
  });

  it.skipIf(postgresServer === null).each([
    ['whose database is missing', (url: URL) => (url.pathname = '/no_such_database')],
    ['whose user is missing', (url: URL) => (url.username = 'nobody_of_that_name')],
    ['that speaks no TLS', (url: URL) => (url.search = '?sslmode=verify-full')],
  ])('for a PostgreSQL %s', async (_, spoil) => {
    const { canaries, url } = await guardedDatabase();
    const spoilt = new URL(url);
    spoil(spoilt);
    const text = storage(`postgres: ${JSON.stringify(spoilt.href)}`);
    expect(canaries.foundIn(await failedStart(text))).toEqual([]);
  });
});
