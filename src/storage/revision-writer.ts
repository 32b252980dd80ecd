import type { Insertable, Transaction } from 'kysely';
import { sleep, type Clock } from '../base/clock.js';
import { PackedRevisions } from '../segments/index.js';
import { BulkInsert, MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import type { RevisionPosition } from './last-revision.js';
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

/** Maximum number of revisions that one statement stamps: a slow server takes some seconds for them. */
const MAX_STAMPED = 10_000;

/** By how much stamping takes longer than it is expected to, at most. */
const SAFETY_FACTOR = 1.3;

/** How often all revisions are stamped at most, if that takes longer than expected. */
const MAX_STAMPINGS = 3;

/** How long it may take to commit a transaction of any size, in milliseconds. */
const COMMIT_MS = 250;

/** One insert of revisions. */
type RevisionStep = (db: Transaction<Tables>) => Promise<void>;

/** Writes the revisions of one commit of a destination, behind those that it has. */
export class RevisionWriter {
  readonly #destinationPk: number;
  readonly #insert: RevisionInsert;
  readonly #readLast: () => Promise<RevisionPosition>;
  #last: RevisionPosition | undefined;
  #written = 0;

  /**
   * @param destinationPk under which the revisions are written
   * @param readLast reads the position behind which they are numbered; called when it is needed: most commits only confirm
   *   what is stored
   */
  constructor(destinationPk: number, insert: RevisionInsert, readLast: () => Promise<RevisionPosition>) {
    this.#destinationPk = destinationPk;
    this.#insert = insert;
    this.#readLast = readLast;
  }

  /** Number of revisions that were written. */
  get written(): number {
    return this.#written;
  }

  /**
   * Writes revisions behind those of the destination. A revision that was detected before the last one of them gets
   * its time, so that the order of the numbers is the order of the times.
   *
   * @returns the number of revisions
   */
  async write(db: Transaction<Tables>, revisions: Iterable<Revision>): Promise<number> {
    for (const step of this.steps(revisions)) await step(db);
    return this.#written;
  }

  /** The same in steps, which may be executed in one transaction or in several, one after the other. */
  *steps(revisions: Iterable<Revision>): Generator<RevisionStep> {
    const isPacked = revisions instanceof PackedRevisions;
    for (const chunk of chunksOf(isPacked ? revisions.earlier : revisions, MAX_ROWS_PER_INSERT)) {
      yield (db) => this.#writeUnpacked(db, chunk, isPacked);
    }
    if (!isPacked) return;
    for (const { part, count } of revisions.parts(MAX_ROWS_PER_INSERT)) {
      yield (db) => this.#writePacked(db, part, count);
    }
  }

  /**
   * Gives all revisions that were written the time at which this ends. To be called at the end of the transaction. Stamping
   * many takes seconds, so it is expected how long it takes, and what is left of that time is waited for: nobody may find
   * names in the past that were not there yet.
   */
  async stamp(db: Transaction<Tables>, clock: Clock): Promise<void> {
    const last = this.#last;
    let at = clock.now();
    if (last === undefined || at <= last.at) return;
    const first = last.sequence - this.#written + 1;
    const parts = Math.ceil(this.#written / MAX_STAMPED);
    await this.#stampPart(db, first, Math.min(first + MAX_STAMPED - 1, last.sequence), at);
    let expectedMs = (clock.now() - at) * parts * SAFETY_FACTOR;
    for (let stampings = 0; stampings < MAX_STAMPINGS; stampings++) {
      const began = clock.now();
      if (parts === 1 && began - at <= COMMIT_MS) break;
      at = Math.ceil(began + expectedMs);
      for (let start = first; start <= last.sequence; start += MAX_STAMPED) {
        await this.#stampPart(db, start, Math.min(start + MAX_STAMPED - 1, last.sequence), at);
      }
      const now = clock.now();
      if (now < at) await sleep(clock, at - now);
      if (now <= at + COMMIT_MS) break;
      expectedMs = (now - began) * SAFETY_FACTOR;
    }
    this.#last = { sequence: last.sequence, at };
  }

  async #stampPart(db: Transaction<Tables>, first: number, last: number, at: number): Promise<void> {
    await db
      .updateTable('revision')
      .set({ at, detected_at: null })
      .where('destination_pk', '=', this.#destinationPk)
      .where('sequence', '>=', first)
      .where('sequence', '<=', last)
      .execute();
  }

  /**
   * Records when the commit was stored. To be called at the end of the transaction.
   *
   * @param options.destinationPk the destination to which the revisions belong. Default: under which they were written
   * @param options.isSlow whether committing may take so long that somebody who asks meanwhile for what is new, and later
   *   for what is new since then, would miss it
   * @returns the time of the commit
   */
  async finish(
    db: Transaction<Tables>,
    clock: Clock,
    {
      destinationPk = this.#destinationPk,
      isSlow = false,
    }: { readonly destinationPk?: number; readonly isSlow?: boolean } = {},
  ): Promise<number> {
    if (this.#last === undefined) return clock.now();
    const { sequence, at } = this.#last;
    const before = await db
      .selectFrom('revision_commit')
      .select('stored_at')
      .where('destination_pk', '=', destinationPk)
      .orderBy('last_sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    // The clocks of several gateways differ.
    const storedAt = Math.max(clock.now(), at, before?.stored_at ?? 0);
    await db
      .insertInto('revision_commit')
      .values({
        destination_pk: destinationPk,
        first_sequence: sequence - this.#written + 1,
        last_sequence: sequence,
        stored_at: isSlow ? storedAt + COMMIT_MS : storedAt,
      })
      .execute();
    return storedAt;
  }

  /** @param keepsTimes whether it is recorded when the changes were detected, even if that was not before their times */
  async #writeUnpacked(
    db: Transaction<Tables>,
    revisions: readonly Revision[],
    keepsTimes: boolean,
  ): Promise<void> {
    const rows: Insertable<RevisionTable>[] = [];
    for (const revision of revisions) {
      const { first, at } = await this.#advance(1, revision.at);
      const detectedAt = at === revision.at && !keepsTimes ? null : revision.at;
      rows.push(revisionRow(this.#destinationPk, first, { ...revision, at }, detectedAt));
    }
    await db.insertInto('revision').values(rows).execute();
  }

  async #writePacked(db: Transaction<Tables>, part: PackedRevisions, count: number): Promise<void> {
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
    await this.#insert.execute(db, batch, count);
  }

  /** Takes numbers for `count` revisions. @returns the first of the numbers, and the time for the revisions */
  async #advance(count: number, detectedAt: number): Promise<{ first: number; at: number }> {
    this.#last ??= await this.#readLast();
    const first = this.#last.sequence + 1;
    const at = Math.max(detectedAt, this.#last.at);
    this.#last = { sequence: this.#last.sequence + count, at };
    this.#written += count;
    return { first, at };
  }
}
