import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOL_OPERATIONS } from '../../../src/assistants/operations.js';
import { ERAS, McpClient } from '../../assistants/mcp-client.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type FurtherConfig } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';
import { eventually } from '../../support/waiting.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];

const API_KEYS = [
  entryOf('acme-key', 'acme-assistant', ['acme']),
  entryOf('import-key', 'importer', 'all', ['import']),
];

const PROTOCOL = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** A message that calls a tool. */
const call = (name: string, args: object = {}, id: number | string = 1): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

const LIST = call('list_destinations');

/** A message that says that a call is not wanted any more. */
const cancelled = (requestId: number): object => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

const start = async (config: FurtherConfig = {}): Promise<TestGateway> =>
  await TestGateway.start({
    simulated: SIMULATED,
    config: { access: { apiKeys: API_KEYS }, ...config },
  });

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function post(
  gateway: TestGateway,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await gateway.fetch('/mcp', {
    method: 'POST',
    headers: { ...PROTOCOL, ...withKey('acme-key'), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

interface RpcAnswer {
  readonly id: unknown;
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent?: { readonly totalCount: number };
  };
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly code: string };
  };
}

const answerIn = ({ text }: Reply): RpcAnswer => JSON.parse(text) as RpcAnswer;
const answersIn = ({ text }: Reply): RpcAnswer[] => JSON.parse(text) as RpcAnswer[];
const codeIn = ({ text }: Reply): string =>
  (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;

describe('POST /mcp', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await start({
      limits: { batch: 3 },
      listen: { port: 0, cors: ['https://reports.example.com'] },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each(ERAS)('shows a caller only its customers, by the protocol of %s', async (era) => {
    await using client = await McpClient.over(gateway.url, withKey('acme-key'), era);
    const { data } = await client.call('list_destinations');
    expect(data).toMatchObject({ totalCount: 1, destinations: [{ customerId: 'acme' }] });
    const hidden = await client.call('look_up_segments', {
      customerId: 'globex',
      destinationId: '566',
      segmentIds: ['1001'],
    });
    expect(hidden.data).toMatchObject({ results: [{ status: 'FAILED', error: { code: 'NOT_FOUND' } }] });
  });

  it('takes a key or token as other addresses do', async () => {
    const bearer = { 'x-api-key': '', authorization: 'Bearer acme-key' };
    expect((await post(gateway, LIST, bearer)).status).toBe(200);
    const unknown = await post(gateway, LIST, withKey('other'));
    expect([unknown.status, codeIn(unknown)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
    await expect(McpClient.over(gateway.url)).rejects.toThrow();
  });

  it('needs the permission read', async () => {
    const refused = await post(gateway, LIST, withKey('import-key'));
    expect([refused.status, codeIn(refused)]).toEqual([403, 'FORBIDDEN']);
  });

  it('answers without a session, so that any process can answer the next message', async () => {
    const reply = await post(gateway, LIST);
    expect(reply.headers.get('mcp-session-id')).toBeNull();
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(reply.headers.get('cache-control')).toBe('private, no-store');
    expect(answerIn(reply)).toMatchObject({ jsonrpc: '2.0', id: 1, result: { structuredContent: {} } });
  });

  it.each(['GET', 'DELETE', 'PUT'])('has no %s', async (method) => {
    const response = await gateway.fetch('/mcp', {
      method,
      headers: { ...PROTOCOL, ...withKey('acme-key') },
    });
    await response.text();
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers notifications with status 202 and nothing', async () => {
    const told = { jsonrpc: '2.0', method: 'notifications/initialized' };
    for (const body of [told, [told, told]]) {
      const { status, text } = await post(gateway, body);
      expect([status, text]).toEqual([202, '']);
    }
  });

  it.each([
    ['no JSON', '{', {}, 400, -32_700],
    ['no message', '{"query":"{ viewer { name } }"}', {}, 400, -32_600],
    ['nothing', '', {}, 400, -32_700],
    ['a key that changes objects', '{"jsonrpc":"2.0","__proto__":{}}', {}, 400, -32_700],
    ['another type', 'x', { 'content-type': 'text/plain' }, 415, -32_000],
    ['a client that takes no JSON', LIST, { accept: 'text/html' }, 406, -32_000],
    ['an unknown version', LIST, { 'mcp-protocol-version': '1999-01-01' }, 400, -32_000],
  ])('refuses %s', async (_, body, headers, status, code) => {
    const reply = await post(gateway, body, headers);
    expect([reply.status, answerIn(reply).error?.code]).toEqual([status, code]);
  });

  it('agrees on a version that it knows with a client that asks for another one', async () => {
    const initialize = {
      jsonrpc: '2.0',
      id: 'first',
      method: 'initialize',
      params: { protocolVersion: '1999-01-01', capabilities: {}, clientInfo: { name: 'old', version: '0' } },
    };
    const answer = answerIn(await post(gateway, initialize));
    expect(answer).toMatchObject({ id: 'first', result: { protocolVersion: '2025-11-25' } });
  });

  it('has no other methods, and no subscriptions, which would be a stream without end', async () => {
    const other = answerIn(await post(gateway, { jsonrpc: '2.0', id: 2, method: 'resources/list' }));
    expect(other.error?.code).toBe(-32_601);
    await using client = await McpClient.over(gateway.url, withKey('acme-key'), '2026-07-28');
    const lines = gateway.log.length;
    await expect(client.client.listen({})).rejects.toThrow();
    await eventually(() => gateway.log.slice(lines).some((line) => line['msg'] === 'request'));
    expect(gateway.log.slice(lines).filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('refuses pages of other origins, but for those that may call the gateway', async () => {
    const foreign = await post(gateway, LIST, { origin: 'https://evil.example.com' });
    expect([foreign.status, codeIn(foreign)]).toEqual([403, 'FORBIDDEN']);
    const allowed = await post(gateway, LIST, { origin: 'https://reports.example.com' });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://reports.example.com');
  });

  it('answers a list of messages with the list of their answers', async () => {
    const told = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const reply = await post(gateway, [
      call('list_destinations', {}, 'a'),
      told,
      { jsonrpc: '2.0', id: 'b' },
    ]);
    expect(reply.status).toBe(200);
    const answers = answersIn(reply);
    expect(answers).toHaveLength(2);
    expect(answers[0]).toMatchObject({ id: 'a', result: { structuredContent: { totalCount: 1 } } });
    expect(answers[1]?.error?.code).toBe(-32_600);
  });

  it('answers both of two messages with the same number, and one that is said to be cancelled', async () => {
    const reply = await post(gateway, [LIST, LIST, cancelled(1)]);
    expect(answersIn(reply).map(({ id, result }) => [id, result?.isError ?? false])).toEqual([
      [1, false],
      [1, false],
    ]);
  });

  it('refuses a list in a list, whose messages nobody would count', async () => {
    const lists = [[[LIST, LIST]], [[LIST, cancelled(1)]], [LIST, [LIST]], [1], [null]];
    for (const list of lists) {
      const reply = await post(gateway, list);
      expect([reply.status, answerIn(reply).error?.code]).toEqual([400, -32_600]);
    }
  });

  it('counts messages that are broken as rejected, and notes it in the log', async () => {
    const rejected = 'aam_gateway_rejected_requests_total{reason="bad_user_input"}';
    const before = await gateway.metric(rejected);
    const lines = gateway.log.length;
    await post(gateway, { jsonrpc: '2.0' });
    expect(await gateway.metric(rejected)).toBe(before + 1);
    await eventually(() => gateway.log.slice(lines).some((line) => line['msg'] === 'request'));
    expect(gateway.log.slice(lines)).toContainEqual(
      expect.objectContaining({ path: '/mcp', outcome: 'error', codes: ['BAD_USER_INPUT'] }),
    );
  });

  it.each(['*/*', 'application/json', 'application/*;q=0.8', 'text/event-stream, application/json'])(
    'answers a client that accepts %s',
    async (accept) => {
      expect((await post(gateway, LIST, { accept })).status).toBe(200);
    },
  );

  it('answers with a slash at the end, as /graphql does', async () => {
    const response = await gateway.fetch('/mcp/', {
      method: 'POST',
      headers: { ...PROTOCOL, ...withKey('acme-key') },
      body: JSON.stringify(LIST),
    });
    expect([response.status, JSON.parse(await response.text())]).toMatchObject([200, { id: 1 }]);
  });

  it.each([0, 4])('refuses a list of %i messages', async (length) => {
    const reply = await post(gateway, Array<unknown>(length).fill(LIST));
    expect([reply.status, answerIn(reply).error?.code]).toEqual([400, -32_600]);
    expect(answerIn(reply).error?.message).toContain('limits.batch');
  });

  it('notes in the log what was called and who was denied what', async () => {
    const before = gateway.log.length;
    await post(gateway, call('what_changed', { since: '2026-01-01T00:00:00Z', customerId: 'acme' }));
    await post(gateway, call('search_segments', { text: '', customerId: 'globex' }));
    await post(gateway, [LIST, { jsonrpc: '2.0', method: 'notifications/initialized' }]);
    const added = (msg: string): object[] => gateway.log.slice(before).filter((line) => line['msg'] === msg);
    await eventually(() => added('request').length === 3);
    expect(added('request')).toMatchObject([
      { path: '/mcp', operation: 'ChangesOfDestinations', caller: 'key:acme-assistant', outcome: 'ok' },
      { path: '/mcp', operation: 'SearchForAssistant' },
      { path: '/mcp', operations: 2, outcome: 'ok' },
    ]);
    expect(added('audit')).toMatchObject([
      {
        audit: 'denied',
        code: 'NOT_FOUND',
        path: '/mcp',
        customers: ['globex'],
        caller: 'key:acme-assistant',
      },
    ]);
    expect(
      await gateway.metric('aam_gateway_graphql_requests_total{operation="ListDestinations",outcome="ok"}'),
    ).toBeGreaterThan(0);
  });
});

describe('what a caller of tools may use', () => {
  it('counts each message as a request, with those of other addresses', async () => {
    await using gateway = await start({ limits: { requestsPerMinute: 5 } });
    expect((await post(gateway, LIST)).status).toBe(200);
    expect((await gateway.post({ query: '{ viewer { name } }' }, withKey('acme-key'))).status).toBe(200);
    const list = answersIn(
      await post(
        gateway,
        [1, 2, 3, 4].map((id) => call('list_destinations', {}, id)),
      ),
    );
    expect(list.map(({ id, error }) => [id, error?.data?.code ?? 'ok'])).toEqual([
      [1, 'ok'],
      [2, 'ok'],
      [3, 'ok'],
      [4, 'RATE_LIMITED'],
    ]);
    const refused = await post(gateway, LIST);
    expect([refused.status, codeIn(refused)]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    gateway.clock.advance(60_000);
    expect((await post(gateway, LIST)).status).toBe(200);
  });

  it.each([
    [
      'ids',
      { ids: 2 },
      'look_up_segments',
      { customerId: 'acme', destinationId: '314', segmentIds: ['1', '2', '3'] },
    ],
    ['cost', { cost: 100 }, 'search_segments', { text: '', first: 50 }],
  ])('is within limits.%s', async (_, limits, tool, args) => {
    await using gateway = await start({ limits });
    await using client = await McpClient.over(gateway.url, withKey('acme-key'));
    const { isError, data } = await client.call(tool, args);
    expect(isError).toBe(true);
    expect(data).toMatchObject({
      error: { code: 'QUERY_TOO_COMPLEX', message: expect.any(String) as string },
    });
  });

  it('gets shorter pages where limits.first wants them', async () => {
    await using gateway = await start({ limits: { first: 2 } });
    await using client = await McpClient.over(gateway.url, withKey('acme-key'));
    const page = await client.call('search_segments', { text: '', first: 3 });
    expect(page.data).toMatchObject({ totalCount: 3, segments: [{}, {}], hasMore: true });
    const changed = await client.call('what_changed', { since: '2026-01-01T00:00:00Z' });
    expect(changed.data).toMatchObject({ destinations: [{ changes: [{}, {}], hasMoreChanges: true }] });
  });

  it('is within limits.body', async () => {
    await using gateway = await start({ limits: { body: '1KiB' } });
    const reply = await post(gateway, call('look_up_segments', { segmentIds: ['1'.repeat(2_000)] }));
    expect([reply.status, answerIn(reply).error?.data?.code]).toEqual([413, 'BAD_USER_INPUT']);
    expect(answerIn(reply).error?.message).toContain('limits.body');
  });

  it('is answered within limits.requestTimeout, while Audience Manager is silent', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: {
        access: { apiKeys: API_KEYS },
        freshness: { refreshEvery: '0' },
        limits: { requestTimeout: '1s' },
      },
    });
    gateway.simulator.fault({ action: { kind: 'hang' } });
    const answering = post(gateway, call('look_up_segments', { destinationId: '314', segmentIds: ['1001'] }));
    await eventually(() => gateway.simulator.calls.length > 0);
    gateway.clock.advance(1_000);
    expect(answerIn(await answering)).toMatchObject({
      result: { structuredContent: { results: [{ status: 'FAILED', error: { code: 'AAM_UNAVAILABLE' } }] } },
    });
  });

  it('is not limited by a list of trusted documents, which the tools need not be in', async () => {
    const text = '{ viewer { name } }';
    const id = createHash('sha256').update(text).digest('hex');
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      files: { 'trusted.json': JSON.stringify({ [id]: text }) },
      config: {
        access: { apiKeys: API_KEYS, trustedDocuments: { file: 'trusted.json', only: true } },
        limits: { introspection: false },
      },
    });
    expect((await gateway.post({ query: '{ customers { totalCount } }' }, withKey('acme-key'))).status).toBe(
      403,
    );
    await using client = await McpClient.over(gateway.url, withKey('acme-key'));
    const since = '2026-01-01T00:00:00Z';
    const where = { customerId: 'acme', destinationId: '314' };
    for (const [tool, args] of [
      ['list_destinations', {}],
      ['look_up_segments', { segmentIds: ['1001'] }],
      ['look_up_segments', { ...where, segmentIds: ['1001'] }],
      ['search_segments', { text: 'segment' }],
      ['what_changed', { since }],
      ['what_changed', { ...where, since }],
    ] as const) {
      expect(await client.call(tool, args)).toMatchObject({ isError: false });
    }
    expect(TOOL_OPERATIONS).toHaveLength(6);
    for (const query of TOOL_OPERATIONS) {
      const sent = await gateway.post({ query }, withKey('acme-key'));
      expect(sent).toMatchObject({ status: 403, body: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } });
    }
  });
});

describe('a gateway that is told to stop', () => {
  it('answers a call that is not done in time with status 503 and Retry-After', async () => {
    await using gateway = await start({
      shutdown: { limit: '10s' },
      freshness: { coldTimeout: '1m', refreshEvery: '0' },
      limits: { requestTimeout: '1m' },
    });
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    gateway.simulator.fault({ endpoint: 'token', action: { kind: 'hold', until } });
    const arrived = gateway.simulator.nextCall({ endpoint: 'token' });
    const where = { customerId: 'acme', destinationId: '314' };
    const answering = post(gateway, call('look_up_segments', { ...where, segmentIds: ['1001'] }));
    await arrived;
    const stopping = gateway.gateway.stop();
    await gateway.clock.timer((ms) => ms === 5_000);
    gateway.clock.advance(5_000);
    const reply = await answering;
    expect([reply.status, codeIn(reply), reply.headers.get('retry-after')]).toEqual([
      503,
      'RATE_LIMITED',
      '2',
    ]);
    await stopping;
    release();
  });
});

describe('listen.mcp', () => {
  it('turns tools off', async () => {
    await using gateway = await start({ listen: { port: 0, mcp: false } });
    expect((await post(gateway, LIST)).status).toBe(404);
  });
});

describe('a gateway without access control', () => {
  it('takes messages only for the name of this machine, and from no other page', async () => {
    await using gateway = await TestGateway.start({ simulated: SIMULATED });
    await using client = await McpClient.over(gateway.url);
    expect((await client.call('list_destinations')).data).toMatchObject({ totalCount: 2 });
    expect((await post(gateway, LIST, { origin: 'https://evil.example.com' })).status).toBe(403);
    // Its page may send operations to this gateway, but has no use for tools.
    expect((await post(gateway, LIST, { origin: 'https://sandbox.embed.apollographql.com' })).status).toBe(
      403,
    );
    expect((await post(gateway, LIST, { 'x-forwarded-host': 'evil.example.com' })).status).toBe(200);
  });
});
