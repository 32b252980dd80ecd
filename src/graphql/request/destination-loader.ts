import type { SegmentIdType } from '../../config/index.js';
import {
  findAt,
  type Destination,
  type Directory,
  type Found,
  type FoundAnywhere,
  type FoundPage,
  type SegmentPosition,
  type IdEvidence,
  type IdFinding,
  type IdKinds,
  type ImportPage,
  type ImportRecord,
  type MatchPage,
  type Segment,
  type SegmentFilter,
  type SearchOptions,
  type Snapshot,
} from '../../directory/index.js';
import type { DailyChanges, RevisionPage, RevisionRequest, StoredRevision } from '../../storage/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Caller } from './caller.js';
import type { Deadline } from './deadline.js';
import type { HistoryRequest } from './past-loader.js';
import { SnapshotLoader } from './snapshot-loader.js';

interface SearchPageOptions extends Pick<SearchOptions, 'withTotal' | 'withPrevious'> {
  /** Maximum number of segments on the page. */
  readonly first: number;
  /** Position after which the page starts; `null` for the first page. */
  readonly after: SegmentPosition | null;
  readonly isNamed: boolean;
}

/** Segments that were found by the gateway's own keys. */
interface FoundByKey {
  /** Time of the destination's last complete listing, in milliseconds since the epoch; `null` before the first one. */
  readonly asOf: number | null;
  /** In the order of the keys; `undefined` for a key without a segment. */
  readonly segments: readonly (Segment | undefined)[];
}

/** A page of segments that were searched for. */
export interface SearchPage extends MatchPage {
  /** The destinations of which nothing is known, so that nothing of them can be found. */
  readonly unread: readonly Destination[];
}

/** What IDs are in many destinations. */
export interface Findings {
  /** By ID. IDs that are no segment are left out. */
  readonly byId: ReadonlyMap<string, IdFinding>;
  /** The destinations that were never listed, or that could not be looked into for all IDs. */
  readonly unread: readonly Destination[];
}

/** Number of keys that are looked up between two looks at the turn. */
const KEYS_AT_ONCE = 250;

/**
 * Gives one request access to the customers, destinations and segments that its caller may see. Once the request has
 * ended, everything here rejects.
 */
export class DestinationLoader extends SnapshotLoader {
  readonly #directory: Directory;
  readonly #metrics: Metrics;

  constructor(directory: Directory, caller: Caller, metrics: Metrics, deadline: Deadline) {
    super(directory, caller, deadline);
    this.#directory = directory;
    this.#metrics = metrics;
  }

  /**
   * Looks up these IDs, in the same order.
   *
   * @param at look the segments up as they were at this time; default: now
   * @throws DirectoryError as `snapshot`
   */
  async find(
    destination: Destination,
    ids: readonly string[],
    idType?: SegmentIdType | null,
    at?: Date | null,
  ): Promise<Found> {
    try {
      const { customerId, id } = destination;
      return await this.#directory.tracing.span(
        'lookup',
        { customer: customerId, destination: id, ids: ids.length },
        () => this.tracked(destination, this.#find(destination, ids, idType ?? undefined, at ?? null)),
      );
    } catch (error) {
      // The failure may be part of a response without errors, which must not be sent again.
      this.readSet.unrepeatable();
      throw error;
    }
  }

  /**
   * Finds segments by the gateway's own keys, in the same order. A segment that was only known by a manual entry and is
   * part of a mapping now is found by its old key.
   *
   * @param at find the segments as they were at this time, in milliseconds since the epoch; `null`: now
   * @throws DirectoryError as `snapshot`
   */
  async segmentsOf(
    destination: Destination,
    keys: readonly string[],
    at: number | null,
  ): Promise<FoundByKey> {
    return await this.tracked(destination, this.#segmentsOf(destination, keys, at));
  }

  /** What the IDs of a destination turned out to be. */
  evidence(destination: Destination): IdEvidence {
    this.readSet.unrepeatable();
    return destination.evidence();
  }

  /** A page of a segment's history, newest first. @throws DirectoryError, GraphQLError FORBIDDEN */
  async history(destination: Destination, segmentId: string, page: HistoryRequest): Promise<RevisionPage> {
    return await this.readPast().history(destination, segmentId, page);
  }

  /** A page of a destination's history. @throws as `history` */
  async changes(destination: Destination, request: RevisionRequest): Promise<RevisionPage> {
    return await this.readPast().changes(destination, request);
  }

  /** A destination's changes by day. @param since in milliseconds since the epoch @throws as `history` */
  async changesByDay(destination: Destination, since: number): Promise<DailyChanges> {
    return await this.readPast().changesByDay(destination, since);
  }

  /** Revisions of a destination's history by their numbers; `null` for each that does not exist. @throws as `history` */
  async revisionsByNumber(
    destination: Destination,
    numbers: readonly number[],
  ): Promise<(StoredRevision | null)[]> {
    return await this.readPast().revisions(destination, numbers);
  }

  /** A page of the imports into these destinations, newest first. @throws DirectoryError, GraphQLError FORBIDDEN */
  async imports(
    destinations: readonly Destination[],
    first: number,
    after: string | null,
  ): Promise<ImportPage> {
    this.readPast();
    const { signal } = this.deadline;
    return await this.deadline.withinStorage(this.#directory.imports(destinations, first, after, signal));
  }

  /** An import by its ID, as the list of imports has it. @throws DirectoryError, GraphQLError FORBIDDEN */
  async listedImport(id: string): Promise<ImportRecord | null> {
    this.readPast();
    return await this.importById(id);
  }

  /** An import by its ID, whether or not the caller may see its destination. @throws DirectoryError */
  async importById(id: string): Promise<ImportRecord | null> {
    this.deadline.check();
    return await this.deadline.withinStorage(this.#directory.importById(id, this.deadline.signal));
  }

  /** Fetches a destination's listing now. @throws DirectoryError */
  async refresh(destination: Destination): Promise<void> {
    await this.deadline.within(destination.refresh('request'));
  }

  /**
   * A page of the segments that match in these destinations, and the destinations of which nothing is known.
   *
   * @param options.isNamed whether the caller named the destination: then the search of one alone fails with its error
   * @throws DirectoryError if the destination that the caller named cannot be read, and after the deadline:
   *   STORAGE_UNAVAILABLE if all destinations were read before
   */
  async search(
    destinations: readonly Destination[],
    filter: SegmentFilter,
    { first, after, isNamed, ...wanted }: SearchPageOptions,
  ): Promise<SearchPage> {
    this.deadline.check();
    this.readSet.unrepeatable();
    const [only] = destinations;
    if (isNamed && destinations.length === 1 && only !== undefined) await this.snapshot(only);
    const { signal } = this.deadline;
    const { left, ...page } = await this.#directory.tracing.span(
      'search',
      { destinations: destinations.length },
      () =>
        this.#withinReadings(
          destinations,
          this.#directory.search(destinations, filter, first, after, { ...wanted, signal }),
        ),
    );
    return { ...page, unread: unreadOf(destinations, left) };
  }

  /**
   * What IDs are in these destinations, and the destinations that were not looked into completely.
   *
   * @throws DirectoryError after the deadline: STORAGE_UNAVAILABLE if all destinations were read before
   */
  async findAnywhere(destinations: readonly Destination[], ids: readonly string[]): Promise<Findings> {
    this.deadline.check();
    this.readSet.unrepeatable();
    const { signal, leftMs: timeMs } = this.deadline;
    const { findings, left } = await this.#directory.tracing.span(
      'find',
      { destinations: destinations.length, ids: ids.length },
      () => this.#withinReadings(destinations, this.#directory.find(destinations, ids, { signal, timeMs })),
    );
    const notLookedInto = new Set(left);
    // What was given by hand before the first listing says nothing of what will be listed.
    const unread = destinations.filter((each) => notLookedInto.has(each) || isUnlisted(each));
    return { byId: findings, unread };
  }

