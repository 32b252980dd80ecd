import {
  GraphQLError,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isListType,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import type { LimitsConfig } from '../../config/index.js';
import type { Excess } from './document-limits.js';

/** The limits of a request that its variables show too. */
export type CostLimits = Pick<LimitsConfig, 'ids' | 'first' | 'cost'>;

/** How long lists are whose length no argument says. Asked only where it matters. */
export interface ListSizes {
  /** Customers that the caller may see. */
  readonly customers: () => number;
  /** Destinations of the one of them that has the most. */
  readonly destinations: () => number;
}

/** One operation, ready to be executed. */
export interface CostedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

/** Fields that are looked at, each as often as the fragment that it is in is spread, before an estimate is given up. */
const MAX_FIELDS = 10_000;

const TOO_MANY_FIELDS = /maximum allowed number of nodes/;

/** For lists of the schema's description, and the rare others. */
const USUAL_LENGTH = 10;

/**
 * What is wrong with an operation's variables, or `null`. The first mistake alone: each repeats the value that it
 * is in, and a large value can hold very many.
 */
export function variableMistake(
  operation: CostedOperation,
  { introspection }: Pick<LimitsConfig, 'introspection'>,
): GraphQLError | null {
  const { schema, document, operationName, variables } = operation;
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const options = { maxErrors: 1, hideSuggestions: !introspection };
  const [mistake] = getVariableValues(schema, definitions, variables, options).errors ?? [];
  if (mistake === undefined) return null;
  return new GraphQLError(mistake.message, {
    nodes: mistake.nodes ?? null,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

/**
 * The first limit that an operation goes beyond with its variables, which must fit, or `null`. Its cost is the number of values
 * that the answer can have at most: lengths of lists inside lists multiply.
 */
export function costExcess(operation: CostedOperation, limits: CostLimits, sizes: ListSizes): Excess | null {
  const lengthOf = (field: Field, args: Args): number => listLength(field, args, limits, sizes);
  try {
    const ids = estimate(
      operation,
      ({ field, args, childComplexity }) => idsOf(field, args) + lengthOf(field, args) * childComplexity,
    );
    if (ids > limits.ids) return { limited: 'ids', limit: limits.ids, estimate: ids };
    const cost = estimate(
      operation,
      ({ field, args, childComplexity }) => 1 + lengthOf(field, args) * childComplexity,
    );
    return cost > limits.cost ? { limited: 'cost', limit: limits.cost, estimate: cost } : null;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // Arguments that do not fit the schema: execution says so in its own words.
    if (!TOO_MANY_FIELDS.test(error.message)) return null;
    return { limited: 'cost', limit: limits.cost, estimate: Math.max(MAX_FIELDS, limits.cost + 1) };
  }
}

function estimate(operation: CostedOperation, estimator: ComplexityEstimator): number {
  const { schema, document, operationName, variables } = operation;
  return getComplexity({
    schema,
    query: document,
    variables,
    ...(operationName === null ? {} : { operationName }),
    estimators: [estimator],
    maxQueryNodes: MAX_FIELDS,
  });
}

type Field = GraphQLField<unknown, unknown>;
type Args = Readonly<Record<string, unknown>>;

/** By how much what stands below a field is multiplied. */
function listLength(field: Field, args: Args, limits: CostLimits, sizes: ListSizes): number {
  const { first, ids, keys } = args;
  if (typeof first === 'number') {
    // More is refused where it is asked for.
    const page = Math.min(Math.max(first, 0), limits.first);
    return field.name === 'customers' ? Math.min(page, sizes.customers()) : page;
  }
  if (Array.isArray(ids)) return ids.length;
  if (Array.isArray(keys)) return keys.length;
  if (!isListType(getNullableType(field.type))) return 1;
  // A connection's own lists are as long as the page that it was asked for.
  if (field.name === 'nodes' || field.name === 'edges') return 1;
  if (field.name === 'destinations') return sizes.destinations();
  return USUAL_LENGTH;
}

function idsOf(field: Field, { ids, keys }: Args): number {
  if (Array.isArray(ids)) return ids.length;
  if (Array.isArray(keys)) return keys.length;
  return field.name === 'segment' ? 1 : 0;
}
