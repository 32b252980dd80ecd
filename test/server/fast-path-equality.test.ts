import fc from 'fast-check';
import { getNullableType, isLeafType, isObjectType, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/index.js';
import type { TestGateway } from '../support/gateway.js';
import { lookupRequests, type RequestBody } from './fast-path-operations.js';
import {
  KEYS,
  fastResponses,
  send,
  sendFull,
  startGateway,
  warmUp,
  type RawResponse,
} from './fast-path-support.js';

/** The scalar and enum fields without arguments of a type of the schema. */
function leavesOf(typeName: string): string[] {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`the schema has no type ${typeName}`);
  const fields = Object.values((type as GraphQLObjectType<unknown, unknown>).getFields());
  const leaves = fields.filter((field) => isLeafType(getNullableType(field.type)) && field.args.length === 0);
  return [...leaves.map(({ name }) => name), '__typename'];
}

const schema = createSchema();
const LEAVES = {
  segment: leavesOf('Segment'),
  destination: leavesOf('Destination'),
  customer: leavesOf('Customer'),
  lookup: leavesOf('SegmentLookup'),
};

/** Sends a request on the full path, then three times on the fast path, and expects equal responses to the byte. */
async function expectEqual(gateway: TestGateway, body: unknown, key = KEYS.both): Promise<RawResponse> {
  const full = await sendFull(gateway, body, key);
  for (const turn of [1, 2, 3]) {
    expect({ turn, ...(await send(gateway, body, key)) }).toEqual({ turn, ...full });
  }
  return full;
}

