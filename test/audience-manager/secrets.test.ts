import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Account } from '../../src/audience-manager/index.js';
import type { FaultAction } from '../../src/simulator/index.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { REQUEST_TIMEOUT_MS, passWaits, startUpstream, type Upstream } from '../support/upstream.js';

const PASSWORD = 'pass "wörd" \\ & 100%+';
const PARTNER = { clientId: 'the-partner', clientSecret: 'partner/secret+="' };
const SECRET = 'globex secret: ¡ñ!';
/** Sent by servers in places where no token belongs. */
const STRAY = 'stray-token-5f0c9d7e';

/** Every way in which a secret might get into a text. */
function spellings(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    Buffer.from(secret).toString('base64'),
    inspect(secret).slice(1, -1),
  ];
}

function secretsOf({ simulator }: Upstream): string[] {
  const secrets = [
    PASSWORD,
    PARTNER.clientSecret,
    SECRET,
    STRAY,
    `${PARTNER.clientId}:${PARTNER.clientSecret}`,
  ];
  return [...secrets, ...simulator.tokensIssued('acme'), ...simulator.tokensIssued('globex')].flatMap(
    spellings,
  );
}

async function start(): Promise<Upstream> {
  const upstream = await startUpstream({
    customers: [
      { ...passwordCustomer('acme', destination(314, 25)), password: PASSWORD },
      { ...serverToServerCustomer('globex', destination(566, 25)), clientSecret: SECRET },
    ],
    simulator: { partner: PARTNER, tokenLifetimeSeconds: 100 },
    client: { pageSize: 10 },
  });
  // As the gateway does with all secrets of its configuration.
  for (const secret of [PASSWORD, PARTNER.clientSecret, SECRET]) upstream.redactor.add(secret);
  return upstream;
}

/** Everything that can be called, each with what it ended with. */
async function driveAll(upstream: Upstream, accounts: readonly Account[]): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (const account of accounts) {
    const id = account.type === 'password' ? '314' : '566';
    const calls = [
      (): Promise<unknown> => upstream.client.readDestination(account, id),
      (): Promise<unknown> => upstream.client.listMappings(account, id),
    ];
    for (const call of calls) {
      const end = call().catch((error: unknown) => error);
      await passWaits(upstream.clock, end);
      ends.push(await end);
    }
  }
  return ends;
}

/** Fails with every secret of the upstream's that stands in what was thrown, logged or counted. */
async function expectNothingTold(upstream: Upstream, thrown: readonly unknown[]): Promise<void> {
  for (const error of thrown) upstream.logger.error({ err: error, upstream: { cause: error } }, 'it failed');
  const told = [
    ...thrown.map((error) => inspect(error, { depth: 10, showHidden: true })),
    ...thrown.map((error) => (error instanceof Error ? String(error.stack) : '')),
    ...upstream.logLines,
    await upstream.metrics.registry.metrics(),
  ].join('\n');
  expect(secretsOf(upstream).filter((secret) => told.includes(secret))).toEqual([]);
}

