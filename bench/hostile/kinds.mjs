import { Buffer } from 'node:buffer';

const PLACE = 'customerId: "bench", destinationId: "1000"';
const QUESTION = '{ customers { totalCount } }';

/** Stands in a payload for a number that is another one in each request, so that nobody has seen it before. */
export const FRESH = '#00000000';

/** The large destination, of `LARGE` segments. */
const LARGE_PLACE = 'customerId: "bench", destinationId: "1001"';
export const LARGE = 100_000;
const NAMES = `query ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { mappingId name } }`;
const KEYS =
  'query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { status segmentId idType segment { name } } }';
const largeIds = (count) => Array.from({ length: count }, (_, index) => String(10_000_000 + LARGE + index));

/**
 * What hostile callers send. Each has a `name`; `send(key)` is the bytes of one request, or `drip(key)` the pieces
 * that are sent one a second. `connections` send it at once (one where that is not said), again and again. With
 * `isUnread`, it is sent once, and its answer never read. An answer is in time within `maxMs`, if that is not the usual. `isCostly` kinds are valid operations that take much work.
 */
export const KINDS = [
  operation('10,000 aliases', `{ ${many(10_000, (i) => `a${i}: customers { totalCount }`)} }`),
  operation('6,000 short aliases', `{ ${many(6_000, (i) => `a${i}:__typename`)} }`),
  request('a body of 5 MB', jsonOf({ query: 'x'.repeat(5e6) })),
  operation('a comment of 1 MB', `# ${'x'.repeat(1e6)}\n${QUESTION}`),
  operation(
    '50,000 IDs as a variable',
    `query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { mappingId } }`,
    {
      ids: Array.from({ length: 50_000 }, (_, i) => String(i)),
    },
  ),
  operation(
    '50,000 IDs in the text',
    `{ segments(${PLACE}, segmentIds: [${many(50_000, (i) => `"${i}"`)}]) { mappingId } }`,
  ),
  operation(
    '300,000 objects for IDs',
    `query ($ids: [ID!]!) { segments(${PLACE}, segmentIds: $ids) { mappingId } }`,
    {
      ids: Array.from({ length: 300_000 }, () => ({})),
    },
  ),
  operation(
    'a key with 80,000 fields',
    'query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { mappingId } }',
    {
      keys: [Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`f${i}`, 1]))],
    },
  ),
  operation('20,000 global IDs', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: Array.from(
      { length: 20_000 },
      (_, i) => `~${Buffer.from(`["s","bench","1000","${i}"]`).toString('base64url')}`,
    ),
  }),
  operation('500 levels', `{ customers { nodes ${nested(250, '{ destinations { customer ', ' } }')} } }`),
  operation('9,000 levels', nested(9_000, '{a', '}')),
  operation(
    'a list 9,000 deep as an argument',
    `{ segments(${PLACE}, segmentIds: ${nested(9_000, '[', ']')}) { mappingId } }`,
  ),
  operation('a type 5,000 deep', `query ($x: ${nested(5_000, '[', ']', 'ID')}) ${QUESTION}`),
  operation('fragments in a circle', `{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`),
  operation(
    '2,400 fragments in a circle',
    `{ ...F0 } ${many(2_400, (i) => `fragment F${i} on Query { ...F${(i + 1) % 2_400} }`)}`,
  ),
  operation(
    'fragments that double 40 times',
    `{ customers { nodes { ...F0 } } } ${many(40, (i) => `fragment F${i} on Customer { ${i === 39 ? 'id' : `...F${i + 1} ...F${i + 1}`} }`)}`,
  ),
  operation(
    'fragments that double 15 times',
    `{ customers { nodes { ...F0 } } } ${many(15, (i) => `fragment F${i} on Customer { ${i === 14 ? 'id' : `...F${i + 1} ...F${i + 1}`} }`)}`,
  ),
  request('__proto__ in the body', `{"__proto__":{"x":1},"query":"${QUESTION}"}`),
  request(
    'constructor in the variables',
    `{"query":"${QUESTION}","variables":{"constructor":{"prototype":{"x":1}}}}`,
  ),
  request(
    'half a character in an ID',
    '{"query":"query ($id: ID!) { customer(id: $id) { id } }","variables":{"id":"\\ud800"}}',
  ),
  operation('a number of 900,000 digits', `{ customers(first: ${'9'.repeat(900_000)}) { totalCount } }`),
  request('100,000 arrays in one another', nested(100_000, '[', ']')),
  operation('the same field 19,000 times', `{ customers { ${'totalCount '.repeat(19_000)} } }`),
  operation(
    'overlapping fields',
    `{ customers { nodes { ${many(11, () => `destinations { ${many(99, (i) => `segment(segmentId: "${i}") { mappingId }`)} }`)} } } }`,
  ),
  operation('18,000 unknown fields', `{ customers { ${many(18_000, (i) => `f${i}`)} } }`),
  operation(
    'unknown fields after 450,000 lines',
    `{ customers { ${'\n'.repeat(450_000)} ${many(9_000, (i) => `f${i}`)} } }`,
  ),
  operation('4,900 unknown types', `query (${many(4_900, (i) => `$v${i}: T${i}`)}) ${QUESTION}`),
  operation(
    'introspection that multiplies',
    `{ __schema { types ${nested(8, '{ fields { type ', ' } }', '{ name }')} } }`,
  ),
  operation(
    'lists inside lists',
    '{ customers(first: 1000) { nodes { destinations { segments(first: 1000) { nodes { history(first: 1000) { nodes { name } } } } } } } }',
  ),
  operation('9,000 directives', `{ customers ${'@a '.repeat(9_000)} { totalCount } }`),
  request('a batch of 100', `[${many(100, () => jsonOf({ query: QUESTION }), ',')}]`),
  request('no JSON', '{"query": '),
  request('text/plain', QUESTION, { type: 'text/plain' }),
  request(
    'bad UTF-8',
    Buffer.concat([
      Buffer.from('{"query":"{ customer(id:\\"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('\\") { id } }"}'),
    ]),
  ),
  request('a compressed body', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), {
    headers: 'Content-Encoding: gzip\r\n',
  }),
  request('a garbage JWT', jsonOf({ query: QUESTION }), {
    key: 'Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
  }),
  request('an API key of 100 KB', '{}', { key: `X-Api-Key: ${'k'.repeat(100_000)}` }),
  raw(
    'two lengths of one body',
    'POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ),
  raw('a TLS greeting', Buffer.from('16030100c8010000c40303', 'hex')),
  { ...request('100 requests at once on a connection', jsonOf({ query: QUESTION })), pipelined: 100 },
  { ...request('1,000 connections', jsonOf({ query: QUESTION })), connections: 1_000 },
  {
    ...operation(
      '1,000 connections, the same field 19,000 times',
      `{ customers { ${'totalCount '.repeat(19_000)} } }`,
    ),
    connections: 1_000,
  },
  dripping('1,000 bodies, a byte a second', (key) => [`${headOf(key, 100)}{`, ...Array(100).fill(' ')]),
  // Nothing was asked: the connection may stay open for as long as an idle one.
  { ...dripping('1,000 connections without a word', () => []), maxMs: Infinity },
  // Headers have ten seconds to arrive, which are looked at once a second.
  { ...dripping('1,000 halves of a header', () => ['POST /graphql HTTP/1.1\r\nHost: be']), maxMs: 12_000 },
  costly(
    'a search for each of 9,999 IDs',
    `query ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { destination { segments(first: 0, search: "e") { totalCount } } } }`,
    { ids: largeIds(9_999) },
  ),
  costly(
    '20 searches for other words',
    `{ destination(${LARGE_PLACE}) { ${many(20, (i) => `s${i}: segments(first: 0, search: "${'aeiou'[i % 5]} ${i}") { totalCount }`)} } }`,
  ),
  costly(
    '22 histories of each of 10,000 IDs',
    `query ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { ${many(22, (i) => `h${i}: history(first: 0) { totalCount }`)} } }`,
    { ids: largeIds(10_000) },
  ),
  costly(
    'a history of each of 1,000 IDs',
    `query ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { history(first: 5) { totalCount nodes { at name } } } }`,
    { ids: largeIds(1_000) },
  ),
  costly(
    '10 moments of 1,000 IDs',
    `query ($ids: [ID!]!) { ${many(10, (i) => `m${i}: segments(${LARGE_PLACE}, segmentIds: $ids, at: "2030-01-01T00:00:0${i}Z") { name }`)} }`,
    { ids: largeIds(1_000) },
  ),
  costly(
    '900 KB of comment, then 10,000 empty IDs',
    `#${'x'.repeat(900_000)}\nquery ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { name } }`,
    { ids: Array(10_000).fill('') },
  ),
  costly(
    'ten cursors with long names',
    `query ($after: String) { destination(${LARGE_PLACE}) { ${many(10, (i) => `c${i}: segments(first: 1, after: $after) { totalCount }`)} } }`,
    { after: cursor('\ufdfa'.repeat(240_000)) },
  ),
  costly(
    'ten cursors with names of 1,000 characters',
    `query ($after: String) { destination(${LARGE_PLACE}) { ${many(10, (i) => `c${i}: segments(first: 1, after: $after) { totalCount }`)} } }`,
    { after: cursor('\ufdfa'.repeat(1_000)) },
  ),
  costly('500 terms', 'query ($text: String!) { searchSegments(text: $text) { totalCount } }', {
    text: many(500, (i) => 'aeioubcdfg'[i % 10] + (i < 10 ? '' : String(i % 50))),
  }),
  costly('a search for short terms', '{ searchSegments(text: "a e i o") { totalCount nodes { name } } }'),
  costly('names of 10,000 IDs', NAMES, { ids: largeIds(10_000) }),
  costly(
    'all of 5,000 IDs',
    `query ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { id mappingId sid alias name label description status startDate endDate createdAt updatedAt source asOf stale } }`,
    { ids: largeIds(5_000) },
  ),
  costly(
    '1,000 segments of the page in the middle',
    `{ destination(${LARGE_PLACE}) { segments(first: 1000, search: "e") { nodes { id name description } pageInfo { endCursor } totalCount } } }`,
  ),
  costly('10,000 lookups by key', KEYS, {
    keys: largeIds(10_000).map((segmentId) => ({ customerId: 'bench', destinationId: '1001', segmentId })),
  }),
  {
    ...operation(
      '100 connections that do not read 15 MB',
      `query ($ids: [ID!]!) { segments(${LARGE_PLACE}, segmentIds: $ids) { id mappingId sid alias name description status } }`,
      { ids: largeIds(10_000) },
    ),
    connections: 100,
    isUnread: true,
    isCostly: true,
  },
];

