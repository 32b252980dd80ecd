import { randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Logger } from '../telemetry/logs.js';
import type { Engine } from './engine.js';
import { StorageError } from './errors.js';
import { removeDestinationRows } from './leftovers.js';
import { endLease, takeLease } from './leases.js';
import { inShortTransactions, type WriteStep } from './short-transactions.js';
import { readStaged } from './staged-rows.js';
import type { Tables } from './tables.js';
import type { DestinationKey } from './types.js';

/** Rows that one step moves or removes. */
const ROWS_PER_STEP = 100;

/** Interval in which the rows of processes that have ended are looked for, in milliseconds. */
const INTERVAL_MS = 10_000;

/** How long nobody else removes the rows of a commit that was given up, in milliseconds. */
const LEASE_MS = 60_000;

/**
 * Moves the rows of large commits into the destinations over which they are laid, and removes those of commits that were
 * given up: in the background, in short transactions. Readers see the same before and after each of them, so the process
 * may end at any time; the next one goes on.
 */
export class OverlayKeeper {
  readonly #engine: Engine;
  readonly #owner = randomUUID();
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  /** Whether the last run has failed. */
  #isFailing = false;
  #running: Promise<void> | undefined;
  /** Whether there may be work of which the run that is under way does not know. */
  #isDue = false;
  #cancelRun: (() => void) | undefined;

  /** @param signal ends the work after the transaction that is under way */
  constructor(engine: Engine, signal: AbortSignal, logger: Logger) {
    this.#engine = engine;
    this.#signal = signal;
    this.#logger = logger;
  }

  /** Begins to look for work from time to time. */
  start(): void {
    this.runSoon();
    this.#schedule();
  }

  /** Does what is to be done now, in the background. */
  runSoon(): void {
    void this.run().catch(() => undefined);
  }

  /**
   * Does what is to be done now. If it is at work, waits for the end of that.
   *
   * @throws the error of the engine; the work is tried again later
   */
  run(): Promise<void> {
    // What is under way may have begun before the work was there.
    this.#isDue = true;
    return (this.#running ??= this.#runLogged().finally(() => {
      this.#running = undefined;
    }));
  }

  /** Logs the first of several failures in a row, and their end. */
  async #runLogged(): Promise<void> {
    try {
      if (!(await this.#run()) || !this.#isFailing) return;
      this.#isFailing = false;
      this.#logger.info('the rows of large imports are moved to their place again');
    } catch (error) {
      if (!this.#isFailing && !this.#signal.aborted) {
        this.#isFailing = true;
        this.#logger.warn(
          { error: (error instanceof StorageError ? error : this.#engine.toStorageError(error)).message },
          'the rows of a large import cannot be moved to their place: names are right, reading is slower, and the next ' +
            'large import of the destination waits; it is tried again every 10 s',
        );
      }
      throw error;
    }
  }

  /** Waits for the end of what is under way, after the signal was aborted. */
  async close(): Promise<void> {
    this.#cancelRun?.();
    await this.#running?.catch(() => undefined);
  }

  #schedule(): void {
    if (this.#signal.aborted) return;
    this.#cancelRun = this.#engine.clock.schedule(() => {
      void this.run()
        .catch(() => undefined)
        .finally(() => this.#schedule());
    }, INTERVAL_MS);
  }

  /** @returns whether all was done */
  async #run(): Promise<boolean> {
    while (this.#isDue) {
      this.#isDue = false;
      if (this.#signal.aborted || this.#engine.trouble !== null) return false;
      await this.#runOnce(this.#signal);
    }
    return true;
  }

  async #runOnce(signal: AbortSignal): Promise<void> {
    await this.#freeDestinations();
    for (const { pk, key, overlayOf } of await readStaged(this.#engine.reader('names'))) {
      if (overlayOf === null) {
        const steps = untilDone((db) => this.#removeStep(db, pk, key));
        await inShortTransactions(this.#engine, steps, (db) => this.#claim(db, pk, key), signal);
      } else {
        const steps = untilDone((db) => mergeStep(db, overlayOf, pk));
        await inShortTransactions(this.#engine, steps, () => Promise.resolve(true), signal);
      }
      if (signal.aborted) return;
    }
  }

  /** Frees destinations that seem to have something laid over them that is not there: no large commit could follow. */
  async #freeDestinations(): Promise<void> {
    const { writer } = this.#engine;
    const reader = this.#engine.reader('names');
    if ((await selectWithLostOverlay(reader).limit(1).executeTakeFirst()) === undefined) return;
    await writer
      .updateTable('destination')
      .set({ overlay_pk: null, overlay_at: null })
      .where('pk', 'in', selectWithLostOverlay(writer))
      .execute();
  }

  /** @returns whether nobody reads the rows, and nobody is at work on them */
  async #claim(db: Transaction<Tables>, pk: number, key: DestinationKey): Promise<boolean> {
    // They may have been laid over a destination since the list was read.
    const staged = await db
      .selectFrom('destination')
      .select('overlay_of')
      .where('pk', '=', pk)
      .executeTakeFirst();
    if (staged?.overlay_of !== null) return false;
    return await takeLease(db, key, this.#owner, this.#engine.now, LEASE_MS);
  }

  async #removeStep(db: Transaction<Tables>, pk: number, key: DestinationKey): Promise<boolean> {
    const { rest } = await removeDestinationRows(db, { key, pk }, ROWS_PER_STEP, false);
    if (rest === null) await endLease(db, key, this.#owner);
    return rest === null;
  }
}

function selectWithLostOverlay(db: Kysely<Tables>) {
  return db
    .selectFrom('destination as d')
    .select('d.pk')
    .where('d.overlay_pk', 'is not', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('destination as o')
            .select('o.pk')
            .whereRef('o.pk', '=', 'd.overlay_pk')
            .whereRef('o.overlay_of', '=', 'd.pk'),
        ),
      ),
    );
}

