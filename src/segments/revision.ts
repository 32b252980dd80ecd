import type { MetadataSource, SegmentStatus } from './segment.js';

/** All kinds, in the order in which several changes of one segment at the same time are listed. */
export const REVISION_KINDS = [
  'CREATED',
  'REMOVED',
  'RESTORED',
  'STATUS_CHANGED',
  'RENAMED',
  'DESCRIBED',
] as const;

/** How a segment changed. */
export type RevisionKind = (typeof REVISION_KINDS)[number];

/** One change of a segment, and the segment's metadata after the change. */
export interface Revision {
  readonly segmentId: string;
  /** Time of the change, in milliseconds since the epoch. */
  readonly at: number;
  readonly kind: RevisionKind;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SegmentStatus;
  readonly source: MetadataSource;
  /** The caller who made a manual change; `null` for changes in Audience Manager. */
  readonly by: string | null;
}

/** Time and author that several revisions have in common. */
export interface Occasion {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The caller who made a manual change; `null` for changes in Audience Manager. */
  readonly by: string | null;
}

/** Several kinds as a bit set; the bit of a kind is its position in `REVISION_KINDS`. */
export function bitsOf(kinds: readonly RevisionKind[]): number {
  return kinds.reduce((bits, kind) => bits | (1 << REVISION_KINDS.indexOf(kind)), 0);
}

/** Number of kinds in a bit set. */
export function countKinds(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
