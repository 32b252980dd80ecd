import type { DestinationDetails } from '../audience-manager/index.js';
import type { Destination, Snapshot } from '../directory/index.js';

interface SnapshotRead {
  readonly destination: Destination;
  /** An answer that is kept must not keep what has been replaced since. */
  readonly snapshot: WeakRef<Snapshot>;
  readonly asOf: number | null;
  readonly stale: boolean;
  /** Lookups that it answered. */
  known: number;
}

interface DetailsRead {
  readonly destination: Destination;
  readonly details: DestinationDetails | null;
}

/** What an answer was made of, so that the same question can have the same answer while nothing of it has changed. */
export class Reads {
  #snapshots: SnapshotRead[] = [];
  #details: DetailsRead[] = [];
  #isRepeatable = true;

  /** @param known lookups that it answered */
  snapshot(destination: Destination, snapshot: Snapshot, known = 0): void {
    const read = this.#snapshots.find(
      (each) => each.destination === destination && each.snapshot.deref() === snapshot,
    );
    if (read !== undefined) {
      read.known += known;
      return;
    }
    const { asOf } = snapshot;
    const stale = destination.isStale(snapshot);
    this.#snapshots.push({ destination, snapshot: new WeakRef(snapshot), asOf, stale, known });
  }

  /** Counts the lookups of an answer that is given without executing anything. */
  countKnown(): void {
    for (const { destination, asOf, known } of this.#snapshots) destination.countKnown({ asOf }, known);
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

  /**
   * Whether an answer made of this would be the same now. Counts as a use of what it was made of: what has
   * grown old is read again behind the answer.
   */
  stillHold(): boolean {
    return (
      this.#snapshots.every(
        ({ destination, snapshot, asOf, stale }) =>
          destination.present() === snapshot.deref() && destination.isStale({ asOf }) === stale,
      ) && this.#details.every(({ destination, details }) => destination.details.get() === details)
    );
  }
}
