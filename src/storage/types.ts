/** What is stored, and the one interface that every engine serves. All moments are milliseconds since the epoch. */

import type { MetadataSource, PackedSegments, Revision, Segment, SegmentStatus } from '../segments/index.js';

export type { ManualLayer, Revision, RevisionKind } from '../segments/index.js';

/** A segment as it is served: the manual layer, if there is one, already wins. */
export type StoredSegment = Segment;
export type StoredStatus = SegmentStatus;
export type StoredSource = MetadataSource;

/** Which destination of which customer. */
export interface DestinationKey {
  readonly customerId: string;
  readonly destinationId: string;
}

/** A revision with its place in the history: newer ones have larger numbers. */
export interface StoredRevision extends Revision {
  readonly number: number;
}

/** How a destination stands with its source. */
export interface DestinationState {
  /** Grows with every committed change of its segments; 0: nothing was ever written. */
  readonly generation: number;
  /** The last complete listing. */
  readonly asOf: number | null;
  readonly segmentCount: number;
  readonly lastAttemptAt: number | null;
  /** When the schedule wants it next. */
  readonly nextAttemptAt: number | null;
  /** Not before this after a failure. */
  readonly retryAt: number | null;
  readonly failures: number;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: number } | null;
  readonly details: {
    readonly name: string | null;
    readonly description: string | null;
    readonly type: string;
    readonly active: boolean | null;
  } | null;
  readonly detailsReadAt: number | null;
}

/** Everything about one destination. */
export interface StoredDestination {
  readonly state: DestinationState;
  /** In no order. */
  readonly segments: PackedSegments;
}

/** One committed step: all of it or nothing. */
export interface ContentChange {
  /** New or changed segments; many of them had better be packed ones. */
  readonly upserts: Iterable<StoredSegment>;
  /** IDs of segments to forget. */
  readonly removals: readonly string[];
  /** In the order in which they happened; many of them had better be packed ones. */
  readonly revisions: Iterable<Revision>;
  /** Other fields stay as they are; `generation` is the storage's own to count. */
  readonly state: Partial<Omit<DestinationState, 'generation'>>;
}

/** A place in the order by folded name (none last), name, ID, customer, destination. */
export interface SearchPosition {
  readonly name: string | null;
  readonly id: string;
  readonly customerId: string;
  readonly destinationId: string;
}

export interface SearchRequest {
  /** Folded words that must all be found in name, description or an identifier; none: everything. */
  readonly terms: readonly string[];
  readonly destinations: readonly DestinationKey[];
  /** `null`: whatever status. */
  readonly status: readonly StoredStatus[] | null;
  readonly after: SearchPosition | null;
  readonly first: number;
}

export interface SearchResult {
  readonly segments: readonly (StoredSegment & DestinationKey)[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

/** A stretch of history, newest first. */
export interface RevisionPage {
  readonly revisions: readonly StoredRevision[];
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

export interface RevisionRequest {
  /** `null`: of all segments of the destination. */
  readonly segmentId: string | null;
  /** `null`: from the beginning. Revisions at this moment or later. */
  readonly since: number | null;
  readonly first: number;
  /** Older than the revision of this number. */
  readonly before: number | null;
}

/** Another process has written a destination. */
export type ChangeListener = (key: DestinationKey) => void;

/**
 * Where everything that was once known is kept. Every method rejects with a `StorageError` when the engine
 * cannot be reached or refuses; what was acknowledged before stays.
 */
export interface Storage {
  readonly engine: 'sqlite' | 'postgres';
  /** The state of every destination that was ever written. */
  states(): Promise<readonly (DestinationKey & { readonly state: DestinationState })[]>;
  /** `null`: never written. */
  state(key: DestinationKey): Promise<DestinationState | null>;
  /** State and segments of one moment; `null`: never written. */
  read(key: DestinationKey): Promise<StoredDestination | null>;
  /**
   * Commits a change if the destination is still at `generation` (0 for one never written).
   *
   * @returns the new generation, or `null` when somebody else was first: read again
   */
  write(key: DestinationKey, generation: number, change: ContentChange): Promise<number | null>;
  /** Notes how it stands without touching segments or generation. */
  saveState(key: DestinationKey, state: ContentChange['state']): Promise<void>;
  /**
   * Takes the right to read a destination from its source until `now + leaseMs`, unless another owner holds
   * it. Taking it again as the same owner prolongs it.
   *
   * @returns whether it was had
   */
  claim(key: DestinationKey, owner: string, now: number, leaseMs: number): Promise<boolean>;
  /** Gives it back. */
  release(key: DestinationKey, owner: string): Promise<void>;
  search(request: SearchRequest): Promise<SearchResult>;
  revisions(key: DestinationKey, request: RevisionRequest): Promise<RevisionPage>;
  /** For each of these segments the newest revision at `at` or before; segments not known then are left out. */
  revisionsAt(
    key: DestinationKey,
    segmentIds: readonly string[],
    at: number,
  ): Promise<ReadonlyMap<string, Revision>>;
  /** A sealed token, if one is stored that ends after `now`. */
  token(account: string, now: number): Promise<string | null>;
  saveToken(account: string, sealed: string, expiresAt: number): Promise<void>;
  /** Calls back when another process commits a change; where there are no other processes, never. */
  onChange(listener: ChangeListener): void;
  /** Whether the engine answers now. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}
