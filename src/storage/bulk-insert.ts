import { CompiledQuery, type Compilable, type Kysely } from 'kysely';
import { DeferredParameters, type InsertBatch } from './insert-batch.js';
import type { Tables } from './tables.js';

/**
 * Maximum number of rows in one insert statement. A search waits for at most one statement of a long write in
 * the SQLite thread, and the parameters stay far below the limits of both engines.
 */
export const MAX_ROWS_PER_INSERT = 100;

/**
 * An insert of many rows. The SQL text of a full statement is compiled once and reused: compiling takes
 * several times as long as filling in the parameters, and produces much garbage.
 */
export class BulkInsert<Row> {
  readonly #exampleRow: Row;
  readonly #buildInsert: (db: Kysely<Tables>, rows: readonly Row[]) => Compilable;
  #fullSql: string | undefined;

  /**
   * @param exampleRow a row with all columns, in the order of the values in a batch
   * @param buildInsert builds an insert that passes each value of each row as a parameter
   */
  constructor(exampleRow: Row, buildInsert: (db: Kysely<Tables>, rows: readonly Row[]) => Compilable) {
    this.#exampleRow = exampleRow;
    this.#buildInsert = buildInsert;
  }

  /** @param count number of rows in the batch, at most `MAX_ROWS_PER_INSERT` */
  async execute(db: Kysely<Tables>, batch: InsertBatch, count: number): Promise<void> {
    const sql =
      count === MAX_ROWS_PER_INSERT ? (this.#fullSql ??= this.#compile(db, count)) : this.#compile(db, count);
    await db.executeQuery(CompiledQuery.raw(sql, [new DeferredParameters(batch)]));
  }

  #compile(db: Kysely<Tables>, count: number): string {
    return this.#buildInsert(db, new Array<Row>(count).fill(this.#exampleRow)).compile().sql;
  }
}
