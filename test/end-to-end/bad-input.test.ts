import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type Answer } from '../support/gateway.js';

const CODES = new Set(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

describe('bad input', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 3))] });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  const cursorOf = async (): Promise<string> => {
    const { data } = await gateway.query('{ customers { pageInfo { endCursor } } }');
    return (data as { customers: { pageInfo: { endCursor: string } } }).customers.pageInfo.endCursor;
  };

  it.each([
    [
      'an empty ID',
      '{ segment(customerId: "acme", destinationId: "314", segmentId: "") { id } }',
      'segmentId is empty',
    ],
    [
      'a line break in an ID',
      '{ segment(customerId: "acme", destinationId: "314", segmentId: "1\\n2") { id } }',
      'control character',
    ],
    ['an empty customer', '{ customer(id: "") { id } }', 'id is empty'],
    [
      'an empty destination',
      '{ destination(customerId: "acme", destinationId: "") { id } }',
      'destinationId is empty',
    ],
    [
      'an empty destination without a customer',
      '{ destination(destinationId: "") { id } }',
      'destinationId is empty',
    ],
    [
      'an empty customer ID',
      '{ segment(customerId: "", destinationId: "314", segmentId: "1") { id } }',
      'customerId is empty',
    ],
    ['a negative first', '{ customers(first: -1) { totalCount } }', 'first is -1; it must be 0 to 1000'],
    ['a huge first', '{ customers(first: 1001) { totalCount } }', 'first is 1001'],
    [
      'a negative first in a search',
      '{ searchSegments(text: "a", first: -5) { totalCount } }',
      'first is -5',
    ],
    ['a cursor that is none', '{ customers(after: "rubbish") { totalCount } }', 'after is not a cursor'],
    ['an empty cursor', '{ searchSegments(text: "a", after: "") { totalCount } }', 'after is not a cursor'],
  ])('%s is BAD_USER_INPUT', async (_, query, message) => {
    const { errors } = await gateway.query(query);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(errors?.[0]?.message).toContain(message);
  });

  it('a cursor of another list is BAD_USER_INPUT', async () => {
    const after = await cursorOf();
    const { errors } = await gateway.query(
      'query ($after: String) { searchSegments(text: "", after: $after) { totalCount } }',
      {
        after,
      },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('an ID of 10 kB is refused without being repeated', async () => {
    const id = 'x'.repeat(10_240);
    const { errors } = await gateway.query(
      'query ($id: ID!) { segment(customerId: "acme", destinationId: "314", segmentId: $id) { id } }',
      { id },
    );
    expect(errors?.[0]?.message).toBe('segmentId is 10240 characters long; the maximum for an ID is 1000.');
  });

  it('a search text of 2,000 characters is refused', async () => {
    const { errors } = await gateway.query(
      'query ($text: String!) { searchSegments(text: $text) { totalCount } }',
      {
        text: 'x'.repeat(2_000),
      },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('a lone surrogate is an ID like any other that is not there', async () => {
    const answer = await gateway.query(
      'query ($id: ID!) { segment(customerId: "acme", destinationId: "314", segmentId: $id) { id } }',
      { id: '\ud800' },
    );
    expect(answer).toEqual({ data: { segment: null } });
  });

  it.each([
    ['a literal', '{ segment(destinationId: "314", segmentId: 1234567890123456789) { id } }', {}],
    [
      'a literal in a list',
      '{ segments(destinationId: "314", segmentIds: ["1001", 9007199254740993]) { id } }',
      {},
    ],
    ['a negative literal', '{ segment(destinationId: "314", segmentId: -9007199254740993) { id } }', {}],
    ['a literal for a destination', '{ destination(destinationId: 12345678901234567890) { id } }', {}],
    [
      'a variable',
      'query ($id: ID!) { segment(destinationId: "314", segmentId: $id) { id } }',
      { id: 2 ** 53 },
    ],
    [
      'a variable for a key',
      'query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { status } }',
      { keys: [{ destinationId: '314', segmentId: -(2 ** 53) }] },
    ],
    ['a variable for an id', 'query ($id: ID!) { node(id: $id) { id } }', { id: 1e300 }],
  ])('a number that is not known exactly is refused, as %s', async (_, query, variables) => {
    const { errors } = await gateway.query(query, variables);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(errors?.[0]?.message).toContain('send IDs as strings');
  });

  it('the largest number that is known exactly is an ID like any other', async () => {
    const answer = await gateway.query(
      'query ($id: ID!) { a: segment(destinationId: "314", segmentId: $id) { id } b: segment(destinationId: 314, segmentId: 9007199254740991) { id } }',
      { id: Number.MAX_SAFE_INTEGER },
    );
    expect(answer).toEqual({ data: { a: null, b: null } });
  });

  it('nonsense is the id of no node, and no mistake', async () => {
    const nonsense = [
      '',
      '~',
      '~WyJkIl0',
      'acme ',
      'nobody',
      '~'.repeat(5_000),
      '\u0000',
      '\ud800',
      '314',
      '__proto__',
    ];
    const { data, errors } = await gateway.query(
      'query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } }',
      { ids: nonsense, id: nonsense[2] },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ nodes: nonsense.map(() => null), node: null });
  });

  it.each([
    ['what does not parse', { query: '{ customers {' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ customers { nodes { nome } } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown argument', { query: '{ customers(key: "a") { totalCount } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown enum value',
      { query: '{ segment(customerId: "acme", destinationId: "314", segmentId: "1", idType: NAME) { id } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a missing variable', { query: 'query ($id: ID!) { customer(id: $id) { id } }' }, 'BAD_USER_INPUT'],
    [
      'a variable of the wrong type',
      {
        query: 'query ($first: Int!) { customers(first: $first) { totalCount } }',
        variables: { first: 'ten' },
      },
      'BAD_USER_INPUT',
    ],
    ['an unknown operation name', { query: 'query A { __typename }', operationName: 'B' }, 'BAD_USER_INPUT'],
    [
      'two operations without a name',
      { query: 'query A { __typename } query B { __typename }' },
      'BAD_USER_INPUT',
    ],
    ['no query', {}, 'BAD_USER_INPUT'],
    ['an empty list of operations', [], 'BAD_USER_INPUT'],
    ['no JSON', '{"query":', 'BAD_USER_INPUT'],
    ['a body of another kind', '"text"', 'BAD_USER_INPUT'],
  ])('%s is status 400 with its code', async (_, body, code) => {
    const { status, body: answer } = await gateway.post(body);
    expect(status).toBe(400);
    const { errors, data } = answer as Answer<unknown>;
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code }]);
  });

  it('a persisted query that is not known is asked for in the words that clients understand', async () => {
    const { body } = await gateway.post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } });
    expect((body as Answer<unknown>).errors).toEqual([
      { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
    ]);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 415],
    ['plain text, which a page of another site could send', 'text/plain', 415],
  ])('a body that is %s is refused', async (_, contentType, expected) => {
    const { status, body } = await gateway.post('{"query":"{ __typename }"}', {
      'content-type': contentType,
    });
    expect(status).toBe(expected);
    expect(CODES).toContain((body as Answer<unknown>).errors?.[0]?.extensions.code);
  });

  it('a body beyond 1 MiB is status 413', async () => {
    const { status, body } = await gateway.post({
      query: '{ __typename }',
      variables: { filler: 'x'.repeat(1_100_000) },
    });
    expect(status).toBe(413);
    expect((body as Answer<unknown>).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('a GET that could come from another site is refused', async () => {
    const response = await fetch(`${gateway.url}?query=%7B__typename%7D`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as Answer<unknown>).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('a mutation by GET is status 405', async () => {
    const before = gateway.simulator.listings();
    const query = encodeURIComponent(
      'mutation { refreshDestination(customerId: "acme", destinationId: "314") { id } }',
    );
    const response = await fetch(`${gateway.url}?query=${query}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(response.status).toBe(405);
    expect(gateway.simulator.listings()).toBe(before);
  });

  it('leaves the gateway as it was', async () => {
    const { data } = await gateway.query(
      '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }',
    );
    expect(data).toEqual({ segment: { label: 'Segment 1' } });
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
