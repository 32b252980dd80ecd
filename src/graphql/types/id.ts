import { GraphQLID, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { gatewayError } from '../request/errors.js';

/**
 * GraphQL's built-in scalar ID, without numbers that may have lost digits. JSON parsers round an integer beyond
 * 2^53 - 1, so 1234567890123456789 would be looked up as another segment's ID, 1234567890123456800. Literals of that
 * size are refused as well, so that a query does not change its meaning when its literals become variables.
 */
export const ID = new GraphQLScalarType<string, string>({
  ...GraphQLID.toConfig(),
  parseValue: (value) => {
    if (typeof value === 'number' && Number.isInteger(value)) checkNumber(value);
    return GraphQLID.parseValue(value);
  },
  parseLiteral: (node, variables) => {
    if (node.kind === Kind.INT) checkNumber(Number(node.value), node);
    return GraphQLID.parseLiteral(node, variables);
  },
});

/** @throws GraphQLError BAD_USER_INPUT */
function checkNumber(value: number, node: ValueNode | null = null): void {
  if (Number.isSafeInteger(value)) return;
  throw gatewayError(
    'BAD_USER_INPUT',
    'An ID is a number beyond 2^53 - 1, whose last digits get lost on the way; send IDs as strings.',
    node,
  );
}
