import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationGlobalId } from '../../../src/graphql/global-ids.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';
import { eventually } from '../../support/waiting.js';

const SIMULATED = [
  passwordCustomer(
    'acme',
    destination(314, 3),
    destination(315, 3, { forbidden: true }),
    destination(316, 3),
  ),
  passwordCustomer('globex', destination(566, 3)),
];
const API_KEYS = [
  entryOf('acme-key', 'acme-ui', ['acme']),
  entryOf('ops-key', 'ops', 'all', ['read', 'refresh', 'import']),
  entryOf('editor-key', 'editor', ['acme'], ['read', 'refresh', 'import']),
  entryOf('metrics-key', 'scraper', undefined, ['metrics']),
];
const KEY = 'key: { customerId: "acme", destinationId: "314", segmentId: "5001", idType: SID }';
const segment = (customerId: string, destinationId = '566'): string =>
  `segment(customerId: "${customerId}", destinationId: "${destinationId}", segmentId: "1001") { name }`;

let requests = 0;

/** A name for a request, to find its lines by. */
function newId(): string {
  requests += 1;
  return `request-${requests}`;
}

describe('the audit', () => {
  let gateway: TestGateway;
  let server: ReturnType<typeof request>;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: { apiKeys: API_KEYS }, listen: { port: 0, sandbox: true } },
    });
    server = request(gateway.gateway.url);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  /** Its lines about a request, as soon as that is in the log. */
  async function linesOf(requestId: string): Promise<Record<string, unknown>[]> {
    const of = (line: Record<string, unknown>): boolean => line['requestId'] === requestId;
    await eventually(() => gateway.log.some((line) => of(line) && line['msg'] === 'request'));
    // They are written in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    return gateway.log.filter((line) => of(line) && line['msg'] === 'audit');
  }

  /** The audit of one operation. */
  async function auditOf(key: string, query: string): Promise<Record<string, unknown>[]> {
    const id = newId();
    await server
      .post('/graphql')
      .set({ ...withKey(key), 'x-request-id': id })
      .send({ query });
    return await linesOf(id);
  }

  const by = (name: string | null): object => ({
    level: 'info',
    caller: name === null ? null : `key:${name}`,
    from: '127.0.0.1',
  });
  const at = { customer: 'acme', destination: '314' };

  it('has a line for each refresh, with who, what, from where, when, and how it ended', async () => {
    const [line, ...others] = await auditOf(
      'ops-key',
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }',
    );
    expect(others).toEqual([]);
    expect(line).toEqual({
      ...by('ops'),
      ...at,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      requestId: `request-${requests}`,
      audit: 'refresh',
      outcome: 'ok',
      msg: 'audit',
    });
    const failed = await auditOf(
      'ops-key',
      'mutation { refreshDestination(customerId: "acme", destinationId: "315") { id } }',
    );
    expect(failed).toMatchObject([{ audit: 'refresh', destination: '315', outcome: 'AAM_FORBIDDEN' }]);
  });

  it('has a line for each import, with how much it changed, also for one that came to nothing', async () => {
    const importing = (csv: string, more = ''): string =>
      `mutation { importSegments(customerId: "acme", destinationId: "314", csv: ${JSON.stringify(csv)}${more}) { applied } }`;
    expect(await auditOf('ops-key', importing('id,name\n1001,By hand\n1002,Segment 2\n,Q'))).toMatchObject([
      { ...by('ops'), ...at, audit: 'import', outcome: 'ok', applied: false, rejected: 1 },
    ]);
    expect(
      await auditOf('ops-key', importing('id,name\n1001,By hand\n1002,Segment 2', ', mode: REPLACE')),
    ).toMatchObject([
      {
        ...at,
        audit: 'import',
        mode: 'REPLACE',
        dryRun: false,
        skipBad: false,
        outcome: 'ok',
        applied: true,
        renamed: 1,
        unchanged: 1,
        rejected: 0,
      },
    ]);
    expect(
      await auditOf('ops-key', importing('id,name\n1001,Again', ', dryRun: true, skipBad: true')),
    ).toMatchObject([
      {
        audit: 'import',
        mode: 'MERGE',
        dryRun: true,
        skipBad: true,
        outcome: 'ok',
        applied: false,
        renamed: 1,
      },
    ]);
    expect(await auditOf('ops-key', importing('<html>'))).toMatchObject([
      { audit: 'import', outcome: 'BAD_USER_INPUT' },
    ]);
  });

  it('has a line for each name that is set or taken away', async () => {
    expect(await auditOf('ops-key', `mutation { setSegment(${KEY}, name: "VIP") { id } }`)).toMatchObject([
      { ...by('ops'), ...at, audit: 'set', id: '5001', idType: 'SID', outcome: 'ok' },
    ]);
    expect(await auditOf('ops-key', `mutation { unsetSegment(${KEY}) { id } }`)).toMatchObject([
      { ...by('ops'), ...at, audit: 'unset', id: '5001', idType: 'SID', outcome: 'ok' },
    ]);
  });

  it('has a line for each of several changes in one request', async () => {
    const lines = await auditOf(
      'ops-key',
      `mutation { a: setSegment(${KEY}, name: "A") { id } b: unsetSegment(${KEY}) { id } c: refreshDestination(customerId: "acme", destinationId: "314") { id } }`,
    );
    expect(lines.map(({ audit }) => audit)).toEqual(['set', 'unset', 'refresh']);
  });

  it('keeps quiet about what is only read', async () => {
    expect(await auditOf('acme-key', `{ ${segment('acme', '314')} customers { nodes { id } } }`)).toEqual([]);
    expect(await auditOf('ops-key', `{ ${segment('nobody')} }`)).toEqual([]);
    expect(await auditOf('acme-key', '{ nonsense')).toEqual([]);
  });

  it.each([
    ['none', {}, 'the request has no API key and no token'],
    ['an unknown one', { 'x-api-key': 'some-key' }, 'the API key is not known'],
  ])('has one line for a request without a key, with the reason: %s', async (_, headers, reason) => {
    for (const path of ['/graphql', '/export/acme/314.csv']) {
      const id = newId();
      await server
        .get(path)
        .set({ ...headers, 'x-request-id': id })
        .expect(401);
      expect(await linesOf(id)).toMatchObject([
        {
          ...by(null),
          audit: 'denied',
          code: 'UNAUTHENTICATED',
          path: path.replace('acme/314.csv', ':customer/:file'),
          reason,
        },
      ]);
    }
  });

  it('has one line for an operation that a browser was not let through for', async () => {
    const id = newId();
    const headers = { accept: 'application/json, text/html;q=0.1', 'apollo-require-preflight': '1' };
    await server
      .get('/graphql')
      .query({ query: '{ __typename }' })
      .set({ ...headers, 'x-request-id': id })
      .expect(401);
    expect(await linesOf(id)).toMatchObject([{ ...by(null), audit: 'denied', code: 'UNAUTHENTICATED' }]);
  });

  it.each([
    [
      'acme-key',
      'a change',
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }',
    ],
    [
      'acme-key',
      'several changes',
      `mutation { a: setSegment(${KEY}, name: "x") { id } b: unsetSegment(${KEY}) { id } c: unsetSegment(${KEY}) { id } }`,
    ],
    ['metrics-key', 'a query', '{ __typename }'],
  ])('has one line for a caller without the permission: %s, %s', async (key, _, query) => {
    const caller = key === 'acme-key' ? 'acme-ui' : 'scraper';
    expect(await auditOf(key, query)).toMatchObject([
      { ...by(caller), audit: 'denied', code: 'FORBIDDEN', path: '/graphql' },
    ]);
  });

  it('has one line for a scrape and an export that are forbidden', async () => {
    for (const [path, key] of [
      ['/metrics', 'acme-key'],
      ['/export/acme/314.csv', 'metrics-key'],
    ] as const) {
      const id = newId();
      await server
        .get(path)
        .set({ ...withKey(key), 'x-request-id': id })
        .expect(403);
      await eventually(() => gateway.log.some(({ requestId }) => requestId === id));
      expect(
        gateway.log.filter(({ requestId, audit }) => requestId === id && audit === 'denied'),
      ).toMatchObject([{ code: 'FORBIDDEN' }]);
    }
  });

  it.each([
    ['a query', `{ ${segment('globex')} }`],
    ['a query that finds nothing', '{ customer(id: "globex") { id } }'],
    [
      'keys',
      '{ segmentsByKey(keys: [{ customerId: "globex", destinationId: "566", segmentId: "1" }]) { id } }',
    ],
    [
      'keys whose answer has no errors',
      '{ lookupSegments(keys: [{ customerId: "globex", destinationId: "566", segmentId: "1" }]) { status } }',
    ],
    ['a search', '{ searchSegments(text: "", customerId: "globex") { totalCount } }'],
    [
      'a look-up without a destination',
      '{ findSegments(segmentIds: ["1"], customerId: "globex") { results { matchCount } } }',
    ],
    ['a list', '{ destinations(customerId: "globex") { totalCount } }'],
    ['its own id', '{ node(id: "globex") { id } }'],
    [
      'the id of what it has',
      `{ nodes(ids: ["${destinationGlobalId({ customerId: 'globex', destinationId: '566' })}"]) { id } }`,
    ],
  ])('has one line for a hidden customer that is asked for by %s', async (_, query) => {
    expect(await auditOf('acme-key', query)).toMatchObject([
      { ...by('acme-ui'), audit: 'denied', code: 'NOT_FOUND', customers: ['globex'], path: '/graphql' },
    ]);
  });

  it("has no line for texts that are nobody's id", async () => {
    const ids = ['nonsense', 'umbrella', '', '~nonsense', '~WyJkIl0', '1001', 'GLOBEX'];
    expect(await auditOf('acme-key', `{ nodes(ids: ${JSON.stringify(ids)}) { id } }`)).toEqual([]);
    const forged = destinationGlobalId({ customerId: 'umbrella', destinationId: '1' });
    expect(await auditOf('acme-key', `{ nodes(ids: ["nonsense", "${forged}"]) { id } }`)).toMatchObject([
      { audit: 'denied', customers: ['umbrella'] },
    ]);
  });

  it('has one line for hidden customers that are asked for to be changed, and none that says it was done', async () => {
    const query = 'mutation { refreshDestination(customerId: "globex", destinationId: "566") { id } }';
    expect(await auditOf('editor-key', query)).toMatchObject([
      { ...by('editor'), audit: 'denied', code: 'NOT_FOUND', customers: ['globex'] },
    ]);
    const id = newId();
    await server
      .get('/export/globex/566.csv')
      .set({ ...withKey('acme-key'), 'x-request-id': id })
      .expect(404);
    expect(await linesOf(id)).toMatchObject([
      { ...by('acme-ui'), audit: 'denied', code: 'NOT_FOUND', customers: ['globex'] },
    ]);
  });

  it('names the first ten of many hidden customers, and says nothing of whether there are such', async () => {
    const keys = Array.from(
      { length: 500 },
      (_, index) => `{ customerId: "c${index}", destinationId: "1", segmentId: "1" }`,
    );
    const [line, ...others] = await auditOf('acme-key', `{ segmentsByKey(keys: [${keys.join()}]) { id } }`);
    expect(others).toEqual([]);
    expect(line?.['customers']).toEqual(Array.from({ length: 10 }, (_, index) => `c${index}`));
  });

  it('has one line where much is denied in one request', async () => {
    const [line, ...others] = await auditOf(
      'acme-key',
      `{ a: ${segment('globex')} b: ${segment('globex')} c: ${segment('umbrella')} d: ${segment('acme', '314')} }`,
    );
    expect(others).toEqual([]);
    expect(line).toMatchObject({ audit: 'denied', customers: ['globex', 'umbrella'] });
  });

  it('holds no key, no name of a segment and no file', async () => {
    await auditOf('ops-key', `mutation { setSegment(${KEY}, name: "A name given by hand") { id } }`);
    await auditOf('some-secret-key', '{ __typename }');
    const audit = gateway.logLines.filter((line) => line.includes('"msg":"audit"')).join('');
    expect(audit).not.toMatch(/-key|given by hand|Segment 2/);
  });

  it('takes the address of the connection, whatever a client says of it', async () => {
    const id = newId();
    await server.post('/graphql').set({ 'x-forwarded-for': '203.0.113.7', 'x-request-id': id }).expect(401);
    expect(await linesOf(id)).toMatchObject([{ from: '127.0.0.1' }]);
  });

  it('knows of a denied request whose client did not wait for the answer', async () => {
    const held = gateway.simulator.fault({
      endpoint: 'mappings',
      customer: 'acme',
      action: { kind: 'hang' },
    });
    const arrived = gateway.simulator.nextCall({ endpoint: 'mappings', destinationId: 316 });
    const id = newId();
    const leaving = new AbortController();
    const answer = gateway.fetch('/graphql', {
      method: 'POST',
      signal: leaving.signal,
      headers: { ...withKey('acme-key'), 'content-type': 'application/json', 'x-request-id': id },
      body: JSON.stringify({ query: `{ ${segment('acme', '316')} hidden: ${segment('globex')} }` }),
    });
    await arrived;
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect(await linesOf(id)).toMatchObject([
      { ...by('acme-ui'), audit: 'denied', code: 'NOT_FOUND', customers: ['globex'] },
    ]);
    const lines = gateway.log.filter(({ requestId, msg }) => requestId === id && msg === 'request');
    expect(lines).toMatchObject([{ outcome: 'aborted', status: null, caller: 'key:acme-ui' }]);
    held.remove();
  });
});

