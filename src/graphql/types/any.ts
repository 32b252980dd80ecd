import { GraphQLScalarType, valueFromASTUntyped } from 'graphql';
import { gatewayError } from '../request/errors.js';

/** What a router knows of an object: the name of its type, and the fields of one of its keys. */
export type Representation = Readonly<Record<string, unknown>>;

/**
 * Apollo Federation's scalar for representations.
 *
 * @see https://www.apollographql.com/docs/graphos/reference/federation/subgraph-spec
 */
export const Any = new GraphQLScalarType<Representation, unknown>({
  name: '_Any',
  description:
    'What a router of a federated graph knows of an object: an object with `__typename` and the fields of one of its keys.',
  parseValue: representation,
  parseLiteral: (node, variables) => representation(valueFromASTUntyped(node, variables)),
});

/** @throws GraphQLError BAD_USER_INPUT */
function representation(value: unknown): Representation {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Representation;
  throw gatewayError(
    'BAD_USER_INPUT',
    'A representation is not an object; send one with __typename and the fields of a key.',
  );
}
