import { storableText } from '../base/text.js';
import type { Transaction } from 'kysely';
import { isLater } from '../base/dates.js';
import { PLACE_COLUMNS, placesOf, type Places } from './overlay.js';
import { stateColumns } from './row-encoding.js';
import { lockingRow } from './row-locks.js';
import { EMPTY_STATE_COLUMNS } from './states.js';
import type { Tables } from './tables.js';
import type { DestinationKey, StateChange } from './types.js';
import type { Commit, Version } from './version.js';

/** The row of a destination, as a transaction that is going to change it has found it. */
export interface FoundDestination extends Places, Version {
  /** Identifies the last commit that raised the generation. */
  readonly lastCommit: string | null;
}

interface FindOptions {
  /** Whether to add the row if it is missing. */
  readonly create: boolean;
  /** Whether to lock it, so that no other process can commit a change of it. */
  readonly lockRow: boolean;
}

/** Finds the row of a destination. With `lockRow`, it fails if another transaction keeps it locked: see `waitingForRow`. */
export async function findDestination(
  db: Transaction<Tables>,
  key: DestinationKey,
  options: FindOptions,
): Promise<FoundDestination | undefined> {
  // Adding the row waits for others that add it too.
  return await (options.lockRow
    ? lockingRow(db, () => findRow(db, key, options))
    : findRow(db, key, options));
}

async function findRow(
  db: Transaction<Tables>,
  key: DestinationKey,
  { create, lockRow }: FindOptions,
): Promise<FoundDestination | undefined> {
  const ids = {
    customer_id: storableText(key.customerId),
    destination_id: storableText(key.destinationId),
  };
  if (create) {
    await db
      .insertInto('destination')
      .values({ ...ids, ...EMPTY_STATE_COLUMNS })
      .onConflict((conflict) => conflict.columns(['customer_id', 'destination_id']).doNothing())
      .execute();
  }
  const row = await db
    .selectFrom('destination')
    .select([...PLACE_COLUMNS, 'generation', 'as_of', 'last_commit'])
    .where('customer_id', '=', ids.customer_id)
    .where('destination_id', '=', ids.destination_id)
    .$if(lockRow, (query) => query.forUpdate())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { ...placesOf(row), generation: row.generation, asOf: row.as_of, lastCommit: row.last_commit };
}

/** What a commit writes into the row of its destination. */
interface RowChange {
  readonly key: DestinationKey;
  readonly state: StateChange;
  /** Whether segments or history are changed: then the generation is raised. */
  readonly isContentChanged: boolean;
  readonly commitId: string;
  /** The present time. */
  readonly now: number;
}

/** Writes the state and the generation of a destination. */
export async function updateDestination(
  db: Transaction<Tables>,
  found: FoundDestination,
  { key, state, isContentChanged, commitId, now }: RowChange,
): Promise<Commit> {
  const { generation, asOf: asOfBefore } = found;
  const columns = stateColumns(state);
  const asOf = columns.as_of === undefined ? asOfBefore : columns.as_of;
  const after = isContentChanged
    ? { generation: generation + 1, asOf }
    : { generation, asOf: isLater(asOfBefore, asOf, now) ? asOfBefore : asOf };
  await db
    .updateTable('destination')
    .set({
      ...columns,
      generation: after.generation,
      as_of: after.asOf,
      ...(isContentChanged && { last_commit: commitId }),
    })
    .where('pk', '=', found.pk)
    .execute();
  return { key, before: { generation, asOf: asOfBefore }, after };
}
