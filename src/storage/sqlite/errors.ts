import { StorageError } from '../errors.js';
import { BUSY_TIMEOUT_MS } from './busy-timeout.js';
import { writerOf } from './lock-holder.js';

/**
 * An error reported by SQLite, with its symbolic code (`SQLITE_FULL`), or of the thread, with an empty code.
 */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Translates an error: a corrupt file is UNUSABLE, everything else is UNAVAILABLE. */
export function sqliteStorageError(error: unknown, file: string): StorageError {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (isDamage(error)) {
    return new StorageError(
      'UNUSABLE',
      `${file} is corrupt or not a SQLite database (${message}): move it away or restore a backup. With a new ` +
        'file, names are read from Audience Manager again; names set by hand and the history are lost',
      error,
      'its database is damaged',
    );
  }
  const [, reason = null] = REASONS.find(([prefix]) => code.startsWith(prefix)) ?? [];
  const remedy = isBusy(error) ? busyWith(file) : (REMEDIES.get(code) ?? '');
  return new StorageError(
    'UNAVAILABLE',
    `SQLite, ${file}: ${message}${code === '' ? '' : ` (${code})`}${remedy}`,
    error,
    reason,
  );
}

/** Says who has kept a database locked for longer than others wait, as far as that can be found out. */
function busyWith(file: string): string {
  const writer = writerOf(file);
  const who =
    writer === null ? 'another process' : `process ${writer.pid} (${writer.program ?? 'unknown program'})`;
  return `: ${who} has been writing to it for more than ${BUSY_TIMEOUT_MS / 1_000} s; nothing was changed. Wait for its end, or end it, then try again`;
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['SQLITE_FULL', ': nothing was changed. Make room, then try again'],
]);

/** What clients are told of errors, by the beginning of their codes. */
const REASONS: readonly (readonly [prefix: string, reason: string])[] = [
  ['SQLITE_FULL', 'its disk is full'],
  ['SQLITE_BUSY', 'another process is writing to its database'],
  ['SQLITE_READONLY', 'its database cannot be written'],
  ['SQLITE_IOERR', 'its disk reports errors'],
];

/** Whether an error says that the file is damaged, or was none of SQLite in the first place. */
export function isDamage(error: unknown): boolean {
  const code = errorCode(error);
  return code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT');
}

/** Whether another process has kept the database locked for longer than a statement waits. */
export function isBusy(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_BUSY');
}

/**
 * Translates an error of the start. SQLITE_ERROR is UNUSABLE there: a migration that fails with it has found
 * tables of another program.
 */
export function sqliteStartError(error: unknown, file: string): StorageError {
  if (error instanceof StorageError) return error;
  if (errorCode(error) !== 'SQLITE_ERROR') return sqliteStorageError(error, file);
  return new StorageError(
    'UNUSABLE',
    `${file} cannot be migrated (${(error as Error).message}) and may belong to another program: ` +
      'configure another path under storage.sqlite',
    error,
  );
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