describe('the fast path and the full path give equal responses', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
    await warmUp(gateway);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const PLACE = 'customerId: "acme", destinationId: "314"';
  const KEY = { customerId: 'acme', destinationId: '314', segmentId: '1001' };

  /** Expects that a request is answered by the fast path without execution, not only from the response cache. */
  async function expectFast(body: RequestBody): Promise<RawResponse> {
    const before = await fastResponses(gateway, 'segments');
    const response = await expectEqual(gateway, body);
    expect(await fastResponses(gateway, 'segments')).toBeGreaterThan(before);
    return response;
  }

  it.each([
    ...LEAVES.segment,
    ...LEAVES.destination.map((name) => `destination { ${name} }`),
    ...LEAVES.customer.map((name) => `customer { ${name} }`),
  ])('for the field %s, without execution', async (field) => {
    // The first two segments differ in every nullable field.
    await expectFast({ query: `{ segment(${PLACE}, segmentId: "1001") { ${field} } }` });
    await expectFast({
      query: `{ segments(${PLACE}, segmentIds: ["1001", "1002"]) { x: ${field} y: ${field} } }`,
    });
    await expectFast({
      query: `query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { ...F } } fragment F on Segment { ${field} }`,
      variables: { keys: [KEY, { ...KEY, customerId: 'globex' }] },
    });
  });

  it.each<[what: string, selection: string]>([
    ['aliases', 'a: name b: name c: destination { d: name }'],
    ['a repeated field', 'name name name'],
    ['inline fragments', '... { name } ... on Segment { sid }'],
    ['nested fragments', '... { ... on Segment { ... { alias } } name } label'],
  ])('for %s, without execution', async (_what, selection) => {
    await expectFast({ query: `{ segments(${PLACE}, segmentIds: ["1001", "1002"]) { ${selection} } }` });
  });

  it.each<[what: string, body: RequestBody]>([
    [
      'nested named fragments',
      {
        query: `{ segment(${PLACE}, segmentId: "1004") { ...A } } fragment A on Segment { name ...B } fragment B on Segment { sid destination { ...D } } fragment D on Destination { id name }`,
      },
    ],
    [
      'several root fields',
      {
        query: `{ a: segment(${PLACE}, segmentId: "1001") { name } b: segment(${PLACE}, segmentId: "1002") { name } segments(${PLACE}, segmentIds: []) { id } }`,
      },
    ],
    [
      'one of several operations',
      {
        query: `query A { segment(${PLACE}, segmentId: "1001") { name } } query B { segment(${PLACE}, segmentId: "1002") { name } }`,
        operationName: 'B',
      },
    ],
    [
      'numbers as IDs',
      {
        query:
          'query ($d: ID!, $ids: [ID!]!) { segments(customerId: "acme", destinationId: $d, segmentIds: $ids) { name } }',
        variables: { d: 314, ids: [1001, 1002] },
      },
    ],
    [
      'an enum as variable and as literal',
      {
        query: `query ($t: SegmentIdType) { a: segment(${PLACE}, segmentId: "5003", idType: $t) { name } b: segment(${PLACE}, segmentId: "alias-3", idType: ALIAS) { name } }`,
        variables: { t: 'SID' },
      },
    ],
    [
      'null, and a variable that is missing',
      {
        query: `query ($t: SegmentIdType, $at: DateTime) { a: segment(${PLACE}, segmentId: "1001", idType: $t, at: $at) { name } b: segment(${PLACE}, segmentId: "1001", idType: null, at: null) { name } }`,
      },
    ],
  ])('for %s, without execution', async (_what, body) => {
    await expectFast(body);
  });

  it.each<[type: string, destinationId: string, ids: string[]]>([
    ['a server-to-server destination', '317', ['11', 'one', '2', '33', '4', '44']],
    ['a serialized URL destination', '318', ['123', 'https', '55']],
    [
      'a URL destination that is not serialized',
      '319',
      ['https://p.example/a?r=1', 'https://p.example/a?r=22', 'https://p.example/b', 'https://p.example/c'],
    ],
    ['a cookie destination with one key', '320', ['123', '124', '125']],
    ['a cookie destination with several keys', '321', ['type=123', 'type=124', 'color=7']],
    ['a destination of an unknown type', '322', ['11', 'x', 'y', 'https://p.example/a?r=9']],
  ])('for %s whose kind of ID nobody states, without execution', async (_type, destinationId, ids) => {
    const fields = 'id mappingId label name destination { segmentIdType }';
    const place = `destinationId: "${destinationId}"`;
    for (const id of ids) {
      await expectFast({ query: `{ segment(${place}, segmentId: ${JSON.stringify(id)}) { ${fields} } }` });
    }
    const { text } = await expectFast({
      query: `query ($ids: [ID!]!) { segments(${place}, customerId: null, segmentIds: $ids) { ${fields} } }`,
      variables: { ids: [...ids, ...ids.toReversed()] },
    });
    expect(text).not.toMatch(/[[,]null/);
    await expectFast({
      query: `query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { ${fields} } }`,
      variables: { keys: ids.map((segmentId) => ({ destinationId, segmentId })) },
    });
    await expectFast({
      query: `query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { status idType segment { ${fields} } } }`,
      variables: {
        keys: ids.map((segmentId) => ({ customerId: 'acme', destinationId, segmentId, idType: 'AUTO' })),
      },
    });
  });

  it.each(LEAVES.lookup)('for the field %s of what a lookup found out, without execution', async (field) => {
    await expectFast({
      query: `query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { ${field} again: ${field} segment { name } } }`,
      variables: {
        keys: [KEY, { destinationId: '317', segmentId: '11' }, { ...KEY, idType: 'SID', segmentId: '5002' }],
      },
    });
  });

  it.each<[what: string, destinationId: string, segmentId: string, status: string]>([
    ['an ID that is one segment as one kind and another as another', '317', '1', 'AMBIGUOUS'],
    ['an alias of two segments', '317', 'two', 'AMBIGUOUS'],
    ['an ID that is two segments, found by other ways before', '317', '80', 'AMBIGUOUS'],
    ['an ID of a kind that the destination does not send', '318', '1', 'UNKNOWN'],
    ['an ID that no segment has', '321', 'type=9', 'UNKNOWN'],
    ['a destination that two customers have', '314', '1001', 'FAILED'],
    ['a destination that is not there', '999', '1', 'FAILED'],
  ])('for %s', async (_what, destinationId, segmentId, status) => {
    const keys = [{ destinationId, segmentId }, KEY];
    const variables = { keys };
    const all =
      'customerId destinationId segmentId status idType segment { id } candidates { id label } error { code message }';
    for (const fields of [all, 'status idType segment { name }']) {
      const query = `query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { ${fields} } }`;
      const { text } = await expectEqual(gateway, { query, variables });
      expect(text).toContain(`"status":"${status}"`);
      expect(text).toContain('"status":"FOUND"');
    }
    await expectEqual(gateway, {
      query: 'query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }',
      variables,
    });
    const place = `destinationId: "${destinationId}"`;
    await expectEqual(gateway, { query: `{ segment(${place}, segmentId: "${segmentId}") { id } }` });
    await expectEqual(gateway, {
      query: `{ segments(${place}, segmentIds: ["${segmentId}", "11"]) { id } }`,
    });
  });

  it('for a destination that only one caller may see one of', async () => {
    const query = '{ segment(destinationId: "314", segmentId: "1001") { id name customer { id } } }';
    expect((await expectEqual(gateway, { query }, KEYS.one)).text).toContain('"acme"');
    expect((await expectEqual(gateway, { query }, KEYS.both)).text).toContain('BAD_USER_INPUT');
    const hidden = '{ segment(destinationId: "323", segmentId: "1001") { id name customer { id } } }';
    expect((await expectEqual(gateway, { query: hidden }, KEYS.both)).text).toContain('"globex"');
    expect((await expectEqual(gateway, { query: hidden }, KEYS.one)).text).toContain('NOT_FOUND');
  });

  const few = 'customerId: "acme", destinationId: "316"';
  const dozen = '{"data":{"segments":[{"name":"Segment 12"}]}}\n';
  const byAlias = `query Alias($id: ID!) { segment(${few}, idType: ALIAS, segmentId: $id) { name } }`;
  const repeated = `query Many($ids: [ID!]!) { segments(${few}, segmentIds: $ids) { ${'name '.repeat(50)} } }`;

  it.each<[what: string, known: RequestBody, asked: RequestBody, status: number, expected: RegExp | string]>([
    ...['"12"', '12', '"""12"""'].map((id): [string, RequestBody, RequestBody, number, string] => {
      const body = { query: `{ segments(${few}, segmentIds: ${id}) { name } }` };
      return [`the single value ${id} for a list`, body, body, 200, dozen];
    }),
    [
      'an operationName that is the beginning of a known document',
      { query: `query Dozen\n{ segment(${few}, segmentId: "12") { name } }` },
      { operationName: 'query Dozen', query: `{ segment(${few}, segmentId: "12") { name } }` },
      400,
      /Unknown operation named/,
    ],
    [
      'the alias of a segment that is no valid ID',
      { query: byAlias, variables: { id: 'alias' } },
      { query: byAlias, variables: { id: 'alias\t12' } },
      200,
      /segmentId contains a control character/,
    ],
    [
      'repeated fields that cost too much together',
      { query: repeated, variables: { ids: ['1'] } },
      { query: repeated, variables: { ids: Array<string>(6_000).fill('1') } },
      400,
      /QUERY_TOO_COMPLEX/,
    ],
  ])('for %s', async (_what, known, asked, status, expected) => {
    for (let turn = 0; turn < 3; turn += 1) await send(gateway, known);
    const text = typeof expected === 'string' ? expected : (expect.stringMatching(expected) as string);
    expect(await expectEqual(gateway, asked)).toMatchObject({ status, text });
  });

  it('for any lookup', async () => {
    const before = { segments: await fastResponses(gateway, 'segments'), all: await fastResponses(gateway) };
    await fc.assert(
      fc.asyncProperty(
        lookupRequests(LEAVES),
        fc.constantFrom(KEYS.both, KEYS.both, KEYS.one),
        async (body, key) => {
          await expectEqual(gateway, body, key);
        },
      ),
      { numRuns: 200 },
    );
    const segments = (await fastResponses(gateway, 'segments')) - before.segments;
    const all = (await fastResponses(gateway)) - before.all;
    // Each request that the fast path supports is answered twice from segment JSON, once from the response cache.
    expect(segments).toBeGreaterThan(80);
    expect(all).toBeGreaterThan(130);
  }, 120_000);
});