  /** Unless a destination is read for the first time, there is only the storage to wait for. */
  async #withinReadings<T extends FoundPage | FoundAnywhere>(
    destinations: readonly Destination[],
    work: Promise<T>,
  ): Promise<T> {
    const waitsForReading = destinations.some(isUnlisted);
    return await (waitsForReading ? this.deadline.within(work) : this.deadline.withinStorage(work));
  }

  async #find(
    destination: Destination,
    ids: readonly string[],
    idType: SegmentIdType | undefined,
    at: Date | null,
  ): Promise<Found> {
    let snapshot: Snapshot;
    let kinds: IdKinds;
    try {
      const loading = this.load(destination);
      // Read at the same time as the snapshot.
      const reading = this.kinds(destination, idType);
      kinds = reading instanceof Promise ? (await Promise.all([loading, reading]))[1] : reading;
      snapshot = await loading;
    } catch (error) {
      this.#metrics.lookups.inc({ outcome: 'failed' }, ids.length);
      throw error;
    }
    if (at !== null) {
      const past = this.readPast();
      const then = {
        snapshot: () => Promise.resolve(snapshot),
        segmentsAt: (keys: readonly string[], time: number) => past.segmentsAt(destination, keys, time),
      };
      return await findAt(then, ids, kinds, at.getTime(), this.deadline.signal);
    }
    const finding = destination.find(snapshot, ids, kinds, this.deadline.signal);
    const found = finding instanceof Promise ? await this.deadline.within(finding) : finding;
    const counts = new Map<SegmentIdType, number>();
    for (const result of found.results) {
      if (result.status === 'FOUND') {
        counts.set(result.idType, (counts.get(result.idType) ?? 0) + 1);
        this.readSet.confirmation(destination, result.segment);
      }
      // The next request may find more, so the response must not be cached.
      else this.readSet.unrepeatable();
    }
    this.readSet.lookups(destination, found.snapshot, counts, kinds.isAuto);
    return found;
  }

  async #segmentsOf(
    destination: Destination,
    keys: readonly string[],
    at: number | null,
  ): Promise<FoundByKey> {
    const snapshot = await this.load(destination);
    if (at !== null) {
      return { asOf: snapshot.asOf, segments: await this.readPast().segmentsAt(destination, keys, at) };
    }
    const turns = this.turns(1);
    const segments: (Segment | undefined)[] = [];
    for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
      segments.push(...destination.findByKey(snapshot, keys.slice(start, start + KEYS_AT_ONCE)));
      if (turns.isOver) await turns.next();
    }
    for (const segment of segments) {
      if (segment === undefined) this.readSet.unrepeatable();
      else this.readSet.confirmation(destination, segment);
    }
    this.readSet.snapshot(destination, snapshot);
    this.noteDetails(destination);
    return { asOf: snapshot.asOf, segments };
  }
}

/** @param left destinations that were not looked into */
function unreadOf(destinations: readonly Destination[], left: readonly Destination[]): Destination[] {
  const notLookedInto = new Set(left);
  return destinations.filter((each) => notLookedInto.has(each) || isUnread(each));
}

/** Whether nothing is known of a destination, not even by hand. */
function isUnread(destination: Destination): boolean {
  return isUnlisted(destination) && destination.sync().segmentCount === 0;
}

/** Whether a destination has to be listed, and never was. */
function isUnlisted({ isAutomatic, asOf }: Destination): boolean {
  return isAutomatic && asOf === null;
}
