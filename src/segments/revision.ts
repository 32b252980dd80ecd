import type { MetadataSource, SegmentStatus } from './segment.js';

/** In the order in which the changes of one segment at one moment are told. */
export const REVISION_KINDS = [
  'CREATED',
  'REMOVED',
  'RESTORED',
  'STATUS_CHANGED',
  'RENAMED',
  'DESCRIBED',
] as const;

export type RevisionKind = (typeof REVISION_KINDS)[number];

/** One change of a segment, and how it stood afterwards. */
export interface Revision {
  readonly segmentId: string;
  readonly at: number;
  readonly kind: RevisionKind;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SegmentStatus;
  readonly source: MetadataSource;
  /** Who did it, for changes by hand. */
  readonly by: string | null;
}

/** When, in milliseconds since the epoch, and who did it, for changes by hand. */
export interface Occasion {
  readonly at: number;
  readonly by: string | null;
}

/** Several kinds as one number: a bit for each, in the order of `REVISION_KINDS`. */
export function bitsOf(kinds: readonly RevisionKind[]): number {
  return kinds.reduce((bits, kind) => bits | (1 << REVISION_KINDS.indexOf(kind)), 0);
}

/** How many kinds a number stands for. */
export function countOf(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
