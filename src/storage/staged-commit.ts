import { storableText } from '../base/text.js';
import type { Transaction } from 'kysely';
import { MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { findDestination, updateDestination } from './destination-row.js';
import type { Engine } from './engine.js';
import { beginUndo, endUndo, keepingRest, type StagedUndo } from './import-undo.js';
import { importRow, insertChanges, moveImport } from './imports.js';
import { readLastRevision, type RevisionPosition } from './last-revision.js';
import { endLease, takeLease } from './leases.js';
import { RevisionInsert, RevisionWriter } from './revision-writer.js';
import { SegmentInsert, idsOf, uniqueChunks } from './segment-insert.js';
import { inOwnTransaction, inShortTransactions, type WriteStep } from './short-transactions.js';
import { shadow, stagedKey } from './staged-rows.js';
import { EMPTY_STATE_COLUMNS } from './states.js';
import type { Tables } from './tables.js';
import type { ContentChange, DestinationKey } from './types.js';
import type { Commit } from './version.js';

/** A smaller change is written in one transaction, which takes a fraction of a second. */
const MIN_ROWS = 1_000;

/** How long the rows of a process that has ended are left alone. Renewed with each transaction. */
const LEASE_MS = 60_000;

/** Whether a change is an import, or takes one back, and is so large that others should not wait for it. */
export function isLarge(change: ContentChange): boolean {
  return (change.import !== undefined || change.undoes !== undefined) && hasManyRows(change);
}

/** Whether a change takes long to write. */
export function hasManyRows({ upserts, removals }: ContentChange): boolean {
  return removals.length + lengthOf(upserts) >= MIN_ROWS;
}

function lengthOf(items: Iterable<unknown>): number {
  return 'length' in items && typeof items.length === 'number' ? items.length : 0;
}

/** What all staged commits of an engine share. */
export interface StagingTools {
  readonly engine: Engine;
  readonly segmentInsert: SegmentInsert;
  readonly revisionInsert: RevisionInsert;
}

export function stagingTools(engine: Engine): StagingTools {
  return { engine, segmentInsert: new SegmentInsert(), revisionInsert: new RevisionInsert() };
}

/** What a commit is to write. */
export interface StagedContent {
  readonly key: DestinationKey;
  readonly generation: number;
  readonly change: ContentChange;
  readonly commitId: string;
}

/** What the first transaction has made. */
interface Place {
  readonly pk: number;
  readonly importPk: number | null;
  /** The import that is taken back; `null`: there is none. */
  readonly undo: StagedUndo | null;
  /** The newest revision of the destination, behind which the new ones are numbered. */
  readonly last: RevisionPosition;
}

/**
 * A large commit, whose rows are written in short transactions where nobody reads them, and then laid over the destination
 * in one short transaction. A process that is killed before leaves rows that nobody reads, which are removed later.
 */
export class StagedCommit {
  readonly #tools: StagingTools;
  readonly #content: StagedContent;
  readonly #key: DestinationKey;
  #place: Place | undefined;
  #revisions: RevisionWriter | undefined;

  constructor(tools: StagingTools, content: StagedContent) {
    this.#tools = tools;
    this.#content = content;
    this.#key = stagedKey(content.commitId);
  }

  /**
   * Writes the rows.
   *
   * @param signal ends the work between two transactions
   * @returns whether the destination was at the generation that the change was made for, and all rows were written
   */
  async write(signal: AbortSignal): Promise<boolean> {
    const { engine } = this.#tools;
    const begin = async (db: Transaction<Tables>): Promise<Place | null> => {
      await engine.requireWritable?.();
      return await this.#begin(db);
    };
    const place = await inOwnTransaction(engine, begin, signal);
    if (place === null) return false;
    this.#place = place;
    const { last } = place;
    this.#revisions = new RevisionWriter(place.pk, this.#tools.revisionInsert, () => Promise.resolve(last));
    const steps = this.#steps(place, this.#revisions);
    const goesOn = async (db: Transaction<Tables>): Promise<boolean> =>
      // What was overtaken would be written in vain.
      (await this.#isCurrent(db)) && (await this.#isKept(db, place));
    return await inShortTransactions(engine, steps, goesOn, signal);
  }

  /**
   * Lays the rows over the destination, over which nothing may lie yet.
   *
   * @returns `null` if the destination is not at that generation any more; `overlaid` if something lies over it
   */
  async layOver(db: Transaction<Tables>): Promise<Commit | null | 'overlaid'> {
    const { key, generation, change, commitId } = this.#content;
    const [place, revisions] = [this.#place, this.#revisions];
    if (place === undefined || revisions === undefined) throw new Error('nothing was written');
    const found = await findDestination(db, key, { create: generation === 0, lockRow: false });
    if (found?.generation !== generation || !(await this.#isKept(db, place))) return null;
    if (found.overlay !== null) return 'overlaid';
    const { clock } = this.#tools.engine;
    const row = { key, state: change.state, isContentChanged: true, commitId, now: clock.now() };
    const commit = await updateDestination(db, found, row);
    const at = await revisions.finish(db, clock, { destinationPk: found.pk, isSlow: true });
    await db.updateTable('destination').set({ overlay_of: found.pk }).where('pk', '=', place.pk).execute();
    await db
      .updateTable('destination')
      .set({ overlay_pk: place.pk, overlay_at: at })
      .where('pk', '=', found.pk)
      .execute();
    if (place.importPk !== null) await moveImport(db, place.importPk, found.pk, at);
    const { undo } = place;
    if (change.undoes !== undefined && undo !== null)
      await endUndo(db, found.pk, change.undoes, { commitId, at, undo });
    await endLease(db, this.#key, commitId);
    return commit;
  }

  /** Keeps others from removing the rows while something else is done first, which may take long. */
  async keptDuring(work: () => Promise<void> | undefined): Promise<void> {
    const { engine } = this.#tools;
    const { commitId } = this.#content;
    let isOver = false as boolean;
    let renewing = Promise.resolve();
    let cancel = (): void => undefined;
    const schedule = (): void => {
      cancel = engine.clock.schedule(() => {
        renewing = takeLease(engine.writer, this.#key, commitId, engine.now, LEASE_MS)
          // Then the next one may succeed. That the lease has ended is found out when the rows are laid over.
          .catch(() => undefined)
          .then(() => {
            if (!isOver) schedule();
          });
      }, LEASE_MS / 3);
    };
    schedule();
    try {
      await work();
    } finally {
      isOver = true;
      cancel();
      await renewing;
    }
  }

  /** Leaves the rows to be removed, unless they were laid over the destination. */
  async end(): Promise<void> {
    if (this.#place !== undefined)
      await endLease(this.#tools.engine.writer, this.#key, this.#content.commitId);
  }

  async #begin(db: Transaction<Tables>): Promise<Place | null> {
    const { key, change, commitId } = this.#content;
    if (!(await this.#isCurrent(db))) return null;
    const found = await findDestination(db, key, { create: false, lockRow: false });
    const { pk } = await db
      .insertInto('destination')
      .values({
        customer_id: this.#key.customerId,
        destination_id: this.#key.destinationId,
        ...EMPTY_STATE_COLUMNS,
      })
      .returning('pk')
      .executeTakeFirstOrThrow();
    await this.#renew(db);
    const last = found === undefined ? { sequence: 0, at: 0 } : await readLastRevision(db, found);
    const undo =
      change.undoes === undefined || found === undefined
        ? null
        : await beginUndo(db, found.pk, change.undoes, { pk, commitId });
    if (change.import === undefined) return { pk, importPk: null, undo, last };
    const imported = await db
      .insertInto('file_import')
      .values(importRow(pk, change.import.record, this.#tools.engine.clock.now()))
      .returning('pk')
      .executeTakeFirstOrThrow();
    return { pk, importPk: imported.pk, undo, last };
  }

  /** Whether the destination is at the generation that the change was made for. */
  async #isCurrent(db: Transaction<Tables>): Promise<boolean> {
    const { key, generation } = this.#content;
    const found = await findDestination(db, key, { create: false, lockRow: false });
    return (found?.generation ?? 0) === generation;
  }

  /** Keeps others from removing the rows. @returns `false` if they have done so, as this process was suspended */
  async #isKept(db: Transaction<Tables>, { pk }: Place): Promise<boolean> {
    if (!(await this.#renew(db))) return false;
    // Who has removed them has given the lease back. The number may be that of another destination by now.
    const staged = await db
      .selectFrom('destination')
      .select('overlay_of')
      .where('pk', '=', pk)
      .where('customer_id', '=', this.#key.customerId)
      .where('destination_id', '=', this.#key.destinationId)
      .executeTakeFirst();
    return staged?.overlay_of === null;
  }

  /** @returns `false` if others remove the rows */
  async #renew(db: Transaction<Tables>): Promise<boolean> {
    return await takeLease(db, this.#key, this.#content.commitId, this.#tools.engine.now, LEASE_MS);
  }

  *#steps({ pk, importPk, undo }: Place, revisions: RevisionWriter): Generator<WriteStep> {
    const { change } = this.#content;
    for (const chunk of uniqueChunks(change.upserts)) {
      yield async (db) => {
        await shadow(db, pk, idsOf(chunk));
        await this.#tools.segmentInsert.write(db, pk, chunk);
      };
    }
    for (const ids of chunksOf(change.removals, MAX_ROWS_PER_INSERT)) {
      yield (db) => shadow(db, pk, ids.map(storableText));
    }
    yield* revisions.steps(change.revisions);
    if (undo !== null) yield* keepingRest(undo, change.undoes?.segmentIds ?? []);
    if (importPk === null) return;
    for (const changes of chunksOf(change.import?.changes ?? [], MAX_ROWS_PER_INSERT)) {
      yield (db) => insertChanges(db, importPk, changes);
    }
  }
}
