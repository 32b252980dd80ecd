import type { Insertable, Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { storableText } from '../base/text.js';
import type { DiscoveryTable, Tables } from './tables.js';
import { storableOrNull } from './text.js';
import type { DiscoveryState, StoredDiscoveredDestination } from './types.js';

/** Reads the revisions of all stored discoveries, by customer ID. */
export async function readDiscoveryRevisions(db: Kysely<Tables>): Promise<ReadonlyMap<string, number>> {
  const rows = await db.selectFrom('discovery').select(['customer_id', 'revision']).execute();
  return new Map(rows.map((row) => [row.customer_id, row.revision]));
}

/** @returns what was discovered of a customer; `null` if nothing is stored */
export async function readDiscovery(db: Kysely<Tables>, customerId: string): Promise<DiscoveryState | null> {
  const row = await db
    .selectFrom('discovery')
    .selectAll()
    .where('customer_id', '=', storableText(customerId))
    .executeTakeFirst();
  return row === undefined ? null : stateFromRow(row);
}

/**
 * Writes what was discovered of a customer, if the stored revision is still the one that it was made from. A single
 * statement, so that one of several concurrent writers succeeds.
 *
 * @returns the revision that is stored now; `null` if another process was faster
 */
export async function writeDiscovery(
  db: Kysely<Tables>,
  customerId: string,
  revision: number,
  state: Omit<DiscoveryState, 'revision'>,
): Promise<number | null> {
  const columns = { ...columnsOf(state), revision: revision + 1 };
  if (revision === 0) {
    const inserted = await db
      .insertInto('discovery')
      .values({ customer_id: storableText(customerId), ...columns })
      .onConflict((conflict) => conflict.column('customer_id').doNothing())
      .returning('revision')
      .executeTakeFirst();
    return inserted?.revision ?? null;
  }
  const updated = await db
    .updateTable('discovery')
    .set(columns)
    .where('customer_id', '=', storableText(customerId))
    .where('revision', '=', revision)
    .returning('revision')
    .executeTakeFirst();
  return updated?.revision ?? null;
}

/** Removes what was discovered of a customer. */
export async function removeDiscoveryRow(db: Kysely<Tables>, customerId: string): Promise<void> {
  await db.deleteFrom('discovery').where('customer_id', '=', storableText(customerId)).execute();
}

function columnsOf(
  state: Omit<DiscoveryState, 'revision'>,
): Omit<Insertable<DiscoveryTable>, 'customer_id' | 'revision'> {
  const { lastError } = state;
  return {
    destinations: JSON.stringify(state.destinations.map(storable)),
    listed_at: state.listedAt,
    empty_since: state.emptySince,
    last_attempt_at: state.lastAttemptAt,
    next_attempt_at: state.nextAttemptAt,
    retry_at: state.retryAt,
    failures: state.failures,
    last_error_code: storableOrNull(lastError?.code ?? null),
    last_error_message: storableOrNull(lastError?.message ?? null),
    last_error_at: lastError?.at ?? null,
  };
}

function storable(destination: StoredDiscoveredDestination): StoredDiscoveredDestination {
  return {
    id: storableText(destination.id),
    name: storableOrNull(destination.name),
    description: storableOrNull(destination.description),
    type: storableText(destination.type),
    active: destination.active,
    missingSince: destination.missingSince,
  };
}

const destinations = z.array(
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    type: z.string(),
    active: z.boolean().nullable(),
    missingSince: z.number().nullable(),
  }),
);

function stateFromRow(row: Selectable<DiscoveryTable>): DiscoveryState {
  const { last_error_code: code, last_error_message: message, last_error_at: at } = row;
  return {
    revision: row.revision,
    destinations: destinations.parse(JSON.parse(row.destinations)),
    listedAt: row.listed_at,
    emptySince: row.empty_since,
    lastAttemptAt: row.last_attempt_at,
    nextAttemptAt: row.next_attempt_at,
    retryAt: row.retry_at,
    failures: row.failures,
    lastError: code === null || message === null || at === null ? null : { code, message, at },
  };
}
