import type { ThreadResponse } from '../../base/thread-session.js';
import type { PackedRows } from '../packed-rows.js';

/** Which of the worker's connections: one takes the write transactions, the other reads meanwhile. */
export type Handle = 'reader' | 'writer';

/** What the worker is started with. */
export interface WorkerData {
  /** Absolute. */
  readonly file: string;
}

/** What the worker is asked to do. */
export type WorkerRequest =
  | {
      readonly id: number;
      readonly type: 'query';
      readonly handle: Handle;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | {
      readonly id: number;
      readonly type: 'insert';
      readonly handle: Handle;
      readonly sql: string;
      readonly rows: PackedRows;
    }
  /** Unless the engine has done so by itself, as it does when the disk is full. */
  | { readonly id: number; readonly type: 'rollback'; readonly handle: Handle }
  | { readonly id: number; readonly type: 'close' };

/** Rows as arrays: they cross over to the other thread in half the time that objects take. */
export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Of a statement that returns no rows. */
  readonly changes: number;
}

export type WorkerResponse = ThreadResponse<QueryAnswer>;
