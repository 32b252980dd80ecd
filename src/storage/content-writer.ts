import { storableText } from '../base/text.js';
import type { Transaction } from 'kysely';
import type { Clock } from '../base/clock.js';
import { MAX_ROWS_PER_INSERT } from './bulk-insert.js';
import { chunksOf } from './chunks.js';
import { findDestination, updateDestination } from './destination-row.js';
import { dateUndo, isCommitted, markUndone } from './import-undo.js';
import { dateImport, writeImport } from './imports.js';
import { readLastRevision } from './last-revision.js';
import type { Places } from './overlay.js';
import { RevisionInsert, RevisionWriter } from './revision-writer.js';
import { SegmentInsert, idsOf, uniqueChunks } from './segment-insert.js';
import { takeFromOverlay } from './staged-rows.js';
import type { Tables } from './tables.js';
import type { ContentChange, DestinationKey, StoredSegment } from './types.js';
import type { Commit } from './version.js';

interface ContentWriterOptions {
  /**
   * Whether to lock the destination's row. SQLite needs no row lock: only one write transaction runs at a
   * time.
   */
  readonly lockRow: boolean;
  /** For the time at which revisions are stored. */
  readonly clock: Clock;
}

/** What a transaction has found or written. */
interface WrittenContent {
  readonly commit: Commit;
  /** Whether an earlier transaction with the same commit ID has been committed already. Then nothing was written. */
  readonly isRepeated: boolean;
  /** Number of rows of segments and of the history that were written. */
  readonly rows: number;
}

/** Whether a change has anything but a state. */
function hasContent({ removals, upserts, revisions }: ContentChange): boolean {
  return [removals, upserts, revisions].some((items) => items[Symbol.iterator]().next().done !== true);
}

/** Writes changes of segments, history and state. */
export class ContentWriter {
  readonly #options: ContentWriterOptions;
  readonly #segmentInsert = new SegmentInsert();
  readonly #revisionInsert = new RevisionInsert();

  constructor(options: ContentWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes a change as `Storage.write` describes.
   *
   * @param commitId identifies the change. If it is unknown whether a transaction was committed, a second one with
   *   the same ID finds out
   * @param isRetry whether it is unknown of an earlier transaction with this ID whether it was committed
   * @returns `null` if the destination is not at `generation` and nothing was written
   */
  async write(
    db: Transaction<Tables>,
    key: DestinationKey,
    generation: number,
    change: ContentChange,
    commitId: string,
    isRetry = false,
  ): Promise<WrittenContent | null> {
    const isFirst = generation === 0;
    const found = await findDestination(db, key, { create: isFirst, lockRow: this.#options.lockRow });
    if (found === undefined) return null;
    if (found.generation === generation + 1 && found.lastCommit === commitId) {
      const version = { generation: found.generation, asOf: found.asOf };
      return { commit: { key, before: version, after: version }, isRepeated: true, rows: 0 };
    }
    // Others may have made commits since, of which the last one is known only.
    if (isRetry && (await isCommitted(db, found.pk, change))) {
      const version = { generation: generation + (isFirst || hasContent(change) ? 1 : 0), asOf: found.asOf };
      return { commit: { key, before: version, after: version }, isRepeated: true, rows: 0 };
    }
    if (found.generation !== generation) return null;
    const { clock } = this.#options;
    const revisions = new RevisionWriter(found.pk, this.#revisionInsert, () => readLastRevision(db, found));
    const rows =
      (await this.#delete(db, found, change.removals)) +
      (await this.#upsert(db, found, change.upserts)) +
      (await revisions.write(db, change.revisions));
    if (change.import !== undefined) await writeImport(db, found.pk, change.import, clock.now());
    const isContentChanged = isFirst || rows > 0;
    const rowChange = { key, state: change.state, isContentChanged, commitId, now: clock.now() };
    const commit = await updateDestination(db, found, rowChange);
    await this.#finish(db, found.pk, revisions, change);
    return { commit, isRepeated: false, rows };
  }

  /** Records the time of the commit. To be called at the end of the transaction, because it may have taken long. */
  async #finish(
    db: Transaction<Tables>,
    destinationPk: number,
    revisions: RevisionWriter,
    change: ContentChange,
  ): Promise<void> {
    const { clock } = this.#options;
    const { import: imported, undoes } = change;
    const isOfImport = imported !== undefined || undoes !== undefined;
    // What takes long comes first.
    const undone = undoes === undefined ? null : await markUndone(db, destinationPk, undoes);
    if (isOfImport) await revisions.stamp(db, clock);
    const at = await revisions.finish(db, clock, { isSlow: isOfImport });
    if (imported !== undefined) await dateImport(db, imported.record.id, at);
    if (undone !== null) await dateUndo(db, undone, at);
  }

  /** @returns the number of IDs given */
  async #delete(db: Transaction<Tables>, { pk, overlay }: Places, ids: readonly string[]): Promise<number> {
    for (const chunk of chunksOf(ids.map(storableText), MAX_ROWS_PER_INSERT)) {
      if (overlay !== null) await takeFromOverlay(db, overlay.pk, chunk);
      await db.deleteFrom('segment').where('destination_pk', '=', pk).where('id', 'in', chunk).execute();
    }
    return ids.length;
  }

  /** @returns the number of rows written */
  async #upsert(
    db: Transaction<Tables>,
    { pk, overlay }: Places,
    segments: Iterable<StoredSegment>,
  ): Promise<number> {
    let written = 0;
    for (const chunk of uniqueChunks(segments)) {
      if (overlay !== null) await takeFromOverlay(db, overlay.pk, idsOf(chunk));
      const { length } = chunk;
      await this.#segmentInsert.write(db, pk, chunk);
      written += length;
    }
    return written;
  }
}
