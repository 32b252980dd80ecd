import { sql, type Kysely, type RawBuilder } from 'kysely';
import { storableText } from '../base/text.js';
import type { Tables } from './tables.js';
import type { DestinationKey } from './types.js';

/**
 * Takes or renews the lease of a destination. A single statement, so that exactly one of several concurrent
 * owners succeeds.
 *
 * @param now the database's time: a lease that ends then or earlier may be taken by another owner
 * @returns `false` if another owner holds the lease
 */
export async function takeLease(
  db: Kysely<Tables>,
  key: DestinationKey,
  owner: string,
  now: RawBuilder<number>,
  leaseMs: number,
): Promise<boolean> {
  const until = sql<number>`${now} + ${sql.lit(leaseMs)}`;
  const taken = await db
    .insertInto('lease')
    .values({
      customer_id: storableText(key.customerId),
      destination_id: storableText(key.destinationId),
      owner: storableText(owner),
      until,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['customer_id', 'destination_id'])
        .doUpdateSet({ owner: storableText(owner), until })
        .where((eb) => eb.or([eb('lease.owner', '=', storableText(owner)), eb('lease.until', '<=', now)])),
    )
    .returning('owner')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Deletes the lease of a destination if `owner` holds it. */
export async function endLease(db: Kysely<Tables>, key: DestinationKey, owner: string): Promise<void> {
  await db
    .deleteFrom('lease')
    .where('customer_id', '=', storableText(key.customerId))
    .where('destination_id', '=', storableText(key.destinationId))
    .where('owner', '=', storableText(owner))
    .execute();
}
