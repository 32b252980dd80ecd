/**
 * The data that is stored, and the interface that both engines implement. Times are milliseconds since the
 * epoch.
 */

import type { SteadyClock } from '../base/clock.js';
import type { StorageError } from './errors.js';
import type {
  IdentifierType,
  ManualLayer,
  MetadataSource,
  PackedSegments,
  Revision,
  RevisionKind,
  Segment,
  SegmentStatus,
} from '../segments/index.js';
import type { PoolUse } from '../telemetry/state-gauges.js';

export type { PoolUse };
export type { ManualLayer, Revision, RevisionKind } from '../segments/index.js';

/** A segment as it is served: the values of its manual layer, if it has one, are already applied. */
export type StoredSegment = Segment;
export type StoredStatus = SegmentStatus;
export type StoredSource = MetadataSource;

/** Identifies a destination of a customer. */
export interface DestinationKey {
  readonly customerId: string;
  readonly destinationId: string;
}

/**
 * A revision with its number. The revisions of a destination are numbered 1, 2, 3 … in the order in which they
 * were committed, whatever happens to other destinations. `at` is when the change was detected, but never earlier than
 * that of the revision before: the order of the numbers is also the order of the times.
 */
export interface StoredRevision extends Revision {
  readonly number: number;
}

/** A destination as Audience Manager describes it. Fields that an earlier version did not read are `null`. */
export interface StoredDestinationDetails {
  readonly name: string | null;
  readonly description: string | null;
  readonly type: string;
  readonly active: boolean | null;
  readonly formatType: 'SINGLE_KEY' | 'KEY_VALUE' | null;
  readonly singleKey: string | null;
  readonly keySeparator: string | null;
  readonly valueSeparator: string | null;
  readonly serializationSeparator: string | null;
  readonly delimiter: string | null;
  readonly urlFormatString: string | null;
  readonly secureUrlFormatString: string | null;
  readonly serializationEnabled: boolean | null;
  readonly mappingAutoFiller: 'SID' | 'IC' | 'NONE' | null;
}

/** What is known of a destination besides its segments. */
export interface DestinationState {
  /** Raised by one by each commit that changes segments or history. 0: no content was ever committed. */
  readonly generation: number;
  /** Time of the last complete listing; `null` before the first one. */
  readonly asOf: number | null;
  readonly segmentCount: number;
  /** Start of the last listing, successful or not. */
  readonly lastAttemptAt: number | null;
  /** Time of the next scheduled refresh; `null` if none is scheduled. */
  readonly nextAttemptAt: number | null;
  /** After a failure: earliest time of the next listing. */
  readonly retryAt: number | null;
  /** Number of failed listings in a row. */
  readonly failures: number;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: number } | null;
  /** `null` if they were never read. */
  readonly details: StoredDestinationDetails | null;
  /** `null` if the details were never read, or by a version that did not read all of them. */
  readonly detailsReadAt: number | null;
}

/**
 * The fields of a state to write. Missing fields stay as they are; `generation` is counted by the storage.
 */
export type StateChange = Partial<Omit<DestinationState, 'generation'>>;

/** State and segments of one destination. */
export interface StoredDestination {
  readonly state: DestinationState;
  /** In no particular order. */
  readonly segments: PackedSegments;
}

/**
 * The changes of one commit, which is written completely or not at all. They are iterated again if the connection is
 * lost meanwhile.
 */
