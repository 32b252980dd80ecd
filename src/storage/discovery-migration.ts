import type { ColumnDataType, Kysely, RawBuilder } from 'kysely';

/**
 * The fourth step of the schema: which destinations Audience Manager lists for a customer. A table of its own, so no row
 * that exists is touched. Gateways of the version before may still use the same database.
 *
 * @param text creates the type of a text column
 */
export async function addDiscoveries(
  db: Kysely<unknown>,
  text: () => ColumnDataType | RawBuilder<never>,
): Promise<void> {
  await db.schema
    .createTable('discovery')
    .addColumn('customer_id', text(), (column) => column.primaryKey())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('destinations', text(), (column) => column.notNull())
    .addColumn('listed_at', 'bigint')
    .addColumn('empty_since', 'bigint')
    .addColumn('last_attempt_at', 'bigint')
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('retry_at', 'bigint')
    .addColumn('failures', 'bigint', (column) => column.notNull())
    .addColumn('last_error_code', text())
    .addColumn('last_error_message', text())
    .addColumn('last_error_at', 'bigint')
    .execute();
}
