import type { DestinationKey } from './types.js';

/**
 * The version of a stored destination. Versions are ordered by `generation`, then by `asOf`: a commit that
 * changes segments raises `generation`, a commit that only confirms them raises `asOf`.
 */
export interface Version {
  readonly generation: number;
  /** Time of the last complete listing, in milliseconds since the epoch; `null` before the first one. */
  readonly asOf: number | null;
}

/** The version that one destination has reached. */
export type DestinationVersion = DestinationKey & Version;

/** One commit of a destination: the version found under the lock and the version written. */
export interface Commit {
  readonly key: DestinationKey;
  readonly before: Version;
  readonly after: Version;
}

/** Negative if `a` is older than `b`, positive if it is newer, 0 if both are the same version. */
export function compareVersions(a: Version, b: Version): number {
  if (a.generation !== b.generation) return a.generation - b.generation;
  if (a.asOf === b.asOf) return 0;
  if (a.asOf === null) return -1;
  return b.asOf === null ? 1 : a.asOf - b.asOf;
}

/** The newer of two versions; `null` is older than every version. */
export function laterVersion(a: Version, b: Version | null): Version {
  return b === null || compareVersions(a, b) >= 0 ? a : b;
}