export interface ContentChange {
  /**
   * New or changed segments. Use `PackedSegments` for large numbers: they are encoded outside the answering
   * thread.
   */
  readonly upserts: Iterable<StoredSegment>;
  /** IDs of segments to delete. */
  readonly removals: readonly string[];
  /** In the order in which they happened. Use `PackedRevisions` for large numbers. */
  readonly revisions: Iterable<Revision>;
  readonly state: StateChange;
  /**
   * The import that makes the change, which is recorded in the same commit, also if nothing else changes. The revisions of
   * an import carry the time of the commit.
   */
  readonly import?: {
    readonly record: Omit<StoredImport, 'at' | 'undone'>;
    /** What it changes, one entry for each segment. */
    readonly changes: Iterable<ImportedChange>;
  };
  /** The import that the change takes back: it is marked in the same commit, also if it is marked already. */
  readonly undoes?: {
    readonly importId: string;
    readonly by: string;
    /**
     * The segments that are taken back, as `ImportedChange` names them: what the import has changed of them is forgotten.
     * What it has changed of the others can still be taken back. `ALL`: there are no others.
     */
    readonly segmentIds: readonly string[] | 'ALL';
  };
}

/** What an import did with the rows of its file, and with what the file did not contain. */
export interface ImportCounts {
  readonly created: number;
  readonly renamed: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly rejected: number;
  /** Left as they are, because something newer was there. */
  readonly kept: number;
}

/** An import of a customer's file, as it was stored. */
export interface StoredImport {
  /** A UUID. */
  readonly id: string;
  /** Time of the commit. */
  readonly at: number;
  /** The caller who made it. */
  readonly by: string;
  readonly fileName: string | null;
  readonly mode: 'MERGE' | 'REPLACE';
  readonly counts: ImportCounts;
  /** When it was taken back, and by whom; `null`: it was not. */
  readonly undone: { readonly at: number; readonly by: string } | null;
}

/** What an import has changed of one segment. */
export interface ImportedChange {
  readonly segmentId: string;
  /** The layer by hand before the import; `null`: there was none. */
  readonly before: ManualLayer | null;
  /** The layer by hand after the import; `null`: there is none. */
  readonly after: ManualLayer | null;
  /** Whether the import has created the segment. */
  readonly isNew: boolean;
}

/** A page of the imports of several destinations, newest first. */
export interface ImportRequest {
  readonly destinations: readonly DestinationKey[];
  /** Maximum number of imports on the page. */
  readonly first: number;
  /** The page begins after the import with this ID; `null`, or the ID of none of them: it is the first page. */
  readonly after: string | null;
}

