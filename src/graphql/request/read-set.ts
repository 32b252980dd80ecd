import type { DestinationDetails } from '../../audience-manager/index.js';
import type { Destination, Snapshot } from '../../directory/index.js';

interface SnapshotRead {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  /** Whether the snapshot was stale when it was read. If that changes, the response is not valid any more. */
  readonly stale: boolean;
  /** Number of lookups that the snapshot answered. */
  known: number;
}

interface DetailsRead {
  readonly destination: Destination;
  readonly details: DestinationDetails | null;
}

/** The snapshots and destination details that a response was computed from, noted during execution. */
export class ReadSet {
  readonly #snapshots: SnapshotRead[] = [];
  readonly #details: DetailsRead[] = [];
  #isRepeatable = true;

  /**
   * Notes that a snapshot was read.
   *
   * @param known number of lookups that the snapshot answered
   */
  snapshot(destination: Destination, snapshot: Snapshot, known = 0): void {
    const read = this.#snapshots.find(
      (each) => each.destination === destination && each.snapshot === snapshot,
    );
    if (read !== undefined) {
      read.known += known;
      return;
    }
    this.#snapshots.push({ destination, snapshot, stale: destination.isStale(snapshot), known });
  }

  /** Notes that the details of a destination were read. */
  details(destination: Destination, details: DestinationDetails | null): void {
    if (this.#details.some((read) => read.destination === destination && read.details === details)) return;
    this.#details.push({ destination, details });
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
    for (const { destination, snapshot, known } of this.#snapshots) destination.countKnown(snapshot, known);
  }

  /** The read set as the response cache keeps it. */
  forCache(): CachedReadSet {
    return new CachedReadSet(this.#snapshots, this.#details);
  }
}

interface CachedSnapshotRead {
  readonly destination: Destination;
  /** Weak, so that a cached response does not keep a replaced snapshot in memory. */
  readonly snapshot: WeakRef<Snapshot>;
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly known: number;
}

/** The read set of a cached response. The response is valid while none of its elements has changed. */
export class CachedReadSet {
  readonly #snapshots: readonly CachedSnapshotRead[];
  readonly #details: readonly DetailsRead[];

  constructor(snapshots: readonly SnapshotRead[], details: readonly DetailsRead[]) {
    this.#snapshots = snapshots.map(({ destination, snapshot, stale, known }) => ({
      destination,
      snapshot: new WeakRef(snapshot),
      asOf: snapshot.asOf,
      stale,
      known,
    }));
    this.#details = details;
  }

  /** Number of snapshots and details. */
  get count(): number {
    return this.#snapshots.length + this.#details.length;
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
    return true;
  }

  /** Counts the lookups of the response, which is sent again, in the metrics. */
  countKnown(): void {
    for (const { destination, asOf, known } of this.#snapshots) destination.countKnown({ asOf }, known);
  }
}
