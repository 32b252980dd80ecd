import type { DailyChanges, RevisionKind } from '../../storage/index.js';

/** The changes of a destination on one day (UTC). */
export interface DayOfChanges {
  /** Its beginning, in milliseconds since the epoch. */
  readonly start: number;
  /** Number of changes by kind; none where there was none. */
  readonly counts: ReadonlyMap<RevisionKind, number>;
  /** Number of segments that were not deleted at the end of the day; `null` if that is not known any more. */
  readonly segmentCount: number | null;
  /** Whether all changes of the day are known. */
  readonly isComplete: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The beginning of the first of the last days, in milliseconds since the epoch. @param now the last of them is this day */
export function startOfDays(days: number, now: number): number {
  return (dayOf(now) - days + 1) * DAY_MS;
}

/**
 * The changes of each of the last days, oldest first. The numbers of segments are counted backwards from how many there are
 * now.
 *
 * @param now the last of the days is this one
 */
export function changesOfDays(changes: DailyChanges, days: number, now: number): DayOfChanges[] {
  const completeSince = changes.completeSince ?? Number.NEGATIVE_INFINITY;
  const today = dayOf(now);
  const byDay = new Map<number, { readonly counts: Map<RevisionKind, number>; growth: number }>();
  for (const { day, counts, growth } of changes.days) {
    // The clocks of several gateways differ: what is ahead of this one counts today.
    const place = Math.min(day, today);
    const known = byDay.get(place) ?? { counts: new Map<RevisionKind, number>(), growth: 0 };
    byDay.set(place, known);
    known.growth += growth;
    for (const [kind, count] of counts) known.counts.set(kind, (known.counts.get(kind) ?? 0) + count);
  }
  const found: DayOfChanges[] = [];
  let { segmentCount } = changes;
  for (let day = today; day > today - days; day--) {
    const known = byDay.get(day);
    const start = day * DAY_MS;
    found.push({
      start,
      counts: known?.counts ?? NONE,
      segmentCount: start + DAY_MS >= completeSince ? Math.max(0, segmentCount) : null,
      isComplete: start >= completeSince,
    });
    segmentCount -= known?.growth ?? 0;
  }
  return found.reverse();
}

const NONE: ReadonlyMap<RevisionKind, number> = new Map();

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
