import { DatabaseError } from 'pg';
import { StorageError } from '../errors.js';

/** The connection ended before the server had answered. The message is that of the cause. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';

  constructor(cause: unknown) {
    super(describe(cause), { cause });
  }
}

/** The server that answered cannot be written. */
export class ReadOnlyServerError extends Error {
  override readonly name = 'ReadOnlyServerError';
}

/** The server has stopped answering, although the connection to it stands. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * SQLSTATEs with which the server ends a connection: an administrator or a restart has ended it, another server
 * process has crashed.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ENDED_STATES: readonly string[] = ['57P01', '57P02', '08003', '08006'];

/** SQLSTATE of a write on a standby, or in a session that is set to read-only. */
const READ_ONLY_STATE = '25006';

/** SQLSTATE of a write for which the server has no room. */
const DISK_FULL_STATE = '53100';

/** SQLSTATE of a statement that has waited for a lock for as long as it may. */
const LOCKED_STATE = '55P03';

/** SQLSTATEs of a wrong user or password. */
const REJECTED_STATES: readonly string[] = ['28000', '28P01'];

/** Whether an error of a query or of connecting says that the connection was lost. A time-out does not. */
export function isLoss(error: unknown): boolean {
  if (error instanceof DatabaseError) return ENDED_STATES.includes(error.code ?? '');
  if (error instanceof AggregateError) return error.errors.every(isLoss);
  if (error instanceof NoAnswerError || error instanceof ReadOnlyServerError) return false;
  return error instanceof Error && !/timeout/i.test(error.message);
}

/** Codes of the system for a machine that answers nothing at all, not even the system of another one in its place. */
const SILENT_CODES: readonly unknown[] = ['ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN'];

/**
 * Whether an error of connecting says that nobody answers. A refusal is an answer, and other errors, such as those of name
 * resolution or of this machine, say nothing of the connections that stand.
 */
export function isSilence(error: unknown): boolean {
  if (error instanceof DatabaseError) return false;
  if (error instanceof AggregateError) return error.errors.some(isSilence);
  if (!(error instanceof Error)) return false;
  return SILENT_CODES.includes(Reflect.get(error, 'code')) || /timeout/i.test(error.message);
}

/** Whether a write was refused because the server has become a standby: after a failover, another one is the primary. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === READ_ONLY_STATE;
}

/** Whether a statement failed because another transaction has a row locked. */
export function isRowLocked(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === LOCKED_STATE;
}

/** Whether the server has ended the connection with an error. */
export function isFatal(error: DatabaseError): boolean {
  return error.severity === 'FATAL' || error.severity === 'PANIC';
}

/** Whether the server does not accept the user or the password. */
export function isRejectedLogIn(error: unknown): boolean {
  return error instanceof DatabaseError && REJECTED_STATES.includes(error.code ?? '');
}

/** Whether pg has given up waiting for the answer to a statement, which the server may go on executing. */
export function isQueryTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Translates an error of a query or connection. Messages of pg contain no password. */
export function postgresStorageError(error: unknown): StorageError {
  const cause = error instanceof ConnectionLostError ? error.cause : error;
  if (isReadOnly(cause)) {
    const message = `PostgreSQL: ${describe(cause)}: the server is a standby, or set to read-only`;
    return new StorageError('UNAVAILABLE', message, error);
  }
  if (cause instanceof DatabaseError && cause.code === DISK_FULL_STATE) {
    const message = `PostgreSQL: ${describe(cause)}: the disk of the server is full; nothing was changed. Make room, then try again`;
    return new StorageError('UNAVAILABLE', message, error, 'its disk is full');
  }
  return new StorageError('UNAVAILABLE', `PostgreSQL: ${describe(error)}`, error);
}

/**
 * SQLSTATEs that mean a mistake of configuration if they occur at the start: failed authentication, a
 * database that does not exist, missing privileges, tables of another program with the same names.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const CONFIGURATION_STATES: readonly string[] = [...REJECTED_STATES, '3D000', '42501', '42P07'];

/** Translates an error of the start: UNUSABLE for a mistake of configuration. */
export function postgresStartError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  if (!(error instanceof DatabaseError)) return postgresStorageError(error);
  const remedy = remedyOf(error);
  return remedy === null
    ? postgresStorageError(error)
    : new StorageError('UNUSABLE', `PostgreSQL: ${error.message} (${error.code ?? ''}): ${remedy}`, error);
}

/** What to do about an error of the start that no other try corrects; `null` for any other error. */
function remedyOf({ code = '', message }: DatabaseError): string | null {
  if (CONFIGURATION_STATES.includes(code)) return 'correct storage.postgres or the database';
  // What PgBouncer says of itself has no SQLSTATE of its own.
  if (/unsupported startup parameter/i.test(message)) {
    return 'take the parameter out of storage.postgres, or name it in ignore_startup_parameters of PgBouncer';
  }
  return null;
}

/** The message of an error, with its SQLSTATE. */
export function describe(error: unknown): string {
  // A host name with several addresses fails with one error per address, inside an error without a message.
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  if (!(error instanceof Error)) return String(error);
  return error instanceof DatabaseError && error.code !== undefined
    ? `${error.message} (${error.code})`
    : error.message;
}
