import type { Segment } from './segment.js';

/**
 * When the metadata of a segment was last confirmed by its source, in milliseconds since the epoch.
 *
 * A segment has a time of its own if it was set by hand, or if the last listings could not be read where it stands in
 * them; else it is the time of the listing. Without either, the times that Audience Manager or the entry by hand gave the
 * segment are the latest at which it is known to have been so.
 *
 * @param listedAt when its destination was last listed completely; `null`: never
 * @returns `null` if there is no such time
 */
export function confirmedAtOf(segment: Segment, listedAt: number | null): number | null {
  const { confirmedAt, manual, updatedAt, createdAt } = segment;
  return confirmedAt ?? listedAt ?? manual?.at ?? updatedAt ?? createdAt;
}
