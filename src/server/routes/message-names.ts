import type { Clock } from '../../base/clock.js';
import { trimId } from '../../base/trim-id.js';
import type { SegmentIdType } from '../../config/index.js';
import type { Annotation, Annotations } from '../../delivery/message.js';
import {
  DirectoryError,
  resultOf,
  type Destination,
  type DirectoryErrorCode,
  type FoundId,
} from '../../directory/index.js';
import { idMistake, type DestinationLoader } from '../../graphql/index.js';
import type { SlowDestinations } from './slow-destinations.js';

/** What the segments of a message are called. */
export interface MessageNames extends Annotations {
  /** Why names are missing, as a code of this API; `null`: every ID was looked up. */
  readonly failure: DirectoryErrorCode | null;
}

/** What a lookup found out about one ID, or the code of the error that kept it from being looked up. */
type Outcome = FoundId | { readonly status: 'FAILED'; readonly code: string };

/** Where the IDs of a message are looked up. */
export interface MessageLookup {
  readonly loader: DestinationLoader;
  readonly destination: Destination;
  /** The kind of the IDs; `null`: as the destination's settings say. */
  readonly idType: SegmentIdType | null;
  readonly slow: SlowDestinations;
  readonly clock: Clock;
}

/** Who has waited so long without a result, in milliseconds, has waited for Audience Manager: others need not. */
const LONG_WAIT_MS = 250;

const CANNOT_BE_ONE: Outcome = { status: 'FAILED', code: 'BAD_USER_INPUT' };

/**
 * Looks up the IDs of a message. It must be answered in time, so it gets what is in memory where Audience Manager or the
 * storage keep it waiting.
 *
 * @param segmentIds as they are written in the message; white space around them does not count
 */
export async function namesOf(lookup: MessageLookup, segmentIds: readonly string[]): Promise<MessageNames> {
  const { loader, destination, idType, slow, clock } = lookup;
  const ids = [...new Set(segmentIds.map(trimId))].filter(isValid);
  const failure = slow.failureOf(destination);
  if (failure !== null) {
    const known = await inMemory(lookup, ids);
    if (known === null) return failedNames(failure);
    const isComplete = known.every(({ status }) => status !== 'UNCHECKED');
    if (!isComplete) return await names(lookup, segmentIds, byId(ids, known), failure);
  }
  const started = clock.elapsed();
  try {
    const { results } = await loader.find(destination, ids, idType);
    // A lookup may give up before the message has to: `freshness.lookupTimeout` says how long it waits.
    const isInVain = results.some(({ status }) => status === 'UNCHECKED');
    if (!isInVain || clock.elapsed() - started < LONG_WAIT_MS)
      return await names(lookup, segmentIds, byId(ids, results), null);
    slow.add(destination, 'AAM_UNAVAILABLE');
    return await names(lookup, segmentIds, byId(ids, results), 'AAM_UNAVAILABLE');
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    slow.add(destination, error.code);
    const known = await inMemory(lookup, ids);
    return known === null
      ? failedNames(error.code)
      : await names(lookup, segmentIds, byId(ids, known), error.code);
  }
}

/** The names of a message whose destination cannot be found out. */
export function failedNames(code: DirectoryErrorCode): MessageNames {
  return {
    of: (id) => annotationOf(trimId(id), { status: 'FAILED', code }),
    ofContradictory: annotationOfSeveral,
    failure: code,
  };
}

/** What is known now, however old. @returns `null` if nothing is in memory */
async function inMemory(
  { destination, idType }: MessageLookup,
  segmentIds: readonly string[],
): Promise<FoundId[] | null> {
  const snapshot = destination.cached();
  if (snapshot === undefined) return null;
  const kinds = destination.presentKinds(idType ?? destination.settings.segmentIdType);
  if (!snapshot.isPreparedFor(kinds)) await snapshot.prepareFor(kinds);
  return segmentIds.map((id) => resultOf(snapshot.segments, snapshot.identify(id, kinds), 'UNCHECKED'));
}

async function names(
  lookup: MessageLookup,
  segmentIds: readonly string[],
  outcomes: Map<string, Outcome>,
  failure: DirectoryErrorCode | null,
): Promise<MessageNames> {
  // Audience Manager may have an identifier with white space around it: then that is meant.
  const untrimmed = segmentIds.filter((id) => trimId(id) !== id && isValid(id));
  if (untrimmed.length > 0) {
    const exact = await inMemory(lookup, untrimmed);
    for (const [id, outcome] of byId(untrimmed, exact ?? [])) {
      if (outcome.status !== 'UNCHECKED') outcomes.set(id, outcome);
    }
  }
  const of = (id: string): Annotation => {
    const trimmed = trimId(id);
    return annotationOf(trimmed, outcomes.get(id) ?? outcomes.get(trimmed) ?? CANNOT_BE_ONE);
  };
  return { of, ofContradictory: annotationOfSeveral, failure };
}

function byId(ids: readonly string[], results: readonly FoundId[]): Map<string, Outcome> {
  return new Map(results.map((result, index) => [ids[index] ?? '', result]));
}

function isValid(id: string): boolean {
  return idMistake('segmentId', id) === null;
}

/** Either could be meant, and the name of the other one would be wrong. */
function annotationOfSeveral(segmentIds: readonly string[]): Annotation {
  return annotationOf(segmentIds.map(trimId).join(', '), CANNOT_BE_ONE);
}

function annotationOf(segmentId: string, outcome: Outcome): Annotation {
  const { status } = outcome;
  if (status === 'FOUND') {
    const { segment, idType } = outcome;
    return {
      Segment_Name: segment.name,
      // As `label` in GraphQL.
      Segment_Label: nonBlank(segment.name) ?? nonBlank(segment.alias) ?? segmentId,
      Segment_Status: segment.status,
      Segment_ID_Type: idType,
      Segment_Lookup: status,
    };
  }
  return {
    Segment_Name: null,
    Segment_Label: segmentId,
    Segment_Status: null,
    Segment_ID_Type: null,
    Segment_Lookup: status,
    ...(status === 'FAILED' ? { Segment_Error: outcome.code } : {}),
  };
}

function nonBlank(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text;
}
