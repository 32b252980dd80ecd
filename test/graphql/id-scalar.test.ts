import { GraphQLError, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ID } from '../../src/graphql/types/id.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

const literal = (text: string): string => ID.parseLiteral(parseValue(text));

describe('the scalar ID', () => {
  it('takes texts and whole numbers whose digits are all known', () => {
    expect(ID.parseValue('1234567890123456789')).toBe('1234567890123456789');
    expect(ID.parseValue(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991');
    expect(ID.parseValue(-7)).toBe('-7');
    expect(literal('"x"')).toBe('x');
    expect(literal('9007199254740991')).toBe('9007199254740991');
    expect(ID.serialize(7)).toBe('7');
  });

  it.each([9007199254740992, -9007199254740992, Number('1234567890123456789'), 1e300])(
    'refuses %d, because it may have been another number',
    (value) => {
      const refused = expect.objectContaining({
        message: expect.stringContaining('send IDs as strings') as string,
        extensions: { code: 'BAD_USER_INPUT' },
      }) as GraphQLError;
      expect(() => ID.parseValue(value)).toThrow(refused);
      expect(() => literal(BigInt(value).toString())).toThrow(refused);
    },
  );

  it.each([1.5, true, null, ['1'], { id: '1' }, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %j, as the built-in one does',
    (value) => {
      expect(() => ID.parseValue(value)).toThrow(GraphQLError);
    },
  );

  it.each(['1.5', 'true', 'null', '["1"]', '{id: "1"}', 'ENUM'])('refuses the literal %s', (text) => {
    expect(() => literal(text)).toThrow(GraphQLError);
  });
});

describe('a request with an ID beyond 2^53 - 1 as a number', () => {
  const mistake = {
    message: expect.stringContaining('send IDs as strings') as string,
    extensions: { code: 'BAD_USER_INPUT' },
  };

  it('is refused as a whole, in a literal and in a variable, also below a key', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 1))],
    });
    const post = async (query: string, variables: string): Promise<unknown> => {
      const { status, body } = await gateway.post(
        `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      );
      return { status, ...(body as object) };
    };
    const place = 'customerId: "acme", destinationId: "314"';
    const refused = { status: 400, errors: [mistake] };
    expect(await post(`{ segment(${place}, segmentId: 1234567890123456789) { name } }`, '{}')).toMatchObject(
      refused,
    );
    expect(
      await post(
        `query ($id: ID!) { segment(${place}, segmentId: $id) { name } }`,
        '{"id":1234567890123456789}',
      ),
    ).toMatchObject(refused);
    expect(
      await post(
        'query ($keys: [SegmentKey!]!) { lookupSegments(keys: $keys) { status } }',
        '{"keys":[{"destinationId":314,"segmentId":1234567890123456789}]}',
      ),
    ).toMatchObject(refused);
    expect(
      await post(`query ($id: ID!) { segment(${place}, segmentId: $id) { name } }`, '{"id":1001}'),
    ).toEqual({ status: 200, data: { segment: { name: 'Segment 1' } } });
    expect(gateway.simulator.count({ endpoint: 'mappings' })).toBe(1);
  });
});
