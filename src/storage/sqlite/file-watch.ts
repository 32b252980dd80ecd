import type { Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { StorageError } from '../errors.js';
import { identityOf } from './database-file.js';

/** Time between two looks at the file, in milliseconds. */
const CHECK_INTERVAL_MS = 10_000;

interface FileWatchOptions {
  /** Absolute path of the database. */
  readonly file: string;
  /** Which file is open: see `identityOf`. */
  readonly identity: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Knows what is wrong with the open database file as a whole: that it is no longer at its path, or that it is damaged.
 * Both are reported once. Nobody would find again what is written to a file that was moved or deleted, and SQLite may not
 * find what it has written to the log beside it, so such a file is neither read nor written. When it comes back to its path,
 * it is used on. Another file at the path is not used: what is in memory is not based on it. A damaged file is not written,
 * but its sound parts are read; it stays damaged until the next start.
 */
export class FileWatch {
  readonly #options: FileWatchOptions;
  #misplaced: StorageError | null = null;
  #damage: StorageError | null = null;
  #checking: Promise<void> | undefined;
  #cancelCheck: (() => void) | undefined;
  #closed = false;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** What is wrong: UNAVAILABLE if the file is not at its path, UNUSABLE if it is damaged. `null`: nothing is known. */
  get trouble(): StorageError | null {
    return this.#damage ?? this.#misplaced;
  }

  /** Takes note of an error that says that the file is damaged. Only the first one is logged. */
  reportDamage(error: StorageError): void {
    if (this.#damage !== null || this.#closed) return;
    this.#damage = error;
    const { file, logger } = this.#options;
    logger.error(
      { file, error: error.message },
      'the database file is damaged: nothing is written to it any more; names are served from memory, from its sound ' +
        'parts and from Audience Manager, and changes by hand are refused. Stop the gateway, then restore a backup ' +
        'with "aam-gateway restore FILE", or move the file away to start anew without what was given by hand and ' +
        'without the history',
    );
  }

  /** Looks at the file now: an error of a statement may come from its absence. */
  checkSoon(): void {
    if (this.#checking === undefined) this.#startCheck();
  }

  /** Looks at the file, and resolves when `trouble` says how it was at this call or later. Never rejects. */
  async checkNow(): Promise<void> {
    // A look that is under way may have seen what was before.
    await this.#checking;
    this.checkSoon();
    await this.#checking;
  }

  /** Waits for a look that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelCheck?.();
    await this.#checking;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancelCheck = this.#options.clock.schedule(() => this.#startCheck(), CHECK_INTERVAL_MS);
  }

  #startCheck(): void {
    if (this.#closed) return;
    this.#cancelCheck?.();
    this.#checking = this.#check().finally(() => {
      this.#checking = undefined;
      this.#schedule();
    });
  }

  async #check(): Promise<void> {
    const { file, identity, logger } = this.#options;
    let found: string | null;
    try {
      found = await identityOf(file);
    } catch (error) {
      // The file may be where it was: nothing is known against it.
      logger.debug({ err: error }, 'could not look at the database file');
      return;
    }
    const before = this.#misplaced;
    this.#misplaced = found === identity ? null : misplaced(file, found);
    if (this.#misplaced?.message === before?.message) return;
    if (this.#misplaced === null) {
      logger.info({ file }, 'the database file is back at its place');
      return;
    }
    logger.error(
      { file, error: this.#misplaced.message },
      'the database file is not at its place: names are served from memory and Audience Manager, nothing is stored, and ' +
        'changes by hand are refused. Put the same file back, or restart the gateway to go on with what is at that ' +
        'place then',
    );
  }
}

/** @param found which file is at the path; `null`: none */
function misplaced(file: string, found: string | null): StorageError {
  const [happened, reason] =
    found === null
      ? ['was moved or deleted', 'its database file was moved or deleted']
      : ['was replaced by another file', 'its database file was replaced by another one'];
  return new StorageError(
    'UNAVAILABLE',
    `${file} ${happened} while the gateway was using it`,
    undefined,
    reason,
  );
}
