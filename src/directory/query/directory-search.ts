import { searchTerms, storableText } from '../../base/text.js';
import { StorageError } from '../../storage/index.js';
import { cacheKeyOf, type Destination } from '../destination.js';
import type { SegmentPosition } from '../snapshot/name-order.js';
import type { SnapshotStore } from '../storing/snapshot-store.js';
import type { FirstReadings } from './first-readings.js';
import {
  mergeFound,
  searchSnapshots,
  type MatchPage,
  type SegmentFilter,
  type SnapshotFilter,
} from './search.js';

interface DirectorySearchOptions {
  readonly store: SnapshotStore;
  readonly firstReadings: FirstReadings;
}

/** What else a search is told. */
export interface SearchOptions {
  /** Ends the search. */
  readonly signal?: AbortSignal | undefined;
  /** Whether `totalCount` is wanted, for which all matches have to be found. Default: it is. */
  readonly withTotal?: boolean;
  /** Whether `hasPreviousPage` is wanted. Default: it is. */
  readonly withPrevious?: boolean;
}

/** Which page of the matching segments is wanted. */
interface SearchRequest extends SearchOptions {
  readonly filter: SegmentFilter;
  /** Maximum number of segments. */
  readonly first: number;
  /** Position after which the page starts; `null` for the first page. */
  readonly after: SegmentPosition | null;
}

/** A page of the segments that a search found. */
export interface FoundPage extends MatchPage {
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
      return { ...mergeFound(stored, pending, request.first), left: pending.left };
    } catch (error) {
      // Many searches wait already: searching in memory instead would delay everything else.
      if (!(error instanceof StorageError) || error.code === 'BUSY') throw error;
      return await this.#searchMemory(destinations, request);
    }
  }

  async #searchStorage(
    destinations: readonly Destination[],
    { filter, signal, ...page }: SearchRequest,
  ): Promise<MatchPage> {
    const byKey = new Map(destinations.map((destination) => [destination.key, destination]));
    const keys = destinations.map(({ customerId, id }) => ({ customerId, destinationId: id }));
    const terms = searchTerms(filter.text ?? '');
    const status = filter.status ?? null;
    const identifier = identifierIn(filter);
    const { segments, ...found } = await this.#options.store.use((storage) =>
      storage.search({ terms, identifier, destinations: keys, status, ...page }, signal),
    );
    return {
      ...found,
      items: segments.flatMap(({ asOf, isExact = false, ...segment }) => {
        const destination = byKey.get(cacheKeyOf(segment.customerId, segment.destinationId));
        return destination === undefined ? [] : [{ segment, destination, asOf, ...(isExact && { isExact }) }];
      }),
    };
  }

  async #searchMemory(destinations: readonly Destination[], { filter, first, after, signal }: SearchRequest) {
    const snapshots = await this.#options.firstReadings.snapshots(destinations);
    const searched = new Set(snapshots.map(({ destination }) => destination));
    const wanted: SnapshotFilter = { ...filter, identifier: identifierIn(filter) };
    const page = await searchSnapshots(snapshots, wanted, first, after, signal);
    return { ...page, left: destinations.filter((destination) => !searched.has(destination)) };
  }
}

/** What is searched for, as an identifier: its segments come first. They have all words, too. `null`: it cannot be one. */
function identifierIn({ text }: SegmentFilter): string | null {
  const identifier = storableText(text ?? '').trim();
  return identifier === '' ? null : identifier;
}
