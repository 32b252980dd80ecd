import type { Kysely, Transaction } from 'kysely';
import { REMOVED_CUSTOMER } from './removed-customer.js';
import type { Tables } from './tables.js';
import type { DestinationKey } from './types.js';

/** The IDs of the destinations that have the rows of large commits begin with this; their customer is that of removed ones. */
const STAGED_PREFIX = 'staged ';

/** The key of the destination that has the rows of one large commit. Nobody else asks for it. */
export function stagedKey(commitId: string): DestinationKey {
  return { customerId: REMOVED_CUSTOMER, destinationId: `${STAGED_PREFIX}${commitId}` };
}

/** Whether a destination only has the rows of a large commit. */
export function isStaged(row: { readonly customer_id: string; readonly destination_id: string }): boolean {
  return row.customer_id === REMOVED_CUSTOMER && row.destination_id.startsWith(STAGED_PREFIX);
}

/** A destination that only has the rows of a large commit. */
interface StagedDestination {
  readonly pk: number;
  readonly key: DestinationKey;
  /** The destination over which its rows are laid; `null`: they are not, so nobody reads them. */
  readonly overlayOf: number | null;
}

export async function readStaged(db: Kysely<Tables>): Promise<StagedDestination[]> {
  const rows = await db
    .selectFrom('destination')
    .select(['pk', 'customer_id', 'destination_id', 'overlay_of'])
    .where('customer_id', '=', REMOVED_CUSTOMER)
    .orderBy('pk')
    .execute();
  return rows.filter(isStaged).map((row) => ({
    pk: row.pk,
    key: { customerId: row.customer_id, destinationId: row.destination_id },
    overlayOf: row.overlay_of,
  }));
}

/** Hides segments of the destination over which the rows of `overlayPk` are, or are going to be, laid. */
export async function shadow(
  db: Transaction<Tables>,
  overlayPk: number,
  segmentIds: readonly string[],
): Promise<void> {
  await db
    .insertInto('shadowed_segment')
    .values(segmentIds.map((id) => ({ overlay_pk: overlayPk, segment_id: id })))
    .onConflict((conflict) => conflict.columns(['overlay_pk', 'segment_id']).doNothing())
    .execute();
}

/** Takes segments away from an overlay, so that those of the destination itself are read, if there are any. */
export async function takeFromOverlay(
  db: Transaction<Tables>,
  overlayPk: number,
  segmentIds: readonly string[],
): Promise<void> {
  await db
    .deleteFrom('segment')
    .where('destination_pk', '=', overlayPk)
    .where('id', 'in', segmentIds)
    .execute();
  await db
    .deleteFrom('shadowed_segment')
    .where('overlay_pk', '=', overlayPk)
    .where('segment_id', 'in', segmentIds)
    .execute();
}
