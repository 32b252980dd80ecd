import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { eventually } from '../support/waiting.js';
import { lookupRequests } from './fast-path-operations.js';
import { ACCESS, KEYS, fastResponses, startGateway, warmUp } from './fast-path-support.js';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as it is on the wire: `fetch` would unpack it. */
interface Answer {
  readonly status: number;
  /** Without those that each answer has of its own. */
  readonly headers: IncomingHttpHeaders;
  readonly wire: Buffer;
  /** The unpacked body. */
  readonly text: string;
}

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

async function open(
  gateway: TestGateway,
  { method = 'POST', path = '/graphql', ...sent }: Sent,
): Promise<IncomingMessage> {
  const { body, headers } = sent;
  return await new Promise((resolve, reject) => {
    const request = httpRequest(gateway.gateway.url + path, {
      method,
      agent,
      headers: {
        'x-api-key': KEYS.both,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    request.on('response', resolve).on('error', reject).end(body);
  });
}

async function send(gateway: TestGateway, sent: Sent): Promise<Answer> {
  const response = await open(gateway, sent);
  const wire = await buffer(response);
  const { 'x-request-id': _id, date: _date, ...headers } = response.headers;
  const coding = headers['content-encoding'];
  const isEmpty = sent.method === 'HEAD';
  const unpacked =
    isEmpty || coding === undefined ? wire : coding === 'br' ? brotliDecompressSync(wire) : gunzipSync(wire);
  if (!isEmpty && headers['content-length'] !== undefined) {
    expect(headers['content-length']).toBe(String(wire.length));
  }
  return { status: response.statusCode ?? 0, headers, wire, text: unpacked.toString() };
}

/** Without what compression changes. */
function plainHeaders({ headers }: Answer): IncomingHttpHeaders {
  const { 'content-encoding': _coding, 'content-length': _length, ...others } = headers;
  return others;
}

const SEGMENTS = 2_000;

/** Names of many segments with long texts. */
function names(count: number, more = ''): string {
  const query = `query Names($ids: [ID!]!) { segments(customerId: "acme", destinationId: "400", segmentIds: $ids) { mappingId name description } } ${more}`;
  return JSON.stringify({
    query,
    variables: { ids: Array.from({ length: count }, (_, index) => String(1 + index)) },
  });
}

function startLarge(): Promise<TestGateway> {
  const mappings = Array.from({ length: SEGMENTS }, (_, index) => ({
    mappingId: 1 + index,
    sid: 90_000 + index,
    name: `Säule ${index} of ${(index * 7_919) % SEGMENTS}`,
    description: `About 東京 ${index} `.repeat(8),
  }));
  return TestGateway.start({
    simulated: [passwordCustomer('acme', destination(400, 0, { mappings }))],
    customers: [{ id: 'acme', destinations: [{ id: 400, segmentIdType: 'MAPPING_ID' }] }],
    config: { access: ACCESS, freshness: { refreshEvery: '0' } },
    headers: { 'x-api-key': KEYS.both },
  });
}

describe('an answer', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startLarge();
    await gateway.post(JSON.parse(names(1)) as object);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it.each([
    ['short', 1],
    ['of a few KiB, which is compressed at once', 30],
    ['of many KiB, which is compressed in the background', 400],
    ['that is sent in slices', SEGMENTS],
  ])('%s is the same in each coding, on both paths, and when it is kept', async (what, count) => {
    const body = names(count);
    const plain = await send(gateway, { body, path: '/graphql?full' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const coding of ['gzip', 'br']) {
      const sent = { body, headers: { 'accept-encoding': coding } };
      const full = await send(gateway, { ...sent, path: '/graphql?full' });
      expect(full.headers['content-encoding']).toBe(what === 'short' ? undefined : coding);
      expect(full.text).toBe(plain.text);
      expect(plainHeaders(full)).toEqual(plainHeaders(plain));
      expect(full.headers.vary).toMatch(/accept-encoding/);
      const before = await fastResponses(gateway);
      for (let turn = 1; turn <= 4; turn++) {
        const fast = await send(gateway, sent);
        expect({ turn, ...fast }).toEqual({ turn, ...full });
      }
      expect(await fastResponses(gateway)).toBeGreaterThan(before);
      expect((await send(gateway, { body })).text).toBe(plain.text);
    }
  });

  it('that is kept is compressed once, and sent to all who ask', async () => {
    const body = names(SEGMENTS, '# kept');
    const sent = { body, headers: { 'accept-encoding': 'gzip' } };
    for (let turn = 0; turn < 4; turn++) await send(gateway, sent);
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(gateway, sent)));
    for (const { wire } of answers) expect(wire.equals((answers[0] as Answer).wire)).toBe(true);
  });

  it('to HEAD has the headers of the answer to GET', async () => {
    for (const path of ['/metrics', '/export/acme/400.csv']) {
      const headers = { 'accept-encoding': 'br', 'x-api-key': path === '/metrics' ? KEYS.editor : KEYS.both };
      const get = await send(gateway, { method: 'GET', path, headers });
      const head = await send(gateway, { method: 'HEAD', path, headers });
      expect(head.wire.length).toBe(0);
      expect([head.status, head.headers['content-encoding'], head.headers.vary]).toEqual([
        get.status,
        get.headers['content-encoding'],
        get.headers.vary,
      ]);
    }
  });

  it.each([
    [
      'that refuses the operation',
      400,
      { body: JSON.stringify({ query: `{ ${'unknownField '.repeat(300)} }` }) },
    ],
    ['that refuses the caller', 401, { body: names(1), headers: { 'x-api-key': 'wrong' } }],
    ['of a missing address', 404, { method: 'GET', path: '/nothing' }],
    ['to an export that does not exist', 404, { method: 'GET', path: '/export/acme/1.csv' }],
    ['of health', 200, { method: 'GET', path: '/healthz' }],
    ['to a message', 200, { path: '/messages/annotate', body: message() }],
  ])('%s is never compressed', async (_what, status, sent: Sent) => {
    const answer = await send(gateway, {
      ...sent,
      headers: { 'accept-encoding': 'gzip, br, identity;q=0', ...sent.headers },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  it('of an export is compressed as it is streamed', async () => {
    const sent = { method: 'GET', path: '/export/acme/400.ndjson' };
    const plain = await send(gateway, sent);
    for (const coding of ['gzip', 'br']) {
      const packed = await send(gateway, { ...sent, headers: { 'accept-encoding': coding } });
      expect(packed.headers['content-encoding']).toBe(coding);
      expect(packed.text).toBe(plain.text);
      expect(packed.wire.length).toBeLessThan(plain.wire.length / 4);
    }
  });

  it('is compressed in the background while others are answered, and is dropped when its client leaves', async () => {
    const body = names(SEGMENTS);
    const url = new URL('/graphql', gateway.gateway.url);
    const leaving = Array.from({ length: 30 }, async () => {
      const request = httpRequest(url, {
        method: 'POST',
        headers: {
          'x-api-key': KEYS.both,
          'content-type': 'application/json',
          'accept-encoding': 'br',
          'content-length': Buffer.byteLength(body),
        },
      });
      request.on('error', () => undefined);
      await new Promise<void>((resolve) => request.end(body, resolve));
      request.destroy();
    });
    await Promise.all(leaving);
    const answer = await send(gateway, { body, headers: { 'accept-encoding': 'br' } });
    expect(answer.status).toBe(200);
    expect(gateway.logLines.filter((line) => line.includes('could not be compressed'))).toEqual([]);
  });
});

it('a bad body never gets the answer to the text that it looks like', async () => {
  await using gateway = await startGateway();
  await warmUp(gateway);
  const text = JSON.stringify({
    query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { name } } # \uFFFD',
  });
  // How many answers that takes depends on when the segments are stored.
  await eventually(async () => {
    expect((await send(gateway, { body: text })).status).toBe(200);
    return (await fastResponses(gateway, 'repeated')) > 0;
  });
  const bad = Buffer.from(
    Buffer.from(text).toString('latin1').replace('\u00ef\u00bf\u00bd', '\u00ff'),
    'latin1',
  );
  expect(bad.toString()).toBe(text);
  expect((await send(gateway, { body: bad })).status).toBe(400);
});

it('answers to any operation are the same on both paths, whatever coding is accepted', async () => {
  await using gateway = await startGateway();
  await warmUp(gateway);
  const leaves = {
    segment: ['name', 'description', 'mappingId', 'id', 'label'],
    destination: ['name', 'description'],
    customer: ['name'],
    lookup: ['segmentId', 'status'],
  };
  const weight = fc.constantFrom('', ';q=0', ';q=0.5', ';q=1');
  const coding = fc.tuple(fc.constantFrom('gzip', 'br', 'identity', '*', 'deflate'), weight);
  const accepted = fc
    .array(coding, { maxLength: 4 })
    .map((parts) => parts.map((part) => part.join('')).join(', '));
  await fc.assert(
    fc.asyncProperty(lookupRequests(leaves), accepted, async (request, header) => {
      const body = JSON.stringify(request);
      const headers = { 'accept-encoding': header };
      const plain = await send(gateway, { body, path: '/graphql?full' });
      const full = await send(gateway, { body, path: '/graphql?full', headers });
      expect(full.text).toBe(plain.text);
      expect(plainHeaders(full)).toEqual(plainHeaders(plain));
      for (let turn = 1; turn <= 3; turn++) expect(await send(gateway, { body, headers })).toEqual(full);
    }),
    { numRuns: 60 },
  );
});

it('an answer that is compressed when the gateway stops is sent, or refused, but never broken', async () => {
  const gateway = await startLarge();
  const sent = { body: names(SEGMENTS), headers: { 'accept-encoding': 'br' } };
  await send(gateway, sent);
  const answers = [
    ...Array.from({ length: 4 }, () => send(gateway, sent)),
    ...Array.from({ length: 4 }, () => send(gateway, { ...sent, path: '/graphql?full' })),
  ];
  await Promise.race(answers);
  await gateway[Symbol.asyncDispose]();
  for (const answer of await Promise.allSettled(answers)) {
    if (answer.status === 'rejected') continue;
    expect([200, 503]).toContain(answer.value.status);
    if (answer.value.status === 503) expect(answer.value.headers['content-encoding']).toBeUndefined();
    JSON.parse(answer.value.text);
  }
});

function message(): string {
  const segments = Array.from({ length: 40 }, (_, index) => ({
    Segment_ID: String(1 + index),
    Status: '1',
    DateTime: 'Wed Jul 27 16:17:22 UTC 2016',
  }));
  return JSON.stringify({
    ProcessTime: 'Wed Jul 27 16:17:42 UTC 2016',
    User_DPID: '12345',
    Client_ID: 'acme',
    AAM_Destination_Id: '400',
    User_count: '1',
    Users: [
      {
        AAM_UUID: '19393572368547369350',
        DataPartner_UUID: '4250948725',
        AAM_Regions: ['9'],
        Segments: segments,
      },
    ],
  });
}
