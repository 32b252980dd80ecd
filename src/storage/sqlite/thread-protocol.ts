import type { ThreadResponse } from '../../base/thread-session.js';
import type { ReadKind } from '../engine.js';
import type { InsertBatch } from '../insert-batch.js';

/**
 * The connections of the thread: `writer` runs the write transactions, the others read at the same time.
 */
export type ConnectionName = ReadKind | 'writer';

/** The data that the thread is started with. */
export interface SqliteThreadData {
  /** Absolute path of the database file. */
  readonly file: string;
}

/** A request to the thread. */
export type SqliteRequest =
  | {
      readonly id: number;
      readonly type: 'query';
      readonly connection: ConnectionName;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | {
      readonly id: number;
      readonly type: 'insert';
      readonly connection: ConnectionName;
      readonly sql: string;
      readonly batch: InsertBatch;
    }
  /** Ends the statement that the connection executes, unless it is a connection for short statements. */
  | { readonly id: number; readonly type: 'interrupt'; readonly connection: ConnectionName }
  /** Does nothing if SQLite has rolled the transaction back by itself, as it does when the disk is full. */
  | { readonly id: number; readonly type: 'rollback'; readonly connection: ConnectionName }
  | { readonly id: number; readonly type: 'close' };

/**
 * The result of a statement. Rows are arrays, because arrays are cloned to the other thread twice as fast as
 * objects.
 */
export interface StatementResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Number of rows that a statement without result rows has changed. */
  readonly changes: number;
}

export type SqliteResponse = ThreadResponse<StatementResult>;
