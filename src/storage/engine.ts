import type { Kysely, RawBuilder, Transaction } from 'kysely';
import type { StorageError } from './errors.js';
import type { PageRange, SearchConditions, SearchRow } from './search-query.js';
import type { Tables } from './tables.js';
import type { ChangeListener, Storage } from './types.js';
import type { Commit } from './version.js';

/** The parts of the storage in which SQLite and PostgreSQL differ. */
export interface Engine {
  readonly name: Storage['engine'];
  /** For reading. May be the same as `writer`. */
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  /** A query for the matches in a range, ordered by `SEARCH_ORDER`. */
  page(conditions: SearchConditions, range: PageRange): RawBuilder<SearchRow>;
  /** A query for the number of matches. */
  count(conditions: SearchConditions): RawBuilder<{ count: number }>;
  /**
   * Notifies other processes of a commit when the transaction commits, and keeps it from this process's
   * listeners.
   */
  announce(transaction: Transaction<Tables>, commit: Commit): Promise<void>;
  /** To be called if an announced commit failed, or if it is unknown whether it failed. */
  retract(commit: Commit): void;
  /** Adds a listener for commits of other processes. */
  onChange(listener: ChangeListener): void;
  /** Translates an error of the database. */
  toStorageError(error: unknown): StorageError;
  close(): Promise<void>;
}
