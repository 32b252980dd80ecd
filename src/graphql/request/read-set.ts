import type { DestinationDetails } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import type { Destination, Segment, Snapshot } from '../../directory/index.js';

/** Number of lookups that found a segment, by the kind of identifier that the ID was. */
export type FoundCounts = ReadonlyMap<SegmentIdType, number>;

/** The lookups that a snapshot answered: those whose kind of ID was stated, and those under AUTO. */
interface AnsweredLookups {
  readonly stated: Map<SegmentIdType, number>;
  readonly auto: Map<SegmentIdType, number>;
}

interface SnapshotRead extends AnsweredLookups {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  /** Whether the snapshot was stale when it was read. If that changes, the response is not valid any more. */
  readonly stale: boolean;
}

interface DetailsRead {
  readonly destination: Destination;
  readonly details: DestinationDetails | null;
}

/** The snapshots and destination details that a response was computed from, noted during execution. */
export class ReadSet {
  readonly #snapshots: SnapshotRead[] = [];
  readonly #details: DetailsRead[] = [];
  /** By destination, the oldest time at which a segment was confirmed on its own and that is not stale yet. */
  #confirmations: Map<Destination, number> | undefined;
  #isRepeatable = true;

  /** Notes that a snapshot was read. */
  snapshot(destination: Destination, snapshot: Snapshot): void {
    this.#readOf(destination, snapshot);
  }

  /**
   * Notes that a snapshot answered lookups.
   *
   * @param isAuto whether the kind of the IDs was not stated
   */
  lookups(destination: Destination, snapshot: Snapshot, found: FoundCounts, isAuto: boolean): void {
    const read = this.#readOf(destination, snapshot);
    const counts = isAuto ? read.auto : read.stated;
    for (const [idType, count] of found) counts.set(idType, (counts.get(idType) ?? 0) + count);
  }

  /** Notes that the details of a destination were read. */
  details(destination: Destination, details: DestinationDetails | null): void {
    if (this.#details.some((read) => read.destination === destination && read.details === details)) return;
    this.#details.push({ destination, details });
  }

  /**
   * Notes the time at which a segment was last confirmed, if that is not the time of the listing. When it gets stale, the
   * response is not valid any more.
   */
  confirmation(
    destination: Destination,
    { source, confirmedAt }: Pick<Segment, 'source' | 'confirmedAt'>,
  ): void {
    // A manual entry is never stale.
    if (confirmedAt === null || source === 'MANUAL' || destination.isStale({ asOf: confirmedAt })) return;
    this.#confirmations ??= new Map();
    const oldest = this.#confirmations.get(destination) ?? Number.POSITIVE_INFINITY;
    this.#confirmations.set(destination, Math.min(oldest, confirmedAt));
  }

  /** Notes that something was read whose changes are not tracked here: history, search, sync state, unknown IDs. */
  unrepeatable(): void {
    this.#isRepeatable = false;
  }

  /** Whether the response may be cached. */
  get isRepeatable(): boolean {
    return this.#isRepeatable;
  }

  /** Counts the lookups of a response that was computed without execution in the metrics. */
  countKnown(): void {
    for (const { destination, snapshot, ...lookups } of this.#snapshots) {
      countLookups(destination, snapshot, lookups);
    }
  }

  /** The read set as the response cache keeps it. */
  forCache(): CachedReadSet {
    return new CachedReadSet(this.#snapshots, this.#details, this.#confirmations ?? new Map());
  }

  #readOf(destination: Destination, snapshot: Snapshot): SnapshotRead {
    const known = this.#snapshots.find(
      (each) => each.destination === destination && each.snapshot === snapshot,
    );
    if (known !== undefined) return known;
    const stale = destination.isStale(snapshot);
    const read = { destination, snapshot, stale, stated: new Map(), auto: new Map() };
    this.#snapshots.push(read);
    return read;
  }
}

function countLookups(
  destination: Destination,
  confirmed: Pick<Snapshot, 'asOf'>,
  { stated, auto }: AnsweredLookups,
): void {
  if (stated.size > 0) destination.countFound(confirmed, stated, false);
  if (auto.size > 0) destination.countFound(confirmed, auto, true);
}

interface CachedSnapshotRead extends AnsweredLookups {
  readonly destination: Destination;
  /** Weak, so that a cached response does not keep a replaced snapshot in memory. */
  readonly snapshot: WeakRef<Snapshot>;
  readonly asOf: number | null;
  readonly stale: boolean;
}

/** The read set of a cached response. The response is valid while none of its elements has changed. */
export class CachedReadSet {
  readonly #snapshots: readonly CachedSnapshotRead[];
  readonly #details: readonly DetailsRead[];
  readonly #confirmations: ReadonlyMap<Destination, number>;

  constructor(
    snapshots: readonly SnapshotRead[],
    details: readonly DetailsRead[],
    confirmations: ReadonlyMap<Destination, number>,
  ) {
    this.#snapshots = snapshots.map(({ snapshot, ...read }) => ({
      ...read,
      snapshot: new WeakRef(snapshot),
      asOf: snapshot.asOf,
    }));
    this.#details = details;
    this.#confirmations = confirmations;
  }

  /** Number of snapshots, details and times. */
  get count(): number {
    return this.#snapshots.length + this.#details.length + this.#confirmations.size;
  }

  /**
   * Whether the response would be the same now. Like a lookup, this counts as a use of the snapshots and details: stale
   * ones are refreshed in the background.
   */
  isCurrent(): boolean {
    for (const { destination, snapshot, asOf, stale } of this.#snapshots) {
      if (destination.present() !== snapshot.deref() || destination.isStale({ asOf }) !== stale) return false;
    }
    for (const { destination, details } of this.#details) {
      if (destination.details.get() !== details) return false;
    }
    for (const [destination, asOf] of this.#confirmations) {
      if (destination.isStale({ asOf })) return false;
    }
    return true;
  }

  /** Counts the lookups of the response, which is sent again, in the metrics. */
  countKnown(): void {
    for (const { destination, asOf, ...lookups } of this.#snapshots) {
      countLookups(destination, { asOf }, lookups);
    }
  }
}
