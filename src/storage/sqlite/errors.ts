import { StorageError } from '../errors.js';

/** An error that SQLite reports, with its symbolic code (`SQLITE_FULL`), or an empty one for others. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a failure means for who uses the storage. */
export function sqliteStorageError(error: unknown, file: string): StorageError {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return new StorageError(
      'UNUSABLE',
      `${file} is corrupt or no SQLite database (${message}): move it away or restore a backup. Without it ` +
        'the names are read from Audience Manager again; names entered by hand and the history would be lost',
      error,
    );
  }
  return new StorageError(
    'UNAVAILABLE',
    `SQLite, ${file}: ${message}${code === '' ? '' : ` (${code})`}`,
    error,
  );
}

/** The same for failures of the start, where a statement that makes no sense to SQLite meets foreign tables. */
export function sqliteStartError(error: unknown, file: string): StorageError {
  if (error instanceof StorageError) return error;
  if (errorCode(error) !== 'SQLITE_ERROR') return sqliteStorageError(error, file);
  return new StorageError(
    'UNUSABLE',
    `${file} cannot be brought up to date (${(error as Error).message}): does it belong to another program?`,
    error,
  );
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
