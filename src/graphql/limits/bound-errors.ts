import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { GatewayContext } from '../request/context.js';
import { MoreErrors, formattedCodeOf, type ErrorCode } from '../request/errors.js';

/** Maximum number of errors in one response, besides the one that says how many more there are. */
const MAX_ERRORS = 100;

/**
 * Creates the plugin that bounds the errors of a response: the first 100, and one more that says how many more there
 * are. The record of the operation knows the codes of all of them.
 */
export function boundErrors(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: ({ contextValue: { record } }) =>
      Promise.resolve({
        didEncounterErrors: ({ errors }) => {
          // A list of this length has no more than the errors that it may have.
          if (errors.length <= MAX_ERRORS + 1) return Promise.resolve();
          const codes = errors.map(formattedCodeOf);
          record.codes = [...new Set([...record.codes, ...codes])];
          // Apollo Server formats the errors that are in this array after the hook.
          const bounded = errors as GraphQLError[];
          const left = bounded.length - MAX_ERRORS;
          bounded.splice(MAX_ERRORS, left, new MoreErrors(left, mostFrequent(codes)));
          return Promise.resolve();
        },
      }),
  };
}

/** The code that occurs most often. */
function mostFrequent(codes: readonly ErrorCode[]): ErrorCode {
  const counts = new Map<ErrorCode, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}