it('the fast path and the full path refuse the same operations as too costly', async () => {
  await using gateway = await startGateway({ limits: { ids: 4, cost: 30 } });
  await send(gateway, {
    query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { id } }',
  });
  const leaves = 'id id destination { id name } id id';
  const emptyList = `query ($ids: [ID!]!, $more: [ID!]!) { a: segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { ${leaves} } b: segments(customerId: "acme", destinationId: "314", segmentIds: $more) { id } }`;
  await sendFull(gateway, { query: emptyList, variables: { ids: [], more: [] } });
  const one = await expectEqual(gateway, {
    query: emptyList,
    variables: { ids: Array<string>(4).fill('1001'), more: [] },
  });
  // 1 + 4 × 7 for the one list, 1 + 1 for the empty one.
  expect(one.text).toContain('(cost: 31, at most 30)');
  const responses: string[] = [];
  const numbers = fc.record({
    ids: fc.integer({ min: 0, max: 5 }),
    more: fc.integer({ min: 0, max: 4 }),
    leaves: fc.array(fc.constantFrom('id', 'name', 'x: name', 'destination { id name }', '... { sid }'), {
      minLength: 1,
      maxLength: 6,
    }),
  });
  await fc.assert(
    fc.asyncProperty(numbers, async ({ ids, more, leaves }) => {
      const query = `query ($ids: [ID!]!, $more: [ID!]!) { a: segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { ${leaves.join(' ')} } b: segments(customerId: "acme", destinationId: "314", segmentIds: $more) { id } }`;
      const variables = { ids: Array<string>(ids).fill('1001'), more: Array<string>(more).fill('1002') };
      // The fast path knows the document from a cheap request with the same text.
      await sendFull(gateway, { query, variables: { ids: [], more: [] } });
      responses.push((await expectEqual(gateway, { query, variables })).text);
    }),
    { numRuns: 60 },
  );
  const refused = responses.filter((text) => text.includes('QUERY_TOO_COMPLEX')).length;
  expect(refused).toBeGreaterThan(5);
  expect(responses.length - refused).toBeGreaterThan(5);
  expect(await fastResponses(gateway, 'segments')).toBeGreaterThan(5);
}, 60_000);
