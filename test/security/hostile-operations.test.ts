import { describe, expect, it } from 'vitest';
import type { TestGateway } from '../support/gateway.js';
import {
  attack,
  attackOneGateway,
  codesOf,
  many,
  nested,
  operation,
  type Sent,
  type Limited,
} from './support.js';

const PLACE = 'customerId: "acme", destinationId: "314"';
const QUESTION = '{ customers { totalCount } }';

describe('a hostile operation', () => {
  let gateway: TestGateway;

  attackOneGateway((started) => {
    gateway = started;
  });

  it.each<[string, Sent, Limited]>([
    [
      'with 10,000 aliases',
      operation(`{ ${many(10_000, (i) => `a${i}: customers { totalCount }`)} }`),
      { limited: 'tokens', limit: 20_000, estimate: 20_001 },
    ],
    [
      'with 6,000 short aliases',
      operation(`{ ${many(6_000, (i) => `a${i}:__typename`)} }`),
      { limited: 'aliases', limit: 50, estimate: 6_000 },
    ],
    [
      'with 50,000 IDs in its text',
      operation(`{ segments(${PLACE}, segmentIds: [${many(50_000, (i) => `"${i}"`)}]) { id } }`),
      { limited: 'tokens', limit: 20_000, estimate: 20_001 },
    ],
    [
      'with 50,000 IDs as a variable',
      operation(`query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { id } }`, {
        ids: Array.from({ length: 50_000 }, (_, i) => String(i)),
      }),
      { limited: 'ids', limit: 10_000, estimate: 50_000 },
    ],
    [
      '500 levels deep',
      operation(`{ customers { nodes { ${nested(250, 'destinations { customer { ', ' } }', 'id')} } } }`),
      { limited: 'depth', limit: 12, estimate: 503 },
    ],
    [
      'with lists inside lists as an argument',
      operation(`{ segments(${PLACE}, segmentIds: ${nested(400, '[', ']')}) { id } }`),
      { limited: 'nesting', limit: 212, estimate: 400 },
    ],
    [
      'with objects inside objects as an argument',
      operation(`{ segmentsByKey(keys: ${nested(400, '{ a: ', ' }', '1')}) { id } }`),
      { limited: 'nesting', limit: 212, estimate: 400 },
    ],
    [
      'with a variable of lists inside lists',
      operation(
        `query ($ids: ${nested(400, '[', ']', 'ID')}) { segments(${PLACE}, segmentIds: $ids) { id } }`,
      ),
      { limited: 'nesting', limit: 212, estimate: 400 },
    ],
    [
      'with fragments inside fragments',
      operation(`{ ...F0 } ${chainOf(400)}`),
      { limited: 'nesting', limit: 212, estimate: 401 },
    ],
    [
      'with fragments inside fragments that nothing uses',
      operation(`${QUESTION} ${chainOf(400)}`),
      { limited: 'nesting', limit: 212, estimate: 400 },
    ],
    [
      'with inline fragments inside inline fragments',
      operation(nested(400, '{ ... ', ' }', '{ __typename }')),
      { limited: 'nesting', limit: 212, estimate: 401 },
    ],
    [
      'with fragments that double at each of 40 levels, at its top',
      operation(
        `{ ...F0 } ${many(40, (i) => `fragment F${i} on Query { ${i === 39 ? 'customers { totalCount }' : `...F${i + 1} ...F${i + 1}`} }`)}`,
      ),
      { limited: 'rootFields', limit: 20, estimate: 2 ** 39 },
    ],
    [
      'with fragments that double at each of 15 levels, further down',
      operation(
        `{ customers { nodes { ...F0 } } } ${many(15, (i) => `fragment F${i} on Customer { ${i === 14 ? 'id' : `...F${i + 1} ...F${i + 1}`} }`)}`,
      ),
      { limited: 'cost', limit: 250_000, estimate: 250_001 },
    ],
    [
      'with the same field 19,000 times',
      operation(`{ customers { ${'totalCount '.repeat(19_000)} } }`),
      { limited: 'repeats', limit: 100, estimate: 19_000 },
    ],
    [
      'with the same field in 4,500 inline fragments',
      operation(`{ customers { ${'... { totalCount } '.repeat(4_500)} } }`),
      { limited: 'repeats', limit: 100, estimate: 4_500 },
    ],
    [
      'with an alias that each of many objects would repeat',
      operation(`{ segments(${PLACE}, segmentIds: [${'1 '.repeat(1_000)}]) { ${'a'.repeat(500_000)}: id } }`),
      { limited: 'aliasLength', limit: 200, estimate: 500_000 },
    ],
    [
      'with 9,000 directives',
      operation(`{ customers ${'@a '.repeat(9_000)} { totalCount } }`),
      { limited: 'directives', limit: 50, estimate: 9_000 },
    ],
    [
      'with lists inside lists inside lists to answer',
      operation(
        '{ customers { nodes { destinations { segments(first: 1000) { nodes { history(first: 1000) { nodes { name } } } } } } } }',
      ),
      { limited: 'cost', limit: 250_000, estimate: 4_006_005 },
    ],
  ])('%s is too complex', async (_, sent, limited) => {
    const received = await attack(gateway, sent);
    expect(received.body?.errors?.[0]?.extensions).toEqual({ code: 'QUERY_TOO_COMPLEX', ...limited });
    expect(received.status).toBe(400);
  });

  it.each([
    ['fields', (levels: number) => nested(levels, '{a', '}')],
    ['inline fragments', (levels: number) => nested(levels, '{ ... ', ' }', '{ __typename }')],
    ['lists', (levels: number) => `{ segments(${PLACE}, segmentIds: ${nested(levels, '[', ']')}) { id } }`],
    ['objects', (levels: number) => `{ segmentsByKey(keys: ${nested(levels, '{a:', '}', '1')}) { id } }`],
    ['types', (levels: number) => `query ($x: ${nested(levels, '[', ']', 'ID')}) ${QUESTION}`],
    ['fragments', (levels: number) => `{ ...F0 } ${chainOf(levels / 4)}`],
  ])('with %s inside one another is too complex, however deep they go', async (_, query) => {
    for (const levels of [1_000, 3_000, 6_000, 9_000]) {
      const { status, body } = await attack(gateway, operation(query(levels)));
      expect(body?.errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
      expect(status).toBe(400);
    }
  });

  it.each<[string, Sent]>([
    ['whose fragments go round in a circle', operation(circleOf(2))],
    ['whose 200 fragments go round in a circle', operation(circleOf(200))],
    ['with a fragment inside itself', operation('{ ...A } fragment A on Query { ...A }')],
    [
      'with fragments that double at each of 40 levels, further down',
      operation(
        `{ customers { nodes { ...F0 } } } ${many(40, (i) => `fragment F${i} on Customer { ${i === 39 ? 'id' : `...F${i + 1} ...F${i + 1}`} }`)}`,
      ),
    ],
    [
      'whose fields overlap a thousand times with other arguments',
      operation(
        `{ customers { nodes { ${many(11, () => `destinations { ${many(99, (i) => `segment(segmentId: "${i}") { id }`)} }`)} } } }`,
      ),
    ],
    [
      'whose fields overlap a thousand times with the same arguments',
      operation(
        `{ customers { nodes { ${many(12, () => `destinations { ${many(99, () => 'segments(first: 1) { totalCount }')} }`)} } } }`,
      ),
    ],
    [
      'whose fragments overlap with one another',
      operation(
        `{ customers { nodes { ${many(1_300, (i) => `...F${i}`)} } } } ${many(1_300, (i) => `fragment F${i} on Customer { destinations { id } }`)}`,
      ),
    ],
    [
      'one of 900 that use 3,800 variables',
      operation(
        `${many(900, (i) => `query Q${i}($v: ID!) { ...F }`)} fragment F on Query { segments(customerId: $v, destinationId: $v, segmentIds: [${'$v '.repeat(3_800)}]) { id } }`,
      ),
    ],
    ['with 18,000 unknown fields', operation(`{ customers { ${many(18_000, (i) => `f${i}`)} } }`)],
    [
      'with unknown fields after 450,000 lines',
      operation(`{ customers { ${'\n'.repeat(450_000)} ${many(9_000, (i) => `f${i}`)} } }`),
    ],
    [
      'with unknown fields after 450,000 lines of a text',
      operation(`{ customers(search: """${'\r'.repeat(450_000)}""") { ${many(9_000, (i) => `f${i}`)} } }`),
    ],
    [
      'with 6,000 unknown arguments',
      operation(`{ customers(${many(6_000, (i) => `firs${i}: 1`)}) { totalCount } }`),
    ],
    ['with 4,900 unknown types', operation(`query (${many(4_900, (i) => `$v${i}: T${i}`)}) ${QUESTION}`)],
    ['with 6,000 definitions of types', operation(`${QUESTION} ${many(6_000, (i) => `scalar S${i}`)}`)],
    [
      'with 2,400 fragments that nothing uses',
      operation(`${QUESTION} ${many(2_400, (i) => `fragment F${i} on Query { __typename }`)}`),
    ],
    [
      'that asks what the schema is made of many times over',
      operation(`{ __schema { types ${nested(8, '{ fields { type ', ' } }', '{ name }')} } }`),
    ],
    [
      'with a number beyond all bounds',
      operation('{ customers(first: 99999999999999999999999) { totalCount } }'),
    ],
    [
      'with a number of 900,000 digits',
      operation(`{ customers(first: ${'9'.repeat(900_000)}) { totalCount } }`),
    ],
    ['with a name of 900,000 letters', operation(`{ ${'x'.repeat(900_000)} }`)],
    [
      'with a date of 100,000 digits',
      operation(`{ segment(${PLACE}, segmentId: "1001", at: "${'9'.repeat(100_000)}") { id } }`),
    ],
    ['for fields that every object of JavaScript has', operation('{ constructor hasOwnProperty __proto__ }')],
  ])('%s is not valid', async (_, sent) => {
    const received = await attack(gateway, sent);
    expect(codesOf(received)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(received.status).toBe(400);
    // Nobody gets back more than was sent, nor very much of it.
    expect(received.text.length).toBeLessThan(50_000);
  });

  it('that takes too long to check is told so', async () => {
    const query = `{ customers { nodes { ${many(12, () => `destinations { ${many(99, () => 'segments(first: 1) { totalCount }')} }`)} } } }`;
    const { body } = await attack(gateway, operation(query));
    expect(body?.errors).toMatchObject([
      { message: 'The operation takes too long to validate; remove repeated fields, or split it.' },
    ]);
  });

  it.each<[string, Sent]>([
    ['in half a character', { body: '{"query":"{ customer(id: \\"\\ud800\\") { id } }"}' }],
    ['that stands for half a character', operation('{ customer(id: "\\uD800") { id } }')],
    ['without an end', operation('{ customers { totalCount')],
    ['with a text without an end', operation('{ customer(id: "')],
    ['that is nothing but brackets', operation('['.repeat(15_000))],
  ])('with text %s does not parse', async (_, sent) => {
    const received = await attack(gateway, sent);
    expect(codesOf(received)).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(received.status).toBe(400);
  });

  it.each<[string, Sent]>([
    [
      'with 300,000 objects for IDs',
      operation(`query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { id } }`, {
        ids: Array.from({ length: 300_000 }, () => ({})),
      }),
    ],
    [
      'with 200,000 nulls for IDs',
      operation(`query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { id } }`, {
        ids: Array.from({ length: 200_000 }, () => null),
      }),
    ],
    [
      'with 250,000 empty keys',
      operation('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }', {
        keys: Array.from({ length: 250_000 }, () => ({})),
      }),
    ],
    [
      'with a key of 70,000 fields',
      operation('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }', {
        keys: [Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`f${i}`, 1]))],
      }),
    ],
    [
      'with 2,000 variables and none of them given',
      operation(
        `query (${many(2_000, (i) => `$v${i}: ID!`)}) { segments(${PLACE}, segmentIds: [${many(2_000, (i) => `$v${i}`)}]) { id } }`,
      ),
    ],
    [
      'with 100,000 lists inside lists for IDs',
      {
        body: `{"query":"query ($ids: [ID!]!) { segments(customerId: \\"acme\\", destinationId: \\"314\\", segmentIds: $ids) { id } }","variables":{"ids":${nested(100_000, '[', ']')}}}`,
      },
    ],
    [
      'with a number beyond all bounds',
      {
        body: '{"query":"query ($first: Int!) { customers(first: $first) { totalCount } }","variables":{"first":1e400}}',
      },
    ],
    [
      'with a number beyond all bounds for an ID',
      { body: '{"query":"query ($id: ID!) { customer(id: $id) { id } }","variables":{"id":1e300}}' },
    ],
    [
      'with a variable named __proto__',
      operation('query ($__proto__: ID!) { customer(id: $__proto__) { id } }', { x: 1 }),
    ],
    [
      'with a key of a constructor',
      operation('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { id } }', {
        keys: [{ constructor: 1, customerId: 'acme', destinationId: '314', segmentId: '1001' }],
      }),
    ],
    [
      'with a date out of this world',
      operation(`query ($at: DateTime) { segment(${PLACE}, segmentId: "1001", at: $at) { id } }`, {
        at: 8.64e15 + 1,
      }),
    ],
    [
      'by a hash that is an object',
      { body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":{"toString":1}}}}' },
    ],
    [
      'by a document and a hash that is an object',
      {
        body: '{"documentId":"x","extensions":{"persistedQuery":{"version":1,"sha256Hash":{"toString":1}}}}',
      },
    ],
    [
      'by a protocol of another version',
      { body: '{"extensions":{"persistedQuery":{"version":{},"sha256Hash":"x"}},"query":"{ __typename }"}' },
    ],
    [
      'by a hash of another text',
      { body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}},"query":"{ __typename }"}' },
    ],
  ])('asked %s is the sender’s mistake', async (_, sent) => {
    const received = await attack(gateway, sent);
    expect(codesOf(received)).toEqual(['BAD_USER_INPUT']);
    expect(received.status).toBe(400);
    expect(received.text.length).toBeLessThan(5_000);
  });

  it('gives the place of a mistake in a text of many lines as if it were one line', async () => {
    const far = await attack(gateway, operation(`${'\n'.repeat(300)}{ nothing }`));
    expect(far.body?.errors).toMatchObject([{ locations: [{ line: 1, column: 303 }] }]);
    const near = await attack(gateway, operation(`${'\n'.repeat(100)}{ nothing }`));
    expect(near.body?.errors).toMatchObject([{ locations: [{ line: 101, column: 3 }] }]);
  });

  it.each<[string, Sent, unknown]>([
    [
      'half a character is an ID like any other',
      operation('query ($id: ID!) { customer(id: $id) { id } }', { id: 'a\ud800' }),
      { customer: null },
    ],
    [
      'half a character is not found in a name',
      operation('query ($text: String!) { searchSegments(text: $text) { totalCount } }', { text: '\udfff' }),
      { searchSegments: { totalCount: 0 } },
    ],
    [
      'what every object of JavaScript has is no customer and no segment',
      operation(`{ customer(id: "__proto__") { id } segment(${PLACE}, segmentId: "constructor") { id } }`),
      { customer: null, segment: null },
    ],
    [
      'constructor is an alias like any other',
      operation('{ constructor: customers { totalCount } }'),
      { constructor: { totalCount: 1 } },
    ],
    [
      'a comment of 1 MB is passed over',
      operation(`# ${'x'.repeat(1e6)}\n${QUESTION}`),
      { customers: { totalCount: 1 } },
    ],
    [
      '500,000 empty lines are passed over',
      operation(`${QUESTION}${'\n'.repeat(500_000)}`),
      { customers: { totalCount: 1 } },
    ],
    [
      'one of 4,000 operations is answered',
      { body: JSON.stringify({ operationName: 'Q7', query: many(4_000, (i) => `query Q${i}{__typename}`) }) },
      { __typename: 'Query' },
    ],
  ])('%s', async (_, sent, data) => {
    const { status, body } = await attack(gateway, sent);
    expect(body).toEqual({ data });
    expect(status).toBe(200);
  });

  it('named __proto__ throughout changes nothing', async () => {
    const query =
      'query __proto__ { __proto__: customers { ...__proto__ } } fragment __proto__ on CustomerConnection { totalCount }';
    const { text } = await attack(gateway, { body: JSON.stringify({ query, operationName: '__proto__' }) });
    expect(text.trim()).toBe('{"data":{"__proto__":{"totalCount":1}}}');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

function circleOf(fragments: number): string {
  return `{ ...F0 } ${many(fragments, (i) => `fragment F${i} on Query { ...F${(i + 1) % fragments} }`)}`;
}

/** Each fragment in the one before. */
function chainOf(fragments: number): string {
  return many(
    fragments,
    (i) => `fragment F${i} on Query { ${i === fragments - 1 ? '__typename' : `...F${i + 1}`} }`,
  );
}
