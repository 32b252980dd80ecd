import type { GraphQLObjectType } from 'graphql';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { leafFieldsOf } from '../../src/graphql/fast/leaf-fields.js';

const schema = buildSchema(`
  enum Color { RED GREEN }
  type Segment {
    id: ID!
    size: Int
    color: Color
    list: [String!]
    withArgument(a: Int): String
    customer: Customer
    computed: String
    later: String
    failing: String
    needsContext: String
  }
  type Destination { id: ID! }
  type Customer { id: ID! }
  type Query { segment: Segment }
`);
const fields = (schema.getType('Segment') as GraphQLObjectType).getFields();
fields['computed']!.resolve = (source: { id: string }): string => `computed ${source.id}`;
fields['later']!.resolve = () => Promise.reject(new Error('later'));
fields['failing']!.resolve = () => {
  throw new Error('failing');
};
fields['needsContext']!.resolve = (_source, _args, { loader }: { loader: string }): string => loader;

describe('the fields that the fast path can write', () => {
  const { segment } = leafFieldsOf(schema);
  const json = (name: string, source: object): string | null | undefined =>
    segment.get(name)?.json(source, null);

  it('are the scalar and enum fields without arguments of the schema', () => {
    expect([...segment.keys()]).toEqual([
      '__typename',
      'id',
      'size',
      'color',
      'computed',
      'later',
      'failing',
      'needsContext',
    ]);
  });

  it('have the values that execution gives them', () => {
    expect(json('__typename', {})).toBe('"Segment"');
    expect(json('id', { id: 7 })).toBe('"7"');
    expect(json('size', { size: 7 })).toBe('7');
    expect(json('size', {})).toBe('null');
    expect(json('color', { color: 'RED' })).toBe('"RED"');
    expect(json('computed', { id: '7' })).toBe('"computed 7"');
  });

  it.each([
    ['a promise', 'later', {}],
    ['an error', 'failing', {}],
    ['a value that needs the context of a request', 'needsContext', {}],
    ['null in a field that is not nullable', 'id', { id: null }],
    ['a value that does not fit the type', 'size', { size: 'large' }],
    ['a value that the enum does not have', 'color', { color: 'BLUE' }],
  ])('leave %s to the full path', (_, name, source) => {
    expect(json(name, source)).toBeNull();
  });
});
