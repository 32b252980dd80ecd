import { DatabaseError } from 'pg';
import { StorageError } from '../errors.js';

/** What a failure means for who uses the storage. Neither pg's messages nor these hold a password. */
export function postgresStorageError(error: unknown): StorageError {
  return new StorageError('UNAVAILABLE', `PostgreSQL: ${describe(error)}`, error);
}

/**
 * SQLSTATEs that at the start mean a mistake of configuration: of authentication, a database that does not
 * exist, rights that are missing, something else's tables of the same names.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const MISCONFIGURED: readonly string[] = ['28000', '28P01', '3D000', '42501', '42P07'];

/** The same for failures of the start. */
export function postgresStartError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof DatabaseError && MISCONFIGURED.includes(error.code ?? '')) {
    return new StorageError(
      'UNUSABLE',
      `PostgreSQL: ${error.message} (${error.code ?? ''}): correct the connection string or the database`,
      error,
    );
  }
  return postgresStorageError(error);
}

function describe(error: unknown): string {
  // A host name with several addresses fails once for each, under an error without a text of its own.
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error instanceof DatabaseError && error.code !== undefined
    ? `${error.message} (${error.code})`
    : error.message;
}