/** A valid operation, or one that would be if it were smaller, that 32 connections send at once. */
function costly(name, query, variables) {
  return { ...operation(name, query, variables), connections: 32, isCostly: true };
}

function cursor(name) {
  return Buffer.from(JSON.stringify(['s', name, '1', 'bench', '1001'])).toString('base64url');
}

function operation(name, query, variables) {
  return request(name, jsonOf({ query: `${query} ${FRESH}`, variables }));
}

function request(name, body, { type = 'application/json', headers = '', key } = {}) {
  const bytes = Buffer.from(body);
  return {
    name,
    send: (own) =>
      Buffer.concat([Buffer.from(headOf(key ?? `X-Api-Key: ${own}`, bytes.length, type, headers)), bytes]),
  };
}

function raw(name, bytes) {
  return { name, send: () => Buffer.from(bytes) };
}

function dripping(name, drip) {
  return { name, connections: 1_000, drip: (own) => drip(`X-Api-Key: ${own}`) };
}

function headOf(key, length, type = 'application/json', headers = '') {
  return `POST /graphql HTTP/1.1\r\nHost: bench\r\n${key}\r\nContent-Type: ${type}\r\n${headers}Content-Length: ${length}\r\n\r\n`;
}

function many(count, each, between = ' ') {
  return Array.from({ length: count }, (_, index) => each(index)).join(between);
}

function nested(levels, open, close, inside = '') {
  return open.repeat(levels) + inside + close.repeat(levels);
}

function jsonOf(value) {
  return JSON.stringify(value);
}
