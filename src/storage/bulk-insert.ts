import { CompiledQuery, type Compilable, type Kysely } from 'kysely';
import { DeferredParameters, type PackedRows } from './packed-rows.js';
import type { Tables } from './tables.js';

/**
 * Rows of one statement: few enough for a search to wait for them in the engine's thread, and far below what the
 * engines take as parameters.
 */
export const ROWS_AT_ONCE = 100;

/**
 * An insert of many rows. The statement for as many as go at once is made only once: making it takes several times
 * as long as filling it does, and leaves much to collect.
 */
export class BulkInsert<Row> {
  readonly #example: Row;
  readonly #insertOf: (db: Kysely<Tables>, rows: readonly Row[]) => Compilable;
  #sql: string | undefined;

  /**
   * @param example with all columns, in the order of the rows' values
   * @param insertOf an insert with each value of each row as a parameter
   */
  constructor(example: Row, insertOf: (db: Kysely<Tables>, rows: readonly Row[]) => Compilable) {
    this.#example = example;
    this.#insertOf = insertOf;
  }

  /** @param count of the rows, `ROWS_AT_ONCE` at most */
  async execute(db: Kysely<Tables>, rows: PackedRows, count: number): Promise<void> {
    const sql = count === ROWS_AT_ONCE ? (this.#sql ??= this.#sqlFor(db, count)) : this.#sqlFor(db, count);
    await db.executeQuery(CompiledQuery.raw(sql, [new DeferredParameters(rows)]));
  }

  #sqlFor(db: Kysely<Tables>, count: number): string {
    return this.#insertOf(db, new Array<Row>(count).fill(this.#example)).compile().sql;
  }
}
