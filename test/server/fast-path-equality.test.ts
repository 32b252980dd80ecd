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
  const KEY = { customerId: 'acme', destinationId: '314', id: '1001' };

  /** Expects that a request is answered by the fast path without execution, not only from the response cache. */
  async function expectFast(body: RequestBody): Promise<void> {
    const before = await fastResponses(gateway, 'segments');
    await expectEqual(gateway, body);
    expect(await fastResponses(gateway, 'segments')).toBeGreaterThan(before);
  }

  it.each([
    ...LEAVES.segment,
    ...LEAVES.destination.map((name) => `destination { ${name} }`),
    ...LEAVES.customer.map((name) => `customer { ${name} }`),
  ])('for the field %s, without execution', async (field) => {
    // The first two segments differ in every nullable field.
    await expectFast({ query: `{ segment(${PLACE}, id: "1001") { ${field} } }` });
    await expectFast({ query: `{ segments(${PLACE}, ids: ["1001", "1002"]) { x: ${field} y: ${field} } }` });
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
    await expectFast({ query: `{ segments(${PLACE}, ids: ["1001", "1002"]) { ${selection} } }` });
  });

  it.each<[what: string, body: RequestBody]>([
    [
      'nested named fragments',
      {
        query: `{ segment(${PLACE}, id: "1004") { ...A } } fragment A on Segment { name ...B } fragment B on Segment { sid destination { ...D } } fragment D on Destination { id name }`,
      },
    ],
    [
      'several root fields',
      {
        query: `{ a: segment(${PLACE}, id: "1001") { name } b: segment(${PLACE}, id: "1002") { name } segments(${PLACE}, ids: []) { id } }`,
      },
    ],
    [
      'one of several operations',
      {
        query: `query A { segment(${PLACE}, id: "1001") { name } } query B { segment(${PLACE}, id: "1002") { name } }`,
        operationName: 'B',
      },
    ],
    [
      'numbers as IDs',
      {
        query:
          'query ($d: ID!, $ids: [ID!]!) { segments(customerId: "acme", destinationId: $d, ids: $ids) { name } }',
        variables: { d: 314, ids: [1001, 1002] },
      },
    ],
    [
      'an enum as variable and as literal',
      {
        query: `query ($t: SegmentIdType) { a: segment(${PLACE}, id: "5003", idType: $t) { name } b: segment(${PLACE}, id: "alias-3", idType: ALIAS) { name } }`,
        variables: { t: 'SID' },
      },
    ],
    [
      'null, and a variable that is missing',
      {
        query: `query ($t: SegmentIdType, $at: DateTime) { a: segment(${PLACE}, id: "1001", idType: $t, at: $at) { name } b: segment(${PLACE}, id: "1001", idType: null, at: null) { name } }`,
      },
    ],
  ])('for %s, without execution', async (_what, body) => {
    await expectFast(body);
  });

  const few = 'customerId: "acme", destinationId: "316"';
  const dozen = '{"data":{"segments":[{"name":"Segment 12"}]}}\n';
  const byAlias = `query Alias($id: ID!) { segment(${few}, idType: ALIAS, id: $id) { name } }`;
  const repeated = `query Many($ids: [ID!]!) { segments(${few}, ids: $ids) { ${'name '.repeat(50)} } }`;

  it.each<[what: string, known: RequestBody, asked: RequestBody, status: number, expected: RegExp | string]>([
    ...['"12"', '12', '"""12"""'].map((id): [string, RequestBody, RequestBody, number, string] => {
      const body = { query: `{ segments(${few}, ids: ${id}) { name } }` };
      return [`the single value ${id} for a list`, body, body, 200, dozen];
    }),
    [
      'an operationName that is the beginning of a known document',
      { query: `query Dozen\n{ segment(${few}, id: "12") { name } }` },
      { operationName: 'query Dozen', query: `{ segment(${few}, id: "12") { name } }` },
      400,
      /Unknown operation named/,
    ],
    [
      'the alias of a segment that is no valid ID',
      { query: byAlias, variables: { id: 'alias' } },
      { query: byAlias, variables: { id: 'alias\t12' } },
      200,
      /id contains a control character/,
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
  await send(gateway, { query: '{ segment(customerId: "acme", destinationId: "314", id: "1001") { id } }' });
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
      const query = `query ($ids: [ID!]!, $more: [ID!]!) { a: segments(customerId: "acme", destinationId: "314", ids: $ids) { ${leaves.join(' ')} } b: segments(customerId: "acme", destinationId: "314", ids: $more) { id } }`;
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
