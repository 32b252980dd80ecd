import * as z from 'zod';
import type {
  ChangesOfDestinationQuery,
  ChangesOfDestinationsQuery,
  ToolChangesFragment,
} from '../generated/operations.js';
import { CHANGES_OF_DESTINATION, CHANGES_OF_DESTINATIONS } from '../operations.js';
import {
  MAX_PAGE,
  after,
  change,
  customerId,
  cut,
  destinationId,
  pageEnd,
  pageSize,
  problem,
} from '../shapes.js';
import { AnswerSize } from '../answer-size.js';
import {
  ToolError,
  defineTool,
  fieldOf,
  problemAt,
  type OperationResult,
  type ToolServices,
} from '../tool.js';

/** How many destinations are looked into for one page, where all are asked for. */
const DESTINATIONS_AT_ONCE = 20;

/** How many changes of each of them are given. */
const CHANGES_OF_EACH = 10;

const input = z.strictObject({
  since: z.string().describe('The beginning, with time and zone, such as 2026-01-31T00:00:00Z.'),
  until: z
    .string()
    .optional()
    .describe('The end, with time and zone, which does not belong to it. Left out: now.'),
  customerId: customerId.optional(),
  destinationId: destinationId
    .optional()
    .describe(
      `Left out: all destinations are looked into, ${DESTINATIONS_AT_ONCE} a page, with ${CHANGES_OF_EACH} changes of each at most.`,
    ),
  first: pageSize(MAX_PAGE).describe(
    `Maximum number of changes on a page, 1 to ${MAX_PAGE}; only with destinationId.`,
  ),
  after,
});

const changesOfDestination = z.object({
  customerId: z.string(),
  customerName: z.string(),
  destinationId: z.string(),
  destinationName: z.string().nullable(),
  changes: z.array(change).describe('The oldest first.'),
  hasMoreChanges: z
    .boolean()
    .describe('Whether there are more; to get them, ask with customerId and destinationId.'),
  isComplete: z
    .boolean()
    .describe('False: of what was before, only the last change of each segment is kept.'),
  error: problem.nullable(),
});

const output = z.object({
  destinations: z
    .array(changesOfDestination)
    .describe(
      'Destinations without changes are left out, unless destinationId names one or isComplete is false: then there may have been changes.',
    ),
  ...pageEnd,
});

type Input = z.output<typeof input>;
type Output = z.input<typeof output>;

/** Lists what has changed of segments. */
export const whatChanged = defineTool({
  name: 'what_changed',
  title: 'List changes of segments',
  description:
    'Lists which Audience Manager segments were created, renamed, described, switched or removed since a time, the oldest change first.',
  input,
  output,
  run: async (asked, services) => {
    const period = periodOf(asked);
    const { destinationId: id } = asked;
    return id === undefined ? await ofAll(asked, period, services) : await ofOne(asked, id, period, services);
  },
});

/** In milliseconds since the epoch; the end does not belong to it. */
interface Period {
  readonly since: number;
  readonly until: number;
}

const YEAR_0 = Date.parse('0000-01-01T00:00:00Z');
const YEAR_10000 = Date.UTC(10_000, 0);

/** @throws {ToolError} */
function periodOf({ since, until }: Input): Period {
  const period = {
    since: timeOf('since', since),
    until: until === undefined ? Infinity : timeOf('until', until),
  };
  if (period.since < period.until) return period;
  throw new ToolError('BAD_USER_INPUT', 'until has to be later than since.');
}

function timeOf(name: string, text: string): number {
  const time = z.iso.datetime({ offset: true }).safeParse(text);
  // Years before 0 and after 9999 have no text that the API understands.
  const at = time.success ? Date.parse(time.data) : NaN;
  if (at >= YEAR_0 && at < YEAR_10000) return at;
  throw new ToolError(
    'BAD_USER_INPUT',
    `${name} has to be a time with date and zone, such as 2026-01-31T00:00:00Z.`,
  );
}

