import { searchTerms } from '../../base/text.js';
import { StorageError } from '../../storage/index.js';
import { cacheKeyOf, type Destination } from '../destination.js';
import type { SegmentPosition } from '../snapshot/name-order.js';
import type { Page } from '../snapshot/paging.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import type { FirstReadings } from './first-readings.js';
import { mergePages, searchSnapshots, type Located, type SegmentFilter } from './search.js';

interface DirectorySearchOptions {
  readonly store: SnapshotStore;
  readonly firstReadings: FirstReadings;
}

/** Which page of the matching segments is wanted. */
interface SearchRequest {
  readonly filter: SegmentFilter;
  /** Maximum number of segments. */
  readonly first: number;
  /** Position after which the page starts; `null` for the first page. */
  readonly after: SegmentPosition | null;
  /** Ends the search. */
  readonly signal?: AbortSignal | undefined;
}

/** A page of the segments that a search found. */
export interface FoundPage extends Page<Located> {
  /** Destinations that were not searched, because neither memory nor storage had them in time. */
  readonly left: readonly Destination[];
}

/** Searches the segments of many destinations, in the storage or, if it does not respond, in memory. */
export class DirectorySearch {
  readonly #options: DirectorySearchOptions;

  constructor(options: DirectorySearchOptions) {
    this.#options = options;
  }

  /** See `Directory.search`. */
  async search(destinations: readonly Destination[], request: SearchRequest): Promise<FoundPage> {
    await this.#options.firstReadings.ofNew(destinations);
    const saved = destinations.filter(({ isSaved }) => isSaved);
    const unsaved = destinations.filter(({ isSaved }) => !isSaved);
    try {
      const stored = await this.#searchStorage(saved, request);
      if (unsaved.length === 0) return { ...stored, left: [] };
      const pending = await this.#searchMemory(unsaved, request);
      return { ...mergePages([stored, pending], request.first), left: pending.left };
    } catch (error) {
      // Many searches wait already: searching in memory instead would delay everything else.
      if (!(error instanceof StorageError) || error.code === 'BUSY') throw error;
      return await this.#searchMemory(destinations, request);
    }
  }

  async #searchStorage(
    destinations: readonly Destination[],
    { filter, first, after, signal }: SearchRequest,
  ): Promise<Page<Located>> {
    const byKey = new Map(destinations.map((destination) => [destination.key, destination]));
    const keys = destinations.map(({ customerId, id }) => ({ customerId, destinationId: id }));
    const terms = searchTerms(filter.text ?? '');
    const status = filter.status ?? null;
    const { segments, ...page } = await this.#options.store.use((storage) =>
      storage.search({ terms, destinations: keys, status, first, after }, signal),
    );
    return {
      ...page,
      items: segments.flatMap(({ asOf, ...segment }) => {
        const destination = byKey.get(cacheKeyOf(segment.customerId, segment.destinationId));
        return destination === undefined ? [] : [{ segment, destination, asOf }];
      }),
    };
  }

  async #searchMemory(
    destinations: readonly Destination[],
    { filter, first, after, signal }: SearchRequest,
  ): Promise<FoundPage> {
    const snapshots = await this.#options.firstReadings.snapshots(destinations);
    const searched = new Set(snapshots.map(({ destination }) => destination));
    const page = await searchSnapshots(snapshots, filter, first, after, signal);
    return { ...page, left: destinations.filter((destination) => !searched.has(destination)) };
  }
}
