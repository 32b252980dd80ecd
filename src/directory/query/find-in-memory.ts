import { Turns } from '../../base/turns.js';
import type { Segment } from '../../segments/index.js';
import type { Destination } from '../destination.js';
import { kindsOfType, type IdKinds } from '../snapshot/id-kinds.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { OutOfTimeError, kindsIn, type FindRequest } from './find-request.js';
import type { FirstReadings } from './first-readings.js';
import type { IdFindings } from './id-findings.js';

/** A segment that has an address, and when its destination was listed. */
export interface Addressed {
  readonly destination: Destination;
  readonly asOf: number | null;
  readonly segment: Segment;
}

/** Finds IDs in the snapshots of destinations: those in memory, and of a few further ones. */
export class FindInMemory {
  readonly #firstReadings: FirstReadings;

  constructor(firstReadings: FirstReadings) {
    this.#firstReadings = firstReadings;
  }

  /** @returns the destinations that were not looked into, or not for all of the IDs */
  async collect(request: FindRequest, findings: IdFindings): Promise<Set<Destination>> {
    return await this.#each(request, (destination) => {
      const kinds = kindsIn(request, destination);
      return {
        kinds,
        look: (id, snapshot) => {
          const { segments, asOf } = snapshot;
          findings.add(id, { destination, asOf, segments }, snapshot.identify(id, kinds));
        },
      };
    });
  }

  /**
   * Finds the segments that have one of some addresses. Only addresses are compared: they have macros, which no index of the
   * storage knows.
   *
   * @returns them by ID, and the destinations that were not looked into, or not for all of the IDs
   */
  async addressed(
    request: FindRequest,
  ): Promise<{ byId: ReadonlyMap<string, readonly Addressed[]>; left: Set<Destination> }> {
    const byId = new Map<string, Addressed[]>();
    const left = await this.#each(request, (destination) => {
      const kinds = kindsOfType('URL', kindsIn(request, destination));
      return {
        kinds,
        look: (id, snapshot) => {
          for (const { index } of snapshot.matchesOf(id, kinds)) {
            const segment = snapshot.segments.at(index);
            if (segment === undefined) continue;
            const found = { destination, asOf: snapshot.asOf, segment };
            const others = byId.get(id);
            if (others === undefined) byId.set(id, [found]);
            else others.push(found);
          }
        },
      };
    });
    return { byId, left };
  }

  /** Looks for each ID in each snapshot, as long as there is time. @returns as `collect` */
  async #each(
    { destinations, ids, time, signal }: FindRequest,
    lookInto: (destination: Destination) => {
      readonly kinds: IdKinds;
      readonly look: (id: string, snapshot: Snapshot) => void;
    },
  ): Promise<Set<Destination>> {
    const left = new Set(destinations);
    if (destinations.length === 0) return left;
    // A lookup may have to build an index.
    const turns = new Turns(signal, undefined, 1);
    const present = await this.#firstReadings.presentSnapshots(destinations, time.half().leftMs);
    for (const { destination, snapshot } of present) {
      if (time.isOver()) return left;
      const { kinds, look } = lookInto(destination);
      try {
        if (!snapshot.isPreparedFor(kinds)) await time.within(() => snapshot.prepareFor(kinds));
      } catch (error) {
        if (error instanceof OutOfTimeError) return left;
        throw error;
      }
      for (const id of ids) {
        look(id, snapshot);
        if (!turns.isOver) continue;
        await turns.next();
        if (time.isOver()) return left;
      }
      left.delete(destination);
    }
    return left;
  }
}
