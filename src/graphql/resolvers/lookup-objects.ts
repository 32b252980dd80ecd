import type { KeyOutcome } from '../lookups.js';
import type { GatewayContext } from '../request/context.js';
import type { ListItem } from '../request/long-lists.js';
import { failureOf, type Failure } from '../request/errors.js';
import { SegmentLookupObject } from '../types/segment-lookup.js';
import { segmentMapper } from '../types/segment.js';

/** Number of candidates that one response has at least room for. */
const MIN_CANDIDATES = 100;

/** Number of candidates per key that the cost of an operation counts. */
const CANDIDATES_PER_KEY = 10;

/**
 * Creates the GraphQL objects for the lookups of keys.
 *
 * Usually, an ID stands for few segments. If many segments share an alias and many keys ask for it, the response could
 * become larger than the limit of the cost allows: then the keys beyond that fail.
 *
 * The codes of keys that fail are part of the data. They are noted in the record for the log line of the request.
 */
export function lookupObjects(
  outcomes: readonly KeyOutcome[],
  at: Date | null | undefined,
  { loader, logger, record }: GatewayContext,
): readonly ListItem<SegmentLookupObject>[] {
  const toObject = segmentMapper();
  let room = MIN_CANDIDATES + CANDIDATES_PER_KEY * outcomes.length;
  const codes = new Set(record.codes);
  const objects = outcomes.map((outcome) => {
    const { found } = outcome;
    let failure: Failure | null = null;
    if (found instanceof Error) {
      failure = failureOf(found);
      if (failure.code === 'INTERNAL_SERVER_ERROR') {
        logger.error(
          { err: found },
          'internal error: a bug in the gateway; please report it with this log entry',
        );
      }
    } else if (found.status === 'AMBIGUOUS') {
      room -= found.candidates.length;
      if (room < 0) failure = TOO_MANY_CANDIDATES;
    }
    if (failure !== null) codes.add(failure.code);
    return new SegmentLookupObject(outcome, failure, at?.getTime() ?? null, toObject);
  });
  record.codes = [...codes];
  return loader.lists.spread(objects);
}

const TOO_MANY_CANDIDATES: Failure = {
  code: 'QUERY_TOO_COMPLEX',
  message: 'The IDs of this request stand for too many segments each; look up fewer at once.',
};