describe('the audit behind a proxy', () => {
  const start = (...trustProxy: string[]): Promise<TestGateway> =>
    TestGateway.start({
      simulated: SIMULATED,
      config: { access: { apiKeys: API_KEYS }, listen: { port: 0, trustProxy } },
    });

  it.each([
    ['that is trusted', ['127.0.0.1'], '203.0.113.7', '203.0.113.7'],
    ['that is in a trusted network', ['127.0.0.0/8'], '203.0.113.7', '203.0.113.7'],
    ['that is not', ['10.0.0.0/8'], '203.0.113.7', '127.0.0.1'],
    ['that says nothing', ['127.0.0.1'], undefined, '127.0.0.1'],
    [
      'that is trusted, with what the client said before it',
      ['127.0.0.1'],
      '198.51.100.1, 203.0.113.7',
      '203.0.113.7',
    ],
    ['that is one of two', ['127.0.0.1', '10.0.0.0/8'], '203.0.113.7, 10.1.2.3', '203.0.113.7'],
  ])('%s has the address %#', async (_, trusted, forwarded, expected) => {
    await using gateway = await start(...trusted);
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    await request(gateway.gateway.url).post('/graphql').set(headers).expect(401);
    await eventually(() => gateway.log.some(({ audit }) => audit === 'denied'));
    expect(gateway.log.filter(({ audit }) => audit === 'denied')).toMatchObject([{ from: expected }]);
  });
});

describe('the log line of a request', () => {
  it('has the codes of keys whose lookup failed, although they are no errors of the answer', async () => {
    await using gateway = await TestGateway.start({
      simulated: SIMULATED,
      config: { access: { apiKeys: API_KEYS } },
      headers: withKey('acme-key'),
    });
    const key = (destinationId: string): string =>
      `{ customerId: "acme", destinationId: "${destinationId}", segmentId: "1001" }`;
    const { data, errors } = await gateway.query(
      `query Report { lookupSegments(keys: [${['314', '315', '999'].map(key).join()}]) { status error { code } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data?.['lookupSegments']).toMatchObject([
      { status: 'FOUND' },
      { status: 'FAILED', error: { code: 'AAM_FORBIDDEN' } },
      { status: 'FAILED', error: { code: 'NOT_FOUND' } },
    ]);
    await eventually(() => gateway.log.some(({ msg }) => msg === 'request'));
    expect(gateway.log.filter(({ msg }) => msg === 'request')).toMatchObject([
      { operation: 'Report', outcome: 'ok', codes: ['AAM_FORBIDDEN', 'NOT_FOUND'] },
    ]);
  });
});
