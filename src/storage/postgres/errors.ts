import { DatabaseError } from 'pg';
import { StorageError } from '../errors.js';

/** The connection ended before the server had answered. The message is that of the cause. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';

  constructor(cause: unknown) {
    super(describe(cause), { cause });
  }
}

/**
 * SQLSTATEs with which the server ends a connection: an administrator or a restart has ended it, another server
 * process has crashed.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ENDED_STATES: readonly string[] = ['57P01', '57P02', '08003', '08006'];

/** Whether an error of a query or of connecting says that the connection was lost. A time-out does not. */
export function isLoss(error: unknown): boolean {
  if (error instanceof DatabaseError) return ENDED_STATES.includes(error.code ?? '');
  if (error instanceof AggregateError) return error.errors.every(isLoss);
  return error instanceof Error && !/timeout/i.test(error.message);
}

/** Translates an error of a query or connection. Messages of pg contain no password. */
export function postgresStorageError(error: unknown): StorageError {
  return new StorageError('UNAVAILABLE', `PostgreSQL: ${describe(error)}`, error);
}

/**
 * SQLSTATEs that mean a mistake of configuration if they occur at the start: failed authentication, a
 * database that does not exist, missing privileges, tables of another program with the same names.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const CONFIGURATION_STATES: readonly string[] = ['28000', '28P01', '3D000', '42501', '42P07'];

/** Translates an error of the start: UNUSABLE for a mistake of configuration. */
export function postgresStartError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof DatabaseError && CONFIGURATION_STATES.includes(error.code ?? '')) {
    return new StorageError(
      'UNUSABLE',
      `PostgreSQL: ${error.message} (${error.code ?? ''}): correct storage.postgres or the database`,
      error,
    );
  }
  return postgresStorageError(error);
}

function describe(error: unknown): string {
  // A host name with several addresses fails with one error per address, inside an error without a message.
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error instanceof DatabaseError && error.code !== undefined
    ? `${error.message} (${error.code})`
    : error.message;
}
