import { GraphQLError } from 'graphql';

/** A limit that an operation exceeds, and by how much. */
export interface Excess {
  readonly limited:
    'tokens' | 'depth' | 'nesting' | 'aliases' | 'rootFields' | 'repeats' | 'directives' | 'ids' | 'cost';
  readonly limit: number;
  /** Estimated value of the operation. The true value may be higher where counting stopped early. */
  readonly estimate: number;
}

const MESSAGES: Readonly<Record<Excess['limited'], string>> = {
  tokens: 'The operation is too long; split it.',
  depth: 'The operation selects fields too many levels deep; split it.',
  nesting: 'The operation has fragments, lists or objects nested too deeply; split it.',
  aliases:
    'The operation has too many aliases; look up many IDs with segments(segmentIds:) or segmentsByKey.',
  rootFields:
    'The operation has too many fields at its top level; look up many IDs with segments(segmentIds:) or segmentsByKey.',
  repeats: 'The operation repeats the same field too often in one selection; select it once.',
  directives: 'The operation has too many directives; remove some.',
  ids: 'The operation looks up too many IDs; split them over several requests.',
  cost: 'The response could become too large: lengths of nested lists multiply. Request fewer items at once.',
};

/** The error QUERY_TOO_COMPLEX, with the limit and the estimate. */
export function excessError({ limited, limit, estimate }: Excess): GraphQLError {
  const message = `${MESSAGES[limited]} (${limited}: ${estimate}, at most ${limit})`;
  return new GraphQLError(message, {
    extensions: { code: 'QUERY_TOO_COMPLEX', limited, limit, estimate, http: { status: 400 } },
  });
}
