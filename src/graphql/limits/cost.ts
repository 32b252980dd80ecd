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
import {
  getComplexity,
  type ComplexityEstimator,
  type ComplexityEstimatorArgs,
} from 'graphql-query-complexity';
import type { LimitsConfig } from '../../config/index.js';
import type { Excess } from './excess.js';

/** The limits that depend on schema and variables. */
type CostLimits = Pick<LimitsConfig, 'ids' | 'first' | 'cost'>;

/** Lengths of lists that no argument limits. Functions, because most operations do not need them. */
interface ListSizes {
  /** Number of customers that the caller may see. */
  readonly customers: () => number;
  /** Highest number of destinations that one of these customers has. */
  readonly destinations: () => number;
  /** Number of destinations that all of these customers have together. */
  readonly allDestinations: () => number;
}

/** A valid operation with its variables. */
interface CostedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

/**
 * Maximum number of fields that are visited for an estimate. Fields of a fragment count each time it is spread. An
 * operation with more fields is rejected.
 */
const MAX_FIELDS = 10_000;

/** Matches the error of graphql-query-complexity for more than `MAX_FIELDS` fields. */
const TOO_MANY_FIELDS = /maximum allowed number of nodes/;

/** Assumed length of all other lists, such as those of introspection. */
export const DEFAULT_LENGTH = 10;

/**
 * Finds the first error in an operation's variables, or `null`. Only the first: each error message repeats the value,
 * so many errors in a large value would make a very large response.
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
 * Finds the first of the limits `ids` and `cost` that an operation exceeds, or `null`. The cost is the maximum number
 * of values in the response: lengths of nested lists multiply. The variables must be valid (see `variableMistake`).
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
    // Arguments that do not match the schema: execution reports them.
    if (!TOO_MANY_FIELDS.test(error.message)) return null;
    return { limited: 'cost', limit: limits.cost, estimate: Math.max(MAX_FIELDS, limits.cost + 1) };
  }
}

/**
 * The estimate of an operation. The destinations in `unread` of a search are counted on their own, because their number
 * does not depend on the length of the page, by which everything else in the search is multiplied.
 */
function estimate(operation: CostedOperation, estimator: ComplexityEstimator): number {
  let unreadFields = 0;
  const withoutUnread = complexityOf(operation, (options) => {
    if (!isUnread(options)) return estimator(options);
    unreadFields += 1;
    return 0;
  });
  if (unreadFields === 0) return withoutUnread;
  const ofUnread = complexityOf(operation, (options) => {
    const { type, field, childComplexity } = options;
    if (type.name === 'Query') return field.name === 'searchSegments' ? childComplexity : 0;
    return type.name === SEARCH_PAGE && !isUnread(options) ? 0 : estimator(options);
  });
  return withoutUnread + ofUnread;
}

/** The type that a search returns. */
const SEARCH_PAGE = 'SegmentSearchConnection';

function isUnread({ type, field }: ComplexityEstimatorArgs): boolean {
  return type.name === SEARCH_PAGE && field.name === 'unread';
}

function complexityOf(operation: CostedOperation, estimator: ComplexityEstimator): number {
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

/** Maximum length of the list that a field returns; 1 if it is no list. The cost of its selection is multiplied by it. */
function listLength(field: Field, args: Args, limits: CostLimits, sizes: ListSizes): number {
  const { first } = args;
  if (typeof first === 'number') {
    // The resolver rejects values outside of this range.
    const page = Math.min(Math.max(first, 0), limits.first);
    return field.name === 'customers' ? Math.min(page, sizes.customers()) : page;
  }
  const ids = idListOf(args);
  if (ids !== null) return ids.length;
  if (!isListType(getNullableType(field.type))) return 1;
  // The length of a connection's lists is `first`, which was counted at the field that returns the connection.
  if (field.name === 'nodes' || field.name === 'edges') return 1;
  if (field.name === 'destinations') return sizes.destinations();
  if (field.name === 'unread') return sizes.allDestinations();
  return DEFAULT_LENGTH;
}

/** Number of IDs that a field looks up. */
function idsOf(field: Field, args: Args): number {
  // `SegmentLookup.segment` and other fields without an ID look nothing up.
  const isLookup = args['segmentId'] !== undefined || field.name === 'node';
  return idListOf(args)?.length ?? (isLookup ? 1 : 0);
}

/** The list of IDs or keys that a field looks up; `null` if it takes none. */
function idListOf({ segmentIds, keys, ids }: Args): readonly unknown[] | null {
  const list = segmentIds ?? keys ?? ids;
  return Array.isArray(list) ? list : null;
}
