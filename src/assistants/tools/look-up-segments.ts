import * as z from 'zod';
import type {
  LookUpEverywhereQuery,
  LookUpInDestinationQuery,
  LookupStatus,
  ToolSegmentFragment,
} from '../generated/operations.js';
import { LOOK_UP_EVERYWHERE, LOOK_UP_IN_DESTINATION } from '../operations.js';
import {
  customerId,
  destinationId,
  idType,
  problem,
  segment,
  segmentOf,
  unread,
  unreadOf,
} from '../shapes.js';
import { AnswerSize, textOf } from '../answer-size.js';
import { ToolError, fieldOf, defineTool, type Ask } from '../tool.js';

/** Maximum number of IDs of one call. */
const MAX_IDS = 100;

/** Maximum length of an ID. URLs are IDs, too. */
const MAX_ID_LENGTH = 4_096;

/** Maximum number of segments that are given for one ID. */
const MAX_SEGMENTS = 5;

const input = z.strictObject({
  segmentIds: z
    .array(z.string().max(MAX_ID_LENGTH))
    .min(1)
    .max(MAX_IDS)
    .describe(`The IDs as they stand in the data, 1 to ${MAX_IDS} of them, as texts.`),
  customerId: customerId.optional(),
  destinationId: destinationId
    .optional()
    .describe(
      'The destination whose data have the IDs, if it is known. Left out: all destinations are looked into.',
    ),
  idType: idType
    .optional()
    .describe(
      'What the IDs are; only with destinationId. Left out: as the gateway is configured, which is usually right.',
    ),
});

const found = segment.extend({
  idType: idType
    .nullable()
    .describe(
      'As what the ID is an ID of this segment; null: as one of several kinds, which the lookup does not tell.',
    ),
});

const result = z.object({
  segmentId: z.string(),
  status: z
    .enum(['FOUND', 'AMBIGUOUS', 'UNKNOWN', 'UNCHECKED', 'FAILED'])
    .describe('What was found out; "meaning" says it in words.'),
  meaning: z.string(),
  segments: z
    .array(found)
    .describe(
      `FOUND: the segment, once for each destination that has it. AMBIGUOUS: those that it may be. At most ${MAX_SEGMENTS}; segmentCount says how many there are.`,
    ),
  segmentCount: z
    .number()
    .int()
    .describe('How many segments there are to be in "segments" without its limit.'),
  error: problem.nullable(),
});

const output = z.object({
  results: z.array(result).describe('One for each ID, in the order of segmentIds.'),
  unread,
});

type Result = z.input<typeof result>;

const MEANINGS: Readonly<Record<LookupStatus, string>> = {
  FOUND: 'The segment is known.',
  AMBIGUOUS:
    'The ID stands for several segments, and nothing says which one is meant. Do not choose one; ask for the destination, or for idType.',
  UNKNOWN:
    'The destination has no such segment: its segments were read completely and recently, or all its names are given by hand.',
  UNCHECKED:
    'It is not among what is known, and the destination could not be read since. list_destinations says how current it is, and in lastError what is wrong; if that is null, ask once more.',
  FAILED: 'The lookup failed; "error" says why.',
};

const FOUND_SO_FAR =
  'One known segment has the ID. Destinations in "unread" could not be looked into, and may have another one.';

/** Where all destinations are looked into, none is read again for an ID that is not known. */
const NOT_AMONG_KNOWN =
  'It is not among what is known, which need not be current for all destinations. To be sure, ask again with the destinationId of the data.';

const LEFT_OUT = 'Its segments have no room in this answer: ask again, with fewer IDs at once.';