/** One page of imports. Everything in it is of one moment. */
export interface ImportPage {
  readonly imports: readonly (StoredImport & DestinationKey)[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  /** Number of imports on all pages. */
  readonly totalCount: number;
}

/** A part of what an import has changed, by segment ID in the order of UTF-8 bytes. */
export interface ImportedChangesRequest {
  /** Maximum number of changes. */
  readonly first: number;
  /** Only changes of segments after the one with this ID; `null`: from the first one on. */
  readonly after: string | null;
}

/**
 * A position in the order of search results: those that have the identifier first, each by folded name (null last), name, ID,
 * customer, destination.
 */
export interface SearchPosition {
  /** Whether the segment has what was searched for as an identifier. Default: it has not. */
  readonly isExact?: boolean;
  readonly name: string | null;
  readonly id: string;
  readonly customerId: string;
  readonly destinationId: string;
}

export interface SearchRequest {
  /**
   * Folded words; each has to occur in the name, the description or an identifier. Empty: everything matches.
   */
  readonly terms: readonly string[];
  /**
   * What is looked for, if it may be an identifier: the matches that have it as ID, sid, alias or value come first, unless
   * there are more than `MAX_EXACT`. Default: it is no identifier.
   */
  readonly identifier?: string | null;
  readonly destinations: readonly DestinationKey[];
  /** `null`: any status. */
  readonly status: readonly StoredStatus[] | null;
  /** The page begins after this position; `null`: it is the first page. */
  readonly after: SearchPosition | null;
  /** Maximum number of segments on the page. */
  readonly first: number;
  /** Whether `totalCount` is wanted, for which all matches have to be found. Default: it is. */
  readonly withTotal?: boolean;
  /** Whether `hasPreviousPage` is wanted. Default: it is. */
  readonly withPrevious?: boolean;
}

/** One page of search results. */
export interface SearchResult {
  /** With the time of the last complete listing of their destination; `null` before the first one. */
  readonly segments: readonly FoundSegment[];
  /** `null`: it was not asked for. */
  readonly hasPreviousPage: boolean | null;
  readonly hasNextPage: boolean;
  /** Number of matches on all pages; `null`: it was not asked for. */
  readonly totalCount: number | null;
}

/** A segment that a search has found. */
export interface FoundSegment extends StoredSegment, DestinationKey {
  readonly asOf: number | null;
  /** Whether it has what was searched for as an identifier. Default: it has not. */
  readonly isExact?: boolean;
}

/** What search packs take. */
export interface SearchMemory {
  /** Number of destinations with a pack. */
  readonly destinations: number;
  readonly bytes: number;
  /** Whether the thread that keeps them is fit for work; also before it has started. */
  readonly threadIsUp: boolean;
}

/** A destination with the kinds of identifiers as which texts are looked for in it. */
export interface SearchedDestination extends DestinationKey {
  readonly types: readonly IdentifierType[];
}

/** Which segments of several destinations are read by their identifiers. They are compared as whole texts. */
export interface IdentifierRequest {
  readonly destinations: readonly SearchedDestination[];
  /** The gateway's own IDs of segments: looked for in all of the destinations. */
  readonly ids: readonly string[];
  /** What may be a sid, an alias, a value, or key and value. */
  readonly texts: readonly string[];
  /** What the value may be in a text that is key and value. */
  readonly values: readonly string[];
  /** What may stand between key and value. */
  readonly separators: readonly string[];
  /** What may stand before the value of a segment that has no key of its own: a key and a separator. */
  readonly keys: readonly string[];
  /** Maximum number of segments. */
  readonly limit: number;
}

/** The segments that have one of some identifiers. */
export interface IdentifierResult {
  /** In any order, with the time of the last complete listing of their destination. */
  readonly segments: readonly (StoredSegment & DestinationKey & Pick<DestinationState, 'asOf'>)[];
  /** Whether there are more than were read. */
  readonly isCut: boolean;
}

/** The changes of one day (UTC) in a history. */
export interface ChangesOfDay {
  /** In days since the epoch. */
  readonly day: number;
  /** Number of changes by kind; none where there was none. */
  readonly counts: ReadonlyMap<RevisionKind, number>;
  /** By how much the number of segments that are not deleted has grown on this day. */
  readonly growth: number;
}

/** The changes of a destination by day. Everything in it is of one moment. */
export interface DailyChanges {
  /** The days with changes, in any order. */
  readonly days: readonly ChangesOfDay[];
  /** Number of segments that are not deleted now. */
  readonly segmentCount: number;
  /** As in `RevisionPage`. */
  readonly completeSince: number | null;
}

/** One page of a history. Everything in it is of one moment. */
export interface RevisionPage {
  readonly revisions: readonly StoredRevision[];
  /** Whether there are revisions before the page: at or before `after`, in the order of the page. */
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
  /** Number of revisions on all pages. */
  readonly totalCount: number;
  /**
   * From when on the history of the destination is complete. Of what was before, only the last revision of each segment is
   * left. `null`: nothing was ever removed.
   */
  readonly completeSince: number | null;
}

/** The past of a destination's segments at one moment. */
export interface PastRevisions {
  /** The newest revision at that moment or earlier, by segment ID. Segments without such a revision are left out. */
  readonly revisions: ReadonlyMap<string, Revision>;
  /** As in `RevisionPage`. What was at an earlier moment may not be known any more. */
  readonly completeSince: number | null;
}

/** What one step of removing old revisions has done. */
export interface HistoryRemoval {
  /** Number of revisions that were removed. */
  readonly removed: number;
  /** Whether nothing is left to do. */
  readonly isDone: boolean;
}

/** What is stored of a destination, counted. */
export interface StoredContents {
  readonly segments: number;
  /** How many of the segments have something that was given by hand. */
  readonly byHand: number;
  /** Number of changes in the history. */
  readonly changes: number;
  /** `null`: there is no history. */
  readonly lastChangeAt: number | null;
}

/** What one step of removing a destination has done. */
export interface DestinationRemoval {
  /** Number of rows that were removed. */
  readonly removed: number;
  /** What the next step has to be called with; `null`: all is removed. */
  readonly rest: DestinationKey | null;
}

export interface RevisionRequest {
  /** `null`: revisions of all segments of the destination. */
  readonly segmentId: string | null;
  /**
   * Only revisions from the first one on that was stored at this time or later; `null`: all. A revision is stored
   * somewhat after its `at`, never before.
   */
  readonly since: number | null;
  /** Maximum number of revisions on the page. */
  readonly first: number;
  readonly order: 'newest-first' | 'oldest-first';
  /** The page begins after the revision with this number, in that order; `null`: it is the first page. */
  readonly after: number | null;
}

/** A page of the history of each of several segments, newest revision first. */
export interface HistoriesRequest {
  readonly segmentIds: readonly string[];
  /** Maximum number of revisions on each page. */
  readonly first: number;
  /** Each page begins after the revision with this number; `null`: the first pages. */
  readonly after: number | null;
}

/** A destination that Audience Manager lists, or has listed. */
export interface StoredDiscoveredDestination {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly type: string;
  readonly active: boolean | null;
  /** When it was first missing from the list; `null` while it is listed. */
  readonly missingSince: number | null;
}

/** Which destinations of a customer were discovered, and how the attempts to list them went. */
export interface DiscoveryState {
  /** Raised by one by each write. 0: nothing is stored. */
  readonly revision: number;
  readonly destinations: readonly StoredDiscoveredDestination[];
  /** When the last list was asked for that counts; `null` before the first one. */
  readonly listedAt: number | null;
  /** When a list was empty that followed one that was not, and was not confirmed yet; else `null`. */
  readonly emptySince: number | null;
  /** Start of the last attempt, successful or not. */
  readonly lastAttemptAt: number | null;
  /** Time of the next scheduled attempt; `null` if none is scheduled. */
  readonly nextAttemptAt: number | null;
  /** After a failure: earliest time of the next attempt. */
  readonly retryAt: number | null;
  /** Number of failed attempts in a row. */
  readonly failures: number;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: number } | null;
}