/** A server that answers every connection with the same bytes. */
async function serveBytes(bytes: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const echo = `${PASSWORD} ${SECRET} ${PARTNER.clientSecret} ${STRAY}`;
const reason = JSON.stringify({ error_code: STRAY, error: echo, error_description: echo, message: echo });
const json = (value: unknown): FaultAction => ({ kind: 'body', body: JSON.stringify(value) });

const FAILURES: [string, FaultAction][] = [
  ['500 with a body that repeats them', { kind: 'status', status: 500, body: echo, html: true }],
  ['503 with a body that repeats them', { kind: 'status', status: 503, body: echo, html: true }],
  ['400 with a body that repeats them', { kind: 'status', status: 400, body: echo }],
  ['400 for a reason that repeats them', { kind: 'status', status: 400, body: reason }],
  ['401 for a reason that repeats them', { kind: 'status', status: 401, body: reason }],
  ['403 for a reason that repeats them', { kind: 'status', status: 403, body: reason }],
  ['404 for a reason that repeats them', { kind: 'status', status: 404, body: reason }],
  [
    '401 with headers that repeat them',
    { kind: 'status', status: 401, headers: { 'www-authenticate': STRAY } },
  ],
  ['an OAuth error named after them', { kind: 'oauth-error', error: PASSWORD, description: echo }],
  ['a redirect that carries them', { kind: 'redirect', location: `http://127.0.0.1:1/?token=${STRAY}` }],
  ['a Retry-After that is one of them', { kind: 'status', status: 429, retryAfter: STRAY }],
  ['a text that repeats them', { kind: 'body', body: echo }],
  ['JSON of another shape that repeats them', json({ [STRAY]: echo, access_token: { [STRAY]: echo } })],
  ['a token that no header can carry', json({ access_token: `${STRAY}\u0001`, refresh_token: echo })],
  ['a token beyond ASCII', json({ access_token: `${STRAY}ł` })],
  ['a list of rows that are nothing but them', json([STRAY, echo, { destinationMappingId: echo }])],
  ['corrupt compression', { kind: 'status', status: 200, body: echo, headers: { 'content-encoding': 'br' } }],
  ['a header beyond all bounds', { kind: 'status', status: 200, headers: { 'x-a': STRAY.repeat(2000) } }],
  ['half a body', { kind: 'truncate' }],
  ['a reset connection', { kind: 'reset' }],
];

describe('no password, secret or token is told by what is thrown, logged or counted', () => {
  it('when all goes well, tokens are renewed, and refresh tokens are rejected', async () => {
    const upstream = await start();
    const accounts = [upstream.account('acme'), upstream.account('globex')];
    const ends = await driveAll(upstream, accounts);
    upstream.clock.advance(95_000);
    ends.push(...(await driveAll(upstream, accounts)));
    upstream.simulator.revokeTokens();
    upstream.simulator.revokeRefreshTokens();
    ends.push(...(await driveAll(upstream, accounts)));
    expect(ends.filter((end) => end instanceof Error)).toEqual([]);
    for (const account of accounts) upstream.logger.info({ account, customers: { account } }, 'accounts');
    await expectNothingTold(upstream, []);
  });

  it('when the credentials are rejected', async () => {
    const upstream = await start();
    upstream.simulator.setPassword('acme', 'another');
    upstream.simulator.setSecret('globex', 'another');
    const thrown = await driveAll(upstream, [upstream.account('acme'), upstream.account('globex')]);
    expect(thrown.map((error) => (error as { code?: string }).code)).toEqual(
      Array(4).fill('AAM_AUTH_FAILED'),
    );
    await expectNothingTold(upstream, thrown);
  });

  it.each(FAILURES)('when a token request meets %s', async (_name, action) => {
    const upstream = await start();
    upstream.simulator.fault({ endpoint: 'token', action });
    const thrown = await driveAll(upstream, [upstream.account('acme'), upstream.account('globex')]);
    expect(thrown.every((error) => error instanceof Error)).toBe(true);
    await expectNothingTold(upstream, thrown);
  });

  it.each(FAILURES)('when an API call meets %s', async (_name, action) => {
    const upstream = await start();
    const accounts = [upstream.account('acme'), upstream.account('globex')];
    for (const account of accounts) await upstream.tokens.get(account);
    upstream.simulator.fault(action.kind === 'oauth-error' ? { endpoint: 'token', action } : { action });
    if (action.kind === 'oauth-error') upstream.simulator.revokeTokens();
    const ends = await driveAll(upstream, accounts);
    const thrown = ends.filter((end) => end instanceof Error);
    expect(thrown.length).toBeGreaterThan(0);
    await expectNothingTold(upstream, thrown);
  });

  it.each([
    ['a chunk that is none', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ${STRAY}\r\n`],
    ['a header that is none', `HTTP/1.1 200 OK\r\n${STRAY}\r\n\r\n`],
    ['something else than HTTP', `${STRAY}\r\n`],
    ['a status that is none', `HTTP/1.1 ${STRAY}\r\n\r\n`],
  ])('when a server answers with %s', async (_name, bytes) => {
    const upstream = await start();
    const url = await serveBytes(bytes);
    const acme = upstream.account('acme');
    const token = await upstream.tokens.get({ ...acme, baseUrl: url });
    expect(upstream.simulator.tokensIssued('acme')).toContain(token);
    const accounts = [
      { ...acme, baseUrl: url },
      { ...acme, tokenUrl: url },
    ];
    const thrown = await driveAll(upstream, accounts);
    expect(thrown.every((error) => error instanceof Error)).toBe(true);
    await expectNothingTold(upstream, thrown);
  });

  it('when a call takes too long, nothing listens, or the circuit is open', async () => {
    const upstream = await start();
    const accounts = [upstream.account('acme'), upstream.account('globex')];
    for (const account of accounts) await upstream.tokens.get(account);
    upstream.simulator.fault({ times: 1, action: { kind: 'hang' } });
    const arrived = upstream.simulator.nextCall();
    const slow = driveAll(upstream, accounts);
    await arrived;
    upstream.clock.advance(REQUEST_TIMEOUT_MS);
    const ends = await slow;
    await upstream.simulator.stop();
    for (let round = 0; round < 4; round++) ends.push(...(await driveAll(upstream, accounts)));
    const messages = ends.filter((end) => end instanceof Error).map(({ message }) => message);
    expect(messages.some((message) => message.includes('ECONNREFUSED'))).toBe(true);
    expect(messages.some((message) => message.includes('has not answered for a while'))).toBe(true);
    await expectNothingTold(
      upstream,
      ends.filter((end) => end instanceof Error),
    );
  });
});
