import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';
import { storable } from './text.js';
import type { DestinationKey } from './types.js';

/** Takes or prolongs a lease in one statement, so of several that try at once exactly one succeeds. */
export async function takeLease(
  db: Kysely<Tables>,
  key: DestinationKey,
  owner: string,
  now: number,
  until: number,
): Promise<boolean> {
  const taken = await db
    .insertInto('lease')
    .values({
      customer_id: storable(key.customerId),
      destination_id: storable(key.destinationId),
      owner: storable(owner),
      until,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['customer_id', 'destination_id'])
        .doUpdateSet({ owner: storable(owner), until })
        .where((eb) => eb.or([eb('lease.owner', '=', storable(owner)), eb('lease.until', '<=', now)])),
    )
    .returning('owner')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Ends a lease if that owner has it. */
export async function endLease(db: Kysely<Tables>, key: DestinationKey, owner: string): Promise<void> {
  await db
    .deleteFrom('lease')
    .where('customer_id', '=', storable(key.customerId))
    .where('destination_id', '=', storable(key.destinationId))
    .where('owner', '=', storable(owner))
    .execute();
}
