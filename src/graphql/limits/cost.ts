import {
  GraphQLError,
  getOperationAST,
  getVariableValues,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { LimitsConfig } from '../../config/index.js';
import type { Excess } from './excess.js';
import type { Sizes } from './place.js';
import { TooManyFieldsError, Weigher, MAX_FIELDS } from './weigher.js';
import { WeightSum, type Weight } from './weight.js';

/** The limits that depend on schema and variables. */
type CostLimits = Pick<LimitsConfig, 'ids' | 'first' | 'cost'>;

/** A valid operation with its variables. */
interface CostedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

/** What an operation asks for at most, and the first of the limits that this exceeds. */
export interface CostEstimate {
  readonly weight: Weight;
  readonly excess: Excess | null;
}

/** Maximum number of searches in one operation. Each may have to look at all segments of a destination. */
const MAX_SEARCHES = 20;

/**
 * Maximum number of reads of the history in one operation. One reads a page for a destination, or the histories of 100
 * segments.
 */
const MAX_HISTORIES = 100;

/** Maximum number of reads of the past in one operation: destinations times moments. */
const MAX_MOMENTS = 100;

/**
 * Coerces an operation's variables.
 *
 * @returns their values, or the first error. Only the first: each error message repeats the value, so many errors in a
 *   large value would make a very large response.
 */
export function variableValues(
  { schema, document, operationName, variables }: CostedOperation,
  { introspection }: Pick<LimitsConfig, 'introspection'>,
): Record<string, unknown> | GraphQLError {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const options = { maxErrors: 1, hideSuggestions: !introspection };
  const { coerced, errors } = getVariableValues(schema, definitions, variables, options);
  const mistake = errors?.[0];
  if (mistake === undefined) return coerced ?? {};
  return new GraphQLError(mistake.message, {
    nodes: mistake.nodes ?? null,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

/**
 * Estimates what an operation asks for at most, before it is executed: lengths of nested lists multiply.
 *
 * @param operation its variables are those of `variableValues`
 */
export function estimateCost(operation: CostedOperation, limits: CostLimits, sizes: Sizes): CostEstimate {
  const { schema, document, operationName, variables } = operation;
  const node = getOperationAST(document, operationName);
  if (node === null || node === undefined) return { weight: new WeightSum(), excess: null };
  try {
    const weight = new Weigher(schema, document, variables, limits, sizes).weigh(node);
    return { weight, excess: excessOf(weight, limits) };
  } catch (error) {
    if (!(error instanceof TooManyFieldsError)) throw error;
    const estimate = Math.max(MAX_FIELDS, limits.cost + 1);
    return { weight: new WeightSum(), excess: { limited: 'cost', limit: limits.cost, estimate } };
  }
}

function excessOf(weight: Weight, limits: CostLimits): Excess | null {
  const checks: readonly Excess[] = [
    { limited: 'ids', limit: limits.ids, estimate: weight.ids },
    { limited: 'searches', limit: MAX_SEARCHES, estimate: weight.searches },
    { limited: 'histories', limit: MAX_HISTORIES, estimate: weight.histories },
    { limited: 'moments', limit: MAX_MOMENTS, estimate: weight.moments },
    { limited: 'cost', limit: limits.cost, estimate: weight.cost },
  ];
  return checks.find(({ limit, estimate }) => estimate > limit) ?? null;
}
