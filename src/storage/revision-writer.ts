import type { Insertable, Transaction } from 'kysely';
import type { Clock } from '../base/clock.js';
import { PackedRevisions } from '../segments/index.js';
import { BulkInsert, MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { readLastRevision } from './last-revision.js';
import { revisionRow } from './row-encoding.js';
import type { RevisionTable, Tables } from './tables.js';
import type { Revision } from './types.js';

/** An example from which the insert statement takes its columns. */
const EXAMPLE_REVISION: Revision = {
  segmentId: '',
  at: 0,
  kind: 'CREATED',
  name: null,
  description: null,
  status: 'UNKNOWN',
  source: 'MANUAL',
  by: null,
};

/** The insert of revisions, which all writers of an engine share. */
export class RevisionInsert extends BulkInsert<Insertable<RevisionTable>> {
  constructor() {
    super(revisionRow(0, 1, EXAMPLE_REVISION), (db, rows) => db.insertInto('revision').values(rows));
  }
}

/** The numbers and the time of the newest revision, of those that are stored or being written. */
interface Position {
  sequence: number;
  at: number;
}

/** Writes the revisions of one commit of a destination whose row is locked. */
export class RevisionWriter {
  readonly #db: Transaction<Tables>;
  readonly #destinationPk: number;
  readonly #insert: RevisionInsert;
  #last: Position | undefined;
  #written = 0;

  constructor(db: Transaction<Tables>, destinationPk: number, insert: RevisionInsert) {
    this.#db = db;
    this.#destinationPk = destinationPk;
    this.#insert = insert;
  }

  /**
   * Writes revisions behind those of the destination. A revision that was detected before the last one of them gets
   * its time, so that the order of the numbers is the order of the times.
   *
   * @returns the number of revisions
   */
  async write(revisions: Iterable<Revision>): Promise<number> {
    if (revisions instanceof PackedRevisions) {
      await this.#writeUnpacked(revisions.earlier);
      await this.#writePacked(revisions);
    } else {
      await this.#writeUnpacked(revisions);
    }
    return this.#written;
  }

  /** Records when the commit was stored. To be called at the end of the transaction. */
  async finish(clock: Clock): Promise<void> {
    if (this.#last === undefined) return;
    const { sequence, at } = this.#last;
    const before = await this.#db
      .selectFrom('revision_commit')
      .select('stored_at')
      .where('destination_pk', '=', this.#destinationPk)
      .orderBy('last_sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    await this.#db
      .insertInto('revision_commit')
      .values({
        destination_pk: this.#destinationPk,
        first_sequence: sequence - this.#written + 1,
        last_sequence: sequence,
        // The clocks of several gateways differ.
        stored_at: Math.max(clock.now(), at, before?.stored_at ?? 0),
      })
      .execute();
  }

  async #writeUnpacked(revisions: Iterable<Revision>): Promise<void> {
    for (const chunk of chunksOf(revisions, MAX_ROWS_PER_INSERT)) {
      const rows: Insertable<RevisionTable>[] = [];
      for (const revision of chunk) {
        const { first, at } = await this.#advance(1, revision.at);
        const detectedAt = at === revision.at ? null : revision.at;
        rows.push(revisionRow(this.#destinationPk, first, { ...revision, at }, detectedAt));
      }
      await this.#db.insertInto('revision').values(rows).execute();
    }
  }

  async #writePacked(revisions: PackedRevisions): Promise<void> {
    for (const { part, count } of revisions.parts(MAX_ROWS_PER_INSERT)) {
      const { segments, kinds, occasion } = part;
      const { first, at } = await this.#advance(count, occasion.at);
      const batch = {
        table: 'revision',
        destinationPk: this.#destinationPk,
        firstSequence: first,
        segments: segments.toParts(),
        kinds,
        occasion: { ...occasion, at },
        detectedAt: at === occasion.at ? null : occasion.at,
      } as const;
      await this.#insert.execute(this.#db, batch, count);
    }
  }

  /** Takes numbers for `count` revisions. @returns the first of the numbers, and the time for the revisions */
  async #advance(count: number, detectedAt: number): Promise<{ first: number; at: number }> {
    // Not read before it is needed: most commits only confirm what is stored.
    this.#last ??= await readLastRevision(this.#db, this.#destinationPk);
    const first = this.#last.sequence + 1;
    const at = Math.max(detectedAt, this.#last.at);
    this.#last = { sequence: this.#last.sequence + count, at };
    this.#written += count;
    return { first, at };
  }
}
