import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.js';

/** Reads in a transaction that sees the database at one moment, whatever is committed meanwhile. */
export function atOneMoment<T>(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
}
