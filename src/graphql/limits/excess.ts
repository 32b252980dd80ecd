import { GraphQLError } from 'graphql';

/** A limit that an operation exceeds, and by how much. */
export interface Excess {
  readonly limited:
    | 'tokens'
    | 'comments'
    | 'depth'
    | 'nesting'
    | 'aliases'
    | 'rootFields'
    | 'aliasLength'
    | 'repeats'
    | 'directives'
    | 'ids'
    | 'searches'
    | 'histories'
    | 'moments'
    | 'cost';
  readonly limit: number;
  /** Estimated value of the operation. The true value may be higher where counting stopped early. */
  readonly estimate: number;
}

const MESSAGES: Readonly<Record<Excess['limited'], string>> = {
  tokens: 'The operation is too long; split it.',
  comments: 'The operation has too many comments; remove some.',
  depth: 'The operation selects fields too many levels deep; split it.',
  nesting: 'The operation has fragments, lists or objects nested too deeply; split it.',
  aliases:
    'The operation has too many aliases; look up many IDs with segments(segmentIds:) or segmentsByKey.',
  aliasLength:
    'The operation has an alias that is too long, which each object of the answer would repeat; shorten it.',
  rootFields:
    'The operation has too many fields at its top level; look up many IDs with segments(segmentIds:) or segmentsByKey.',
  repeats: 'The operation repeats the same field too often in one selection; select it once.',
  directives: 'The operation has too many directives; remove some.',
  ids: 'The operation looks up too many IDs; split them over several requests.',
  searches:
    'The operation searches too often, with searchSegments, findSegments or by search and status of segments; split it, or search several destinations at once with searchSegments.',
  histories:
    'The operation reads history and changes too often: once for each destination, and for each 100 segments. Split it over several requests.',
  moments:
    'The operation looks at the past too often: once for each destination and moment. Split it over several requests.',
  cost: 'The operation asks for too much: lengths of nested lists multiply, and searches and reads of the history count as well. Request fewer items at once.',
};

/** The error QUERY_TOO_COMPLEX, with the limit and the estimate. */
export function excessError({ limited, limit, estimate }: Excess): GraphQLError {
  const message = `${MESSAGES[limited]} (${limited}: ${estimate}, at most ${limit})`;
  return new GraphQLError(message, {
    extensions: { code: 'QUERY_TOO_COMPLEX', limited, limit, estimate, http: { status: 400 } },
  });
}
