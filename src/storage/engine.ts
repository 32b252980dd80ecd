import type { Expression, Kysely, RawBuilder, SqlBool, Transaction } from 'kysely';
import type { SteadyClock } from '../base/clock.js';
import type { StorageError } from './errors.js';
import type { PageRange, SearchConditions } from './search-query.js';
import type { Semaphore } from './semaphore.js';
import type { Tables } from './tables.js';
import type { ChangeListener, PoolUse, Storage } from './types.js';
import type { Commit } from './version.js';

/**
 * What is read. Names and states are read by short statements. A history, a search, or the texts for search packs may take
 * long, and must not delay the others.
 */
export type ReadKind = 'names' | 'history' | 'search' | 'packs';

/** A query for rows. */
export interface RowQuery<Row> extends Expression<Row> {
  execute(): Promise<Row[]>;
}

/** Rows that the database has sent, and that may not be decoded yet. */
export interface ManyRows<Row, Key> {
  readonly count: number;
  /** The key of the last one; `null`: there are none. */
  readonly last: Key | null;
  /** Decodes them. To be called once. */
  decode(): Row[];
}

/** The parts of the storage in which SQLite and PostgreSQL differ. */
export interface Engine {
  readonly name: Storage['engine'];
  readonly writer: Kysely<Tables>;
  /** As `Storage.clock`. */
  readonly clock: SteadyClock;
  /** The same time as SQL, exact at the moment in which a statement is executed; milliseconds since the epoch. */
  readonly now: RawBuilder<number>;
  /** As `Storage.clockOffset`; absent: `clock` is the time of this machine. */
  clockOffset?(): number | null;
  /** Whether the thread that runs the statements is alive. Missing if there is none. */
  readonly threadIsUp?: boolean;
  /**
   * Lets one of those writes take its turn that are made in many short transactions: see `StagedCommit`. Large changes by
   * hand are, if a long transaction would keep all other writers waiting. `null`: it would not.
   */
  readonly longWrites: Semaphore | null;
  /** Maximum number of searches at once. */
  readonly searchesAtOnce: number;
  /** Maximum number of large changes that are written in one transaction each at once. */
  readonly largeWritesAtOnce: number;
  /** The steps of the schema that opening the database has applied. */
  readonly migrated: readonly string[];
  /**
   * What is wrong with the database until somebody acts; `null`: nothing is known against it. UNUSABLE: its sound parts may
   * be read. UNAVAILABLE: neither reads nor writes are tried.
   */
  readonly trouble: StorageError | null;
  /**
   * For reading. When the signal is aborted, what waits for a connection is dropped, the statement that runs is
   * interrupted, and the query rejects with the signal's reason.
   */
  reader(kind: ReadKind, signal?: AbortSignal): Kysely<Tables>;
  /** A query for the primary keys of the matches in a range, ordered by `SEARCH_ORDER`. */
  page(conditions: SearchConditions, range: PageRange): RawBuilder<{ pk: number }>;
  /** A condition on the segment `s`: its text has all of these terms, which are folded and storable. */
  contains(terms: readonly string[]): RawBuilder<SqlBool>;
  /** A query for the number of matches. */
  count(conditions: SearchConditions): RawBuilder<{ count: number }>;
  /**
   * Executes a query for many rows, in the way that takes least time.
   *
   * @param columns of the query
   * @param key the column by which it is ordered, in ascending order
   */
  readMany<Row, Key extends keyof Row & string>(
    db: Kysely<Tables>,
    query: RowQuery<Row>,
    columns: readonly (keyof Row & string)[],
    key: Key,
  ): Promise<ManyRows<Row, Row[Key]>>;
  /** Makes one text of some rows, as the JSON of `PackRow[]`, in the order in which a query has them. */
  packRows(rows: RawBuilder<unknown>): RawBuilder<{ json: string }>;
  /** To be called in a transaction before it writes content: that may be in vain by now. @throws StorageError the `trouble` */
  requireWritable?(): Promise<void>;
  /**
   * Notifies other processes of a commit when the transaction commits, and keeps it from this process's
   * listeners. To be followed by `confirm` or `retract`.
   */
  announce(transaction: Transaction<Tables>, commit: Commit): Promise<void>;
  /** To be called when an announced commit has succeeded. */
  confirm(commit: Commit): void;
  /** To be called if an announced commit failed, or if it is unknown whether it failed. */
  retract(commit: Commit): void;
  /** Adds a listener for commits of other processes. */
  onChange(listener: ChangeListener): void;
  /**
   * Whether a call failed because its connection was lost, so that it may succeed at once on another one. It is not
   * known whether a statement that was sent has been executed.
   */
  isConnectionLost(error: unknown): boolean;
  /** Whether a statement failed because another transaction has a row locked. Missing if the engine locks no rows. */
  isRowLocked?(error: unknown): boolean;
  /** Whether a transaction could not begin because another process is writing. Missing if that keeps none from beginning. */
  isWriterBusy?(error: unknown): boolean;
  /** Translates an error of the database, and takes note of what it says of the database as a whole. */
  toStorageError(error: unknown): StorageError;
  /** Only for engines with connections to a server. */
  readonly poolUse?: PoolUse;
  /** Takes over another user and password; only for engines with connections to a server. */
  setUrl?(url: string): void;
  close(): Promise<void>;
}
