import type { DestinationDetails } from '../../audience-manager/index.js';
import type { Destination, Snapshot } from '../../directory/index.js';

interface SnapshotRead {
  readonly destination: Destination;
  readonly snapshot: Snapshot;
  /** As it was before the answer was made: where it changes meanwhile, the answer is not good for another time. */
  readonly stale: boolean;
  /** Lookups that it answered. */
  known: number;
}

interface DetailsRead {
  readonly destination: Destination;
  readonly details: DestinationDetails | null;
}

/** What an answer was made of, noted while it is made. */
export class ReadSet {
  readonly #snapshots: SnapshotRead[] = [];
  readonly #details: DetailsRead[] = [];
  #isRepeatable = true;

  /** @param known lookups that it answered */
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

  details(destination: Destination, details: DestinationDetails | null): void {
    if (this.#details.some((read) => read.destination === destination && read.details === details)) return;
    this.#details.push({ destination, details });
  }

  /** Something that nothing here can tell to be unchanged: history, search, how reading goes, what is not there. */
  unrepeatable(): void {
    this.#isRepeatable = false;
  }

  get isRepeatable(): boolean {
    return this.#isRepeatable;
  }

  /** Counts the lookups of an answer that is given without executing anything. */
  countKnown(): void {
    for (const { destination, snapshot, known } of this.#snapshots) destination.countKnown(snapshot, known);
  }

  /** What is to be known of all this while the answer is kept. */
  kept(): CachedReadSet {
    return new CachedReadSet(this.#snapshots, this.#details);
  }
}

interface KeptSnapshotRead {
  readonly destination: Destination;
  /** An answer that is kept must not keep what has been replaced since. */
  readonly snapshot: WeakRef<Snapshot>;
  readonly asOf: number | null;
  readonly stale: boolean;
  readonly known: number;
}

/** What an answer was made of, so that the same question can have it again while nothing of it has changed. */
export class CachedReadSet {
  readonly #snapshots: readonly KeptSnapshotRead[];
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

  /** Of snapshots and details. */
  get count(): number {
    return this.#snapshots.length + this.#details.length;
  }

  /**
   * Whether the answer would be the same now. Counts as a use of what it was made of: what has grown old is
   * read again behind the answer.
   */
  stillHold(): boolean {
    for (const { destination, snapshot, asOf, stale } of this.#snapshots) {
      if (destination.present() !== snapshot.deref() || destination.isStale({ asOf }) !== stale) return false;
    }
    for (const { destination, details } of this.#details) {
      if (destination.details.get() !== details) return false;
    }
    return true;
  }

  /** Counts the lookups of the answer, which is given again. */
  countKnown(): void {
    for (const { destination, asOf, known } of this.#snapshots) destination.countKnown({ asOf }, known);
  }
}
