import DataLoader from 'dataloader';
import type { Destination, RevisionPage, Segment, StoredRevision } from '../../directory/index.js';
import type { DailyChanges, RevisionRequest } from '../../storage/index.js';
import type { Deadline } from './deadline.js';
import type { LongLists } from './long-lists.js';

/** Which revisions of a segment's history are on a page. */
export interface HistoryRequest {
  /** Maximum number of revisions. */
  readonly first: number;
  /** The page begins after the revision with this number; `null`: it is the first page. */
  readonly after: number | null;
}

/** What the loader works with. */
interface PastLoaderOptions {
  readonly deadline: Deadline;
  readonly lists: LongLists;
}

const NO_REVISIONS: RevisionPage = {
  revisions: [],
  hasNextPage: false,
  hasPreviousPage: false,
  totalCount: 0,
  completeSince: null,
};

/**
 * Reads the past of destinations for one request. What is asked for while the request's lists are executed is one call to
 * the storage: histories of any number of segments, segments at one moment, revisions by their numbers.
 */
export class PastLoader {
  readonly #deadline: Deadline;
  readonly #lists: LongLists;
  /** By destination and page. */
  readonly #histories = new Map<string, DataLoader<string, RevisionPage>>();
  /** By destination and moment; each key is a list of segments. */
  readonly #moments = new Map<string, DataLoader<readonly string[], ReadonlyMap<string, Segment>>>();
  /** By destination. */
  readonly #revisions = new Map<string, DataLoader<number, StoredRevision | null>>();

  constructor({ deadline, lists }: PastLoaderOptions) {
    this.#deadline = deadline;
    this.#lists = lists;
  }

  /** A page of the history of a segment, newest first. @throws DirectoryError */
  async history(destination: Destination, segmentId: string, page: HistoryRequest): Promise<RevisionPage> {
    const key = JSON.stringify([destination.key, page.first, page.after]);
    const loader = loaderOf(this.#histories, key, () =>
      this.#batching<string, RevisionPage>(async (segmentIds) => {
        const { signal } = this.#deadline;
        const pages = await this.#deadline.withinStorage(
          destination.histories({ ...page, segmentIds }, signal),
        );
        return segmentIds.map((id) => pages.get(id) ?? NO_REVISIONS);
      }),
    );
    return await this.#lists.waitingFor(loader.load(segmentId));
  }

  /** A page of the history of a destination. @throws DirectoryError */
  async changes(destination: Destination, request: RevisionRequest): Promise<RevisionPage> {
    return await this.#deadline.withinStorage(destination.revisions(request, this.#deadline.signal));
  }

  /** The changes of a destination by day. @param since in milliseconds since the epoch @throws DirectoryError */
  async changesByDay(destination: Destination, since: number): Promise<DailyChanges> {
    return await this.#deadline.withinStorage(destination.changesByDay(since, this.#deadline.signal));
  }

  /**
   * Segments by the gateway's own keys, in the same order, as they were at a time in the past; `undefined` for a segment
   * that was not known then.
   *
   * @param at in milliseconds since the epoch
   * @throws DirectoryError
   */
  async segmentsAt(
    destination: Destination,
    keys: readonly string[],
    at: number,
  ): Promise<(Segment | undefined)[]> {
    const loader = loaderOf(this.#moments, JSON.stringify([destination.key, at]), () =>
      this.#batching<readonly string[], ReadonlyMap<string, Segment>>(async (lists) => {
        const all = [...new Set(lists.flat())];
        const { signal } = this.#deadline;
        const found = await this.#deadline.withinStorage(destination.segmentsAt(all, at, signal));
        const byKey = new Map<string, Segment>();
        for (const [index, key] of all.entries()) {
          const segment = found[index];
          if (segment !== undefined) byKey.set(key, segment);
        }
        return lists.map(() => byKey);
      }),
    );
    const segments = await this.#lists.waitingFor(loader.load(keys));
    return keys.map((key) => segments.get(key));
  }

  /** Revisions of a destination by their numbers, in the same order; `null` where there is none. @throws DirectoryError */
  async revisions(destination: Destination, numbers: readonly number[]): Promise<(StoredRevision | null)[]> {
    const loader = loaderOf(this.#revisions, destination.key, () =>
      this.#batching<number, StoredRevision | null>(async (all) => {
        const { signal } = this.#deadline;
        const found = await this.#deadline.withinStorage(destination.revisionsByNumber(all, signal));
        return all.map((number) => found.get(number) ?? null);
      }),
    );
    return await this.#lists.waitingFor(Promise.all(numbers.map((number) => loader.load(number))));
  }

  /** Forgets everything that was read: a mutation has changed something. */
  clear(): void {
    this.#histories.clear();
    this.#moments.clear();
    this.#revisions.clear();
  }

  #batching<K, V>(read: (keys: readonly K[]) => Promise<V[]>): DataLoader<K, V> {
    return new DataLoader<K, V>(
      // DataLoader takes promises in place of values: the fields of many results are executed in turns as well.
      async (keys) => this.#lists.spreadResults(await read(keys)) as readonly V[],
      { batchScheduleFn: (dispatch) => void this.#whenAllAsked(dispatch) },
    );
  }

  /** Calls back when the items of the request's lists have been executed, and with them the fields that read the past. */
  async #whenAllAsked(dispatch: () => void): Promise<void> {
    await this.#lists.settled();
    // As DataLoader does: after all promises that are fulfilled now.
    process.nextTick(dispatch);
  }
}

function loaderOf<K, V>(
  loaders: Map<string, DataLoader<K, V>>,
  key: string,
  create: () => DataLoader<K, V>,
): DataLoader<K, V> {
  let loader = loaders.get(key);
  if (loader === undefined) loaders.set(key, (loader = create()));
  return loader;
}