/** How the attempts to log an account in to Audience Manager stand. Without a rejection there is no state. */
export interface LogInState {
  /** Number of times that the credentials were rejected in a row. */
  readonly rejections: number;
  /** When the last attempt began or was rejected. */
  readonly lastTryAt: number;
  /** Whether an attempt has begun of which no outcome is stored; the process that began it may have ended. */
  readonly isTrying: boolean;
  /** What the last rejection said; `null` before the first one. */
  readonly message: string | null;
}

/**
 * Called when another process has committed segments, history or a newer `asOf` of a destination. If it rejects, the
 * change stays due and is reported again after a second. Not called again for a destination before it has settled;
 * then only the newest of the commits made meanwhile is reported.
 *
 * @param generation the one that the destination has now. The same as before if only `asOf` has changed
 */
export type ChangeListener = (key: DestinationKey, generation: number) => Promise<void>;

/**
 * The database of the gateway. Every method rejects with a `StorageError` if the database cannot be reached
 * or refuses the call. A lost connection is no reason: the call is made again on another one. Committed data survives
 * the end of the process.
 *
 * A read with a signal is dropped or interrupted when the signal is aborted, and rejects with its reason.
 */
export interface Storage {
  readonly engine: 'sqlite' | 'postgres';
  /**
   * The clock that all gateways on this database agree on, within milliseconds: every date that is stored or compared
   * with stored ones is by it. PostgreSQL: the server's time, never ahead of it. SQLite: the time of this machine.
   */
  readonly clock: SteadyClock;
  /**
   * By how much `clock` is ahead of the time of this machine, in milliseconds; negative if it is behind.
   *
   * @returns `null` if `clock` is the time of this machine
   */
  clockOffset(): number | null;
  /** The steps of the schema that opening the storage has applied. */
  readonly migrated: readonly string[];
  /**
   * What is wrong with the database until somebody acts; `null`: nothing is known against it. It was logged. A database that
   * is UNAVAILABLE, as its file was moved, is neither read nor written. One that is UNUSABLE, as it is damaged, is read as
   * far as that is possible.
   */
  readonly trouble: StorageError | null;
  /** Whether the thread that runs the statements is alive; `null` if there is none. */
  readonly threadIsUp?: boolean | null;
  /** The states of all stored destinations. */
  states(signal?: AbortSignal): Promise<readonly (DestinationKey & { readonly state: DestinationState })[]>;
  /** @returns `null` if nothing is stored of the destination */
  state(key: DestinationKey, signal?: AbortSignal): Promise<DestinationState | null>;
  /** @returns state and segments of one moment; `null` if nothing is stored of the destination */
  read(key: DestinationKey, signal?: AbortSignal): Promise<StoredDestination | null>;
  /**
   * Commits a change if the destination is still at `generation` (0 if it was never committed). The first
   * commit and each commit with upserts, removals or revisions raises the generation by one. A commit without
   * any keeps the generation and writes only the state; if a later `asOf` is stored already, that one is
   * kept, unless it is in the future because a clock was set back.
   *
   * @returns the generation after the commit; `null` if the destination is at another generation, so that the
   *   change has to be made again from what is stored
   */
  write(key: DestinationKey, generation: number, change: ContentChange): Promise<number | null>;
  /**
   * Writes fields of the state without a check. Segments and generation stay, and other processes are not
   * notified.
   */
  saveState(key: DestinationKey, state: StateChange): Promise<void>;
  /**
   * Takes or renews the lease for listing a destination. By the database's time, it lasts for `leaseMs` from the moment in
   * which it is taken.
   *
   * @returns `false` if another owner holds the lease
   */
  claim(key: DestinationKey, owner: string, leaseMs: number): Promise<boolean>;
  /** Gives the lease back if `owner` holds it. */
  release(key: DestinationKey, owner: string): Promise<void>;
  /**
   * One page of the matching segments. Some searches run at once, the others wait.
   *
   * @throws StorageError BUSY if too many wait already
   */
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult>;
  /** What searches keep in memory; `null`: they keep nothing there. */
  searchMemory(): SearchMemory | null;
  /**
   * The segments that have one of some identifiers, by indexes of these: it takes no longer with more segments. Waits its turn
   * among the searches.
   *
   * @throws StorageError BUSY as `search`
   */
  findByIdentifiers(request: IdentifierRequest, signal?: AbortSignal): Promise<IdentifierResult>;
  /** Those of the destinations that have segments with an address. @throws StorageError BUSY as `search` */
  destinationsWithAddresses(
    destinations: readonly DestinationKey[],
    signal?: AbortSignal,
  ): Promise<readonly DestinationKey[]>;
  revisions(key: DestinationKey, request: RevisionRequest, signal?: AbortSignal): Promise<RevisionPage>;
  /**
   * The changes of a destination by day.
   *
   * @param since only changes at this time or later, in milliseconds since the epoch
   */
  changesByDay(key: DestinationKey, since: number, signal?: AbortSignal): Promise<DailyChanges>;
  /** The histories of several segments, by segment ID. Every segment that is asked for has a page. */
  histories(
    key: DestinationKey,
    request: HistoriesRequest,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, RevisionPage>>;
  /** The revisions of the destination with these numbers. Those that do not exist are left out. */
  revisionsByNumber(
    key: DestinationKey,
    numbers: readonly number[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, StoredRevision>>;
  /** What these segments were at a moment. */
  revisionsAt(
    key: DestinationKey,
    segmentIds: readonly string[],
    at: number,
    signal?: AbortSignal,
  ): Promise<PastRevisions>;
  /** The imports of several destinations. */
  imports(request: ImportRequest, signal?: AbortSignal): Promise<ImportPage>;
  /** @returns `null` if there is no such import, or if it is older than the history that is kept */
  importById(id: string, signal?: AbortSignal): Promise<(StoredImport & DestinationKey) | null>;
  /** What an import has changed, part by part. Empty: nothing more. */
  importChanges(
    id: string,
    request: ImportedChangesRequest,
    signal?: AbortSignal,
  ): Promise<readonly ImportedChange[]>;
  /** The destinations of whose history or imports `removeHistoryBefore` has something to look through. */
  destinationsWithHistoryBefore(time: number): Promise<readonly DestinationKey[]>;
  /**
   * Looks through the next revisions of a destination that were stored before a time, and removes those that a later one
   * of the same segment replaces, in one short transaction. The segments at that time or later, and the changes since
   * then, stay the same. Then it removes the imports of before that time, which cannot be undone any more. To be called until
   * it is done.
   *
   * @param limit maximum number of revisions to look through; up to twice as many are removed
   */
  removeHistoryBefore(key: DestinationKey, time: number, limit: number): Promise<HistoryRemoval>;
  /** Counts what is stored of a destination. @returns `null` if nothing is stored of it */
  contents(key: DestinationKey): Promise<StoredContents | null>;
  /**
   * Does one step of removing everything that is stored of a destination, in one short transaction. Its name is free from
   * the first step on. Until the last one, `states` has what is left of it under the key `rest`, with an empty customer ID.
   *
   * @param limit maximum number of rows to remove
   */
  removeDestination(key: DestinationKey, limit: number): Promise<DestinationRemoval>;
  /** @returns the encrypted token of an account; `null` if none is stored that expires after `now` */
  token(account: string, now: number): Promise<string | null>;
  saveToken(account: string, sealed: string, expiresAt: number): Promise<void>;
  /**
   * @param account stands for the account and its credentials, without revealing them
   * @returns `null` if the account has no rejection, and no attempt has begun
   */
  logIn(account: string): Promise<LogInState | null>;
  /**
   * Begins an attempt to log in, unless the state is no longer the expected one: then another gateway was
   * faster. On success, `isTrying` is true and `lastTryAt` is `now`.
   *
   * @returns whether this process may try
   */
  claimLogIn(account: string, expected: LogInState | null, now: number): Promise<boolean>;
  /** Ends an attempt that was rejected: `rejections` is raised by one. The caller limits the message's length. */
  rejectLogIn(account: string, now: number, message: string): Promise<void>;
  /** Forgets the rejections of an account, whose attempt has succeeded. */
  clearLogIn(account: string): Promise<void>;
  /** The revisions of all stored discoveries, by customer ID. */
  discoveryRevisions(signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** @returns which destinations of a customer were discovered; `null` if nothing is stored */
  discovery(customerId: string, signal?: AbortSignal): Promise<DiscoveryState | null>;
  /**
   * Writes which destinations of a customer were discovered, if the stored revision is still this one (0: nothing is
   * stored).
   *
   * @returns the new revision; `null` if another one is stored, so that the change has to be made again from that
   */
  writeDiscovery(
    customerId: string,
    revision: number,
    state: Omit<DiscoveryState, 'revision'>,
  ): Promise<number | null>;
  /** Forgets what was discovered of a customer. */
  removeDiscovery(customerId: string): Promise<void>;
  /** Adds a listener for commits of other processes. */
  onChange(listener: ChangeListener): void;
  /** @returns `null` for an engine without connections to a server */
  poolUse(): PoolUse | null;
  /**
   * Connects with another user or password from now on. Connections in use end when they are given back. If the server
   * does not accept the new ones, those from before are used as long as they work. For an engine without a server,
   * nothing happens.
   *
   * @param url the connection string, which names the same hosts and database as before
   */
  reconfigure(url: string): void;
  /** @returns whether the database answers now, and has no trouble */
  ping(): Promise<boolean>;
  /** Waits for calls in flight, but not for listeners, then closes the database. */
  close(): Promise<void>;
}
