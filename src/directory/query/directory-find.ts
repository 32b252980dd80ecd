import type { Clock } from '../../base/clock.js';
import { StorageError } from '../../storage/index.js';
import type { Destination } from '../destination.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import { FindInMemory } from './find-in-memory.js';
import { FindInStorage } from './find-in-storage.js';
import { FindTime, OutOfTimeError, type FindRequest } from './find-request.js';
import { MAX_AWAITED_READINGS, type FirstReadings } from './first-readings.js';
import { IdFindings, type IdFinding } from './id-findings.js';

interface DirectoryFindOptions {
  readonly store: SnapshotStore;
  readonly firstReadings: FirstReadings;
  /** Has the details of a destination read behind the answer that lacks them. */
  readonly readDetailsBehind: (destination: Destination) => void;
  readonly clock: Clock;
}

/** How long finding IDs may take, and what ends it. */
export interface FindLimits {
  /** How long the caller waits for the answer, in milliseconds. Default: a minute. */
  readonly timeMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What IDs are in many destinations. */
export interface FoundAnywhere {
  /** By ID. IDs that are no segment are left out. */
  readonly findings: ReadonlyMap<string, IdFinding>;
  /** Destinations that were not looked into, or not for all IDs, or of which it is not known yet what their IDs are. */
  readonly left: readonly Destination[];
}

const DEFAULT_TIME_MS = 60_000;

/** Maximum number of matches that are kept of one ID, and how many there are for all of them together. */
const MAX_MATCHES = 100;
const MIN_MATCHES = 10;
const MATCHES_TOGETHER = 50_000;

/** Finds out what IDs are without being told the destination: in the storage, or, if it does not respond, in memory. */
export class DirectoryFind {
  readonly #options: DirectoryFindOptions;
  readonly #memory: FindInMemory;
  readonly #storage: FindInStorage;

  constructor(options: DirectoryFindOptions) {
    this.#options = options;
    this.#memory = new FindInMemory(options.firstReadings);
    this.#storage = new FindInStorage(options.store, this.#memory);
  }

  /** See `Directory.find`. */
  async find(
    destinations: readonly Destination[],
    ids: readonly string[],
    { timeMs = DEFAULT_TIME_MS, signal }: FindLimits = {},
  ): Promise<FoundAnywhere> {
    const time = FindTime.of(this.#options.clock, timeMs);
    await this.#read(destinations, time.half());
    const kinds = new Map(
      destinations.map((each) => [each, each.presentKinds(each.settings.segmentIdType)] as const),
    );
    const isUncertain = new Set(destinations.filter(({ needsDetails }) => needsDetails));
    const request = { destinations, ids: [...new Set(ids)], kinds, time, signal };
    const { findings, left } = await this.#look(request);
    return {
      findings: findings.finish(),
      left: destinations.filter((each) => left.has(each) || isUncertain.has(each)),
    };
  }

  async #look(request: FindRequest): Promise<{ findings: IdFindings; left: ReadonlySet<Destination> }> {
    const { destinations } = request;
    const saved = destinations.filter(({ isSaved }) => isSaved);
    const unsaved = destinations.filter(({ isSaved }) => !isSaved);
    try {
      const findings = findingsOf(request);
      const lacking = await this.#storage.collect({ ...request, destinations: saved }, findings);
      const missing = await this.#memory.collect({ ...request, destinations: unsaved }, findings);
      return { findings, left: new Set([...lacking, ...missing]) };
    } catch (error) {
      // Many searches wait already: to look into memory instead would delay everything else.
      if (!(error instanceof StorageError) || error.code === 'BUSY') throw error;
      // What was found in the storage before it failed is found again.
      const findings = findingsOf(request);
      return { findings, left: await this.#memory.collect(request, findings) };
    }
  }

  /**
   * Waits for the first listings of a few destinations, and for the first reading of the details of a few, without which it is
   * not known what they send. The others are read behind the answer.
   */
  async #read(destinations: readonly Destination[], time: FindTime): Promise<void> {
    const { firstReadings, readDetailsBehind } = this.#options;
    const unknown = destinations.filter(({ needsDetails }) => needsDetails);
    for (const destination of unknown.slice(MAX_AWAITED_READINGS)) readDetailsBehind(destination);
    const details = unknown.slice(0, MAX_AWAITED_READINGS).map(async (each) => {
      await each.kinds(null, 'search');
    });
    try {
      await time.within(() => Promise.all([firstReadings.ofNew(destinations), ...details]));
    } catch (error) {
      // What goes on behind the answer is in the next one.
      if (!(error instanceof OutOfTimeError)) throw error;
    }
  }
}

function findingsOf({ ids, destinations }: FindRequest): IdFindings {
  const together = Math.floor(MATCHES_TOGETHER / Math.max(1, ids.length));
  return new IdFindings(Math.min(MAX_MATCHES, Math.max(MIN_MATCHES, together)), destinations);
}