/** Looks up segment IDs: in one destination, or in all that the caller may see. */
export const lookUpSegments = defineTool({
  name: 'look_up_segments',
  title: 'Look up segment IDs',
  description:
    'Says which Audience Manager segments these IDs are: their names, descriptions and statuses. Where an ID has no name, it says why.',
  input,
  output,
  run: async ({ segmentIds, ...where }, { ask }) => {
    if (where.destinationId !== undefined) {
      return await lookInto({ ...where, destinationId: where.destinationId }, segmentIds, ask);
    }
    if (where.idType === undefined) return await lookEverywhere(where.customerId, segmentIds, ask);
    throw new ToolError(
      'BAD_USER_INPUT',
      'idType needs destinationId, because each destination has its own kinds of IDs; add destinationId, or leave idType out.',
    );
  },
});

async function lookInto(
  where: {
    readonly destinationId: string;
    readonly customerId?: string | undefined;
    readonly idType?: string | undefined;
  },
  segmentIds: readonly string[],
  ask: Ask,
): Promise<z.input<typeof output>> {
  const keys = segmentIds.map((segmentId) => ({ ...where, segmentId }));
  const answer = await ask(LOOK_UP_IN_DESTINATION, { keys });
  const lookups = fieldOf<LookUpInDestinationQuery['lookupSegments']>(answer, 'lookupSegments');
  const results = lookups.map((lookup): Result => {
    const segments = lookup.segment === null ? lookup.candidates : [lookup.segment];
    return {
      segmentId: lookup.segmentId,
      status: lookup.status,
      meaning: MEANINGS[lookup.status],
      segments: segments.slice(0, MAX_SEGMENTS).map((each) => foundSegment(each, lookup.idType)),
      segmentCount: segments.length,
      error: lookup.error,
    };
  });
  return fit(results, []);
}

async function lookEverywhere(
  customer: string | undefined,
  segmentIds: readonly string[],
  ask: Ask,
): Promise<z.input<typeof output>> {
  const answer = await ask(LOOK_UP_EVERYWHERE, { customerId: customer, segmentIds, matches: MAX_SEGMENTS });
  const findings = fieldOf<LookUpEverywhereQuery['findSegments']>(answer, 'findSegments');
  const isComplete = findings.unread.length === 0;
  const results = findings.results.map((finding) => resultOf(finding, isComplete));
  return fit(results, unreadOf(findings.unread));
}

/** Leaves out the segments of those results for which the answer has no room. */
function fit(results: readonly Result[], skipped: z.input<typeof unread>): z.input<typeof output> {
  const bare = results.map((each) =>
    each.segments.length === 0 ? each : { ...each, segments: [], meaning: LEFT_OUT },
  );
  const size = new AnswerSize({ results: bare, skipped });
  const fitting = results.map((each, index) => {
    const without = bare[index] ?? each;
    const isSame = without === each;
    return isSame || size.takesLength(textOf(each).length - textOf(without).length) ? each : without;
  });
  return { results: fitting, unread: skipped };
}

type Finding = NonNullable<LookUpEverywhereQuery['findSegments']>['results'][number];

function resultOf(finding: Finding, isComplete: boolean): Result {
  const { segmentId, matchCount, matches, error } = finding;
  const status = statusOf(finding);
  return {
    segmentId,
    status,
    meaning: meaningOf(status, isComplete),
    segments: matches.map((match) => foundSegment(match.segment, match.idType)),
    segmentCount: matchCount,
    error,
  };
}

function statusOf({ segmentCount, error }: Finding): LookupStatus {
  if (error !== null) return 'FAILED';
  if (segmentCount > 1) return 'AMBIGUOUS';
  return segmentCount === 1 ? 'FOUND' : 'UNCHECKED';
}

function meaningOf(status: LookupStatus, isComplete: boolean): string {
  if (status === 'UNCHECKED') return NOT_AMONG_KNOWN;
  return status === 'FOUND' && !isComplete ? FOUND_SO_FAR : MEANINGS[status];
}

function foundSegment(
  known: ToolSegmentFragment,
  kind: z.output<typeof idType> | null,
): z.input<typeof found> {
  return { ...segmentOf(known), idType: kind };
}