async function ofOne(
  { customerId: customer, first, after: cursor }: Input,
  id: string,
  period: Period,
  { ask, maxFirst }: ToolServices,
): Promise<Output> {
  const answer = await ask(CHANGES_OF_DESTINATION, {
    customerId: customer,
    destinationId: id,
    since: new Date(period.since).toISOString(),
    first: Math.min(first, maxFirst),
    after: cursor,
  });
  const destination = fieldOf<ChangesOfDestinationQuery['destination']>(answer, 'destination');
  const { endCursor, ...found } = changesIn(destination, answer, period, ['destination'], new AnswerSize());
  return { destinations: [found], hasMore: found.hasMoreChanges, endCursor };
}

async function ofAll(
  { customerId: customer, after: cursor }: Input,
  period: Period,
  { ask, maxFirst }: ToolServices,
): Promise<Output> {
  const answer = await ask(CHANGES_OF_DESTINATIONS, {
    customerId: customer,
    destinations: Math.min(DESTINATIONS_AT_ONCE, maxFirst),
    afterDestination: cursor,
    since: new Date(period.since).toISOString(),
    first: Math.min(CHANGES_OF_EACH, maxFirst),
  });
  const { nodes, pageInfo } = fieldOf<ChangesOfDestinationsQuery['destinations']>(answer, 'destinations');
  const size = new AnswerSize(nodes.map((each) => ({ ...EMPTY, ...each, changes: [] })));
  const found = nodes.map((each, index) => {
    const { endCursor: _, ...shaped } = changesIn(
      each,
      answer,
      period,
      ['destinations', 'nodes', index],
      size,
    );
    return shaped;
  });
  return {
    destinations: found.filter(
      ({ changes, hasMoreChanges, isComplete, error }) =>
        changes.length > 0 || hasMoreChanges || !isComplete || error !== null,
    ),
    hasMore: pageInfo.hasNextPage,
    endCursor: pageInfo.endCursor,
  };
}

/** What an answer has for each destination in any case. */
const EMPTY = {
  customerName: '',
  destinationName: '',
  hasMoreChanges: false,
  isComplete: false,
  error: null,
};

interface ChangesOfDestination extends z.input<typeof changesOfDestination> {
  /** Where the next page begins. */
  readonly endCursor: string | null;
}

/**
 * @param path where the destination is in the answer
 * @param size what the answer has left for changes
 */
function changesIn(
  { customer, destinationId: id, name, changes }: ToolChangesFragment,
  answer: OperationResult,
  { since, until }: Period,
  path: readonly (string | number)[],
  size: AnswerSize,
): ChangesOfDestination {
  // Changes are in the order in which they were stored, which is not quite that of their times.
  const isWanted = ({ node }: Edge): boolean => Date.parse(node.at) < until;
  const edges = changes?.edges ?? [];
  const fitting = edges.filter((edge) => !isWanted(edge) || size.takes(changeOf(edge)));
  const isCut = fitting.length < edges.length;
  const wanted = fitting.filter(isWanted);
  const hasNext = (changes?.pageInfo.hasNextPage ?? false) && (wanted.length > 0 || edges.length === 0);
  const completeSince = changes?.completeSince ?? null;
  return {
    customerId: customer.id,
    customerName: customer.name,
    destinationId: id,
    destinationName: name,
    changes: wanted.map(changeOf),
    hasMoreChanges: isCut || hasNext,
    isComplete: completeSince === null || Date.parse(completeSince) <= since,
    error: changes === null ? problemAt(answer, ...path) : null,
    endCursor: isCut ? (wanted.at(-1)?.cursor ?? null) : (changes?.pageInfo.endCursor ?? null),
  };
}

type Edge = NonNullable<ToolChangesFragment['changes']>['edges'][number];

function changeOf({ node }: Edge): z.input<typeof change> {
  return { ...node, description: cut(node.description) };
}
