import { problemOfCode, type Problem } from '../../app/problem.js';
import { useAnswer } from '../../app/use-answer.js';
import {
  DestinationNamesAtDocument,
  type DestinationNamesAtQuery,
  type SegmentStatus,
} from '../../generated/operations.js';
import { keyOf, type DestinationPlace } from '../../parts/segment-key.js';
import type { SegmentRow } from './segment-row.js';
import type { PastDay } from './then.js';
import type { StatedIds } from './use-stated-ids.js';

/** What a segment was at a moment. `unknown`: it was not known then. `untold`: that cannot be told. */
export type Then = { readonly name: string | null; readonly status: SegmentStatus } | 'unknown' | 'untold';

/** What the segments of a page were at a moment. */
export interface NamesAt {
  /** By the global ID of the segment today; `null` while it is awaited. */
  readonly names: ReadonlyMap<string, Then> | null;
  /** From when on all changes are kept, if the moment is before that; `null`: it is not. */
  readonly completeSince: string | null;
  readonly problem: Problem | null;
  readonly refresh: () => void;
}

interface Question {
  readonly place: DestinationPlace;
  readonly rows: readonly SegmentRow[];
  readonly ids: StatedIds;
  /** `null`: nothing is asked. */
  readonly at: PastDay | null;
}

/** Asks what the segments of a page were called at a moment. */
export function useNamesAt({ place, rows, ids, at }: Question): NamesAt {
  const asked = rows.flatMap(({ id }) => {
    const stated = ids.get(id);
    return stated === undefined ? [] : [{ id, key: keyOf(place, stated) }];
  });
  const answer = useAnswer(
    DestinationNamesAtDocument,
    { ...place, keys: asked.map(({ key }) => key), at: at?.moment ?? '' },
    { isPaused: at === null || asked.length === 0 },
  );
  const lookups = answer.isEarlier ? null : (answer.data?.lookupSegments ?? null);
  const names =
    lookups === null ? null : new Map(lookups.map((each, index) => [asked[index]?.id ?? '', thenOf(each)]));
  const failed = lookups?.find(({ error }) => error !== null)?.error ?? null;
  const completeSince = answer.data?.destination?.changes?.completeSince ?? null;
  const isComplete =
    at === null || completeSince === null || Date.parse(completeSince) <= Date.parse(at.moment);
  return {
    names,
    completeSince: isComplete ? null : completeSince,
    problem:
      at === null
        ? null
        : (answer.problem ?? (failed === null ? null : problemOfCode(failed.code, failed.message))),
    refresh: answer.refresh,
  };
}

type Lookup = NonNullable<DestinationNamesAtQuery['lookupSegments']>[number];

function thenOf({ status, segment }: Lookup): Then {
  if (segment !== null) return { name: segment.name, status: segment.status };
  return status === 'UNKNOWN' || status === 'UNCHECKED' ? 'unknown' : 'untold';
}