/** Repeats a step until it says that it is done. */
function* untilDone(step: (db: Transaction<Tables>) => Promise<boolean>): Generator<WriteStep> {
  let isDone = false as boolean;
  while (!isDone) {
    yield async (db) => {
      isDone = await step(db);
    };
  }
}

/** Moves some rows into the destination over which they are laid. @returns whether none are left */
async function mergeStep(db: Transaction<Tables>, pk: number, overlayPk: number): Promise<boolean> {
  const destination = await db
    .selectFrom('destination')
    .select('overlay_at')
    .where('pk', '=', pk)
    .where('overlay_pk', '=', overlayPk)
    .executeTakeFirst();
  // Another process has finished it, or the destination is being removed.
  if (destination === undefined) return true;
  if (await moveSegments(db, pk, overlayPk)) return false;
  if (await moveRevisions(db, pk, overlayPk, destination.overlay_at ?? 0)) return false;
  await db
    .updateTable('destination')
    .set({ overlay_pk: null, overlay_at: null })
    .where('pk', '=', pk)
    .execute();
  await db.deleteFrom('destination').where('pk', '=', overlayPk).execute();
  return true;
}

/** @returns whether there were any */
async function moveSegments(db: Transaction<Tables>, pk: number, overlayPk: number): Promise<boolean> {
  const shadowed = await db
    .selectFrom('shadowed_segment')
    .select('segment_id')
    .where('overlay_pk', '=', overlayPk)
    .orderBy('segment_id')
    .limit(ROWS_PER_STEP)
    .execute();
  const ids = shadowed.map((row) => row.segment_id);
  if (ids.length === 0) return false;
  await db.deleteFrom('segment').where('destination_pk', '=', pk).where('id', 'in', ids).execute();
  await db
    .updateTable('segment')
    .set({ destination_pk: pk })
    .where('destination_pk', '=', overlayPk)
    .where('id', 'in', ids)
    .execute();
  await db
    .deleteFrom('shadowed_segment')
    .where('overlay_pk', '=', overlayPk)
    .where('segment_id', 'in', ids)
    .execute();
  return true;
}

/** @returns whether there were any */
async function moveRevisions(
  db: Transaction<Tables>,
  pk: number,
  overlayPk: number,
  at: number,
): Promise<boolean> {
  const rows = await db
    .selectFrom('revision')
    .select('sequence')
    .where('destination_pk', '=', overlayPk)
    .orderBy('sequence')
    .limit(ROWS_PER_STEP)
    .execute();
  const last = rows.at(-1);
  if (last === undefined) return false;
  await db
    .updateTable('revision')
    .set({ destination_pk: pk, at, detected_at: null })
    .where('destination_pk', '=', overlayPk)
    .where('sequence', '<=', last.sequence)
    .execute();
  return true;
}
