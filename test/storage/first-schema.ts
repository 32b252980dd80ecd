import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { systemClock } from '../../src/base/clock.js';
import type { DestinationKey, Storage, StorageConfig } from '../../src/storage/index.js';
import { Servers } from '../../src/storage/postgres/servers.js';
import { migrationsFor } from '../../src/storage/schema.js';
import { ThreadDialect } from '../../src/storage/sqlite/dialect.js';
import { Semaphore } from '../../src/storage/semaphore.js';
import { ThreadSupervisor } from '../../src/storage/sqlite/thread-supervisor.js';
import { KEY, NOON, silent } from './support.js';

/** Tables of any schema. */
export type RawDatabase = Kysely<Record<string, Record<string, unknown>>>;

/** The name of the only migration of the first version. */
export const FIRST = '0001_destinations_and_segments';

/** Runs statements on a database without opening it as a storage, which would migrate it. */
export async function withRaw<T>(config: StorageConfig, work: (db: RawDatabase) => Promise<T>): Promise<T> {
  const supervisor =
    config.engine === 'sqlite' ? new ThreadSupervisor(config.path, systemClock, silent()) : null;
  const dialect =
    config.engine === 'postgres'
      ? new PostgresDialect({
          pool: new Pool({ ...new Servers(config.url, silent()).clientConfig(), max: 1 }),
        })
      : new ThreadDialect({ supervisor: supervisor!, connection: 'writer', turns: new Semaphore(1) });
  const db: RawDatabase = new Kysely({ dialect });
  try {
    return await work(db);
  } finally {
    await db.destroy();
    await supervisor?.close();
  }
}

/** Creates the tables of the first version in an empty database, and fills them. */
export async function createFirstSchema(
  config: StorageConfig,
  fill: (db: RawDatabase) => Promise<unknown>,
): Promise<void> {
  await createSchemaUpTo(config, FIRST, fill);
}

/** Creates the tables as they are after a migration in an empty database, and fills them. */
export async function createSchemaUpTo(
  config: StorageConfig,
  last: string,
  fill: (db: RawDatabase) => Promise<unknown>,
): Promise<void> {
  await withRaw(config, async (db) => {
    const steps = Object.entries(migrationsFor(config.engine)).filter(([name]) => name <= last);
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) },
      migrationTableName: 'schema_version',
      migrationLockTableName: 'schema_version_lock',
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw new Error('the schema could not be created', { cause: error });
    await fill(db);
  });
}

/** The names of the migrations that were applied. */
export async function appliedIn(db: RawDatabase): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from schema_version order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** Adds a destination in the columns of the first version. @returns its primary key */
export async function addDestination(
  db: RawDatabase,
  customer: string,
  destination: string,
  fields: Record<string, unknown> = {},
): Promise<number> {
  const row = await db
    .insertInto('destination')
    .values({
      customer_id: customer,
      destination_id: destination,
      generation: 3,
      segment_count: 0,
      failures: 0,
      ...fields,
    })
    .returning('pk')
    .executeTakeFirstOrThrow();
  return row['pk'] as number;
}

/** Columns of a segment of the first version, with its name in `search_text`. */
export function segmentColumns(
  destinationPk: number,
  id: string,
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    destination_pk: destinationPk,
    id,
    name: `Name ${id}`,
    status: 'ACTIVE',
    source: 'AUDIENCE_MANAGER',
    sort_key: `0name ${id.toLowerCase()}`,
    search_text: `name ${id.toLowerCase()}\n\n\n${id.toLowerCase()}\n`,
    ...fields,
  };
}

/** Columns of a segment that is only known by hand. */
export function manualColumns(
  destinationPk: number,
  id: string,
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return segmentColumns(destinationPk, id, {
    source: 'MANUAL',
    confirmed_at: NOON,
    manual: layer(null),
    ...fields,
  });
}

/** The JSON of a manual layer. */
export function layer(base: object | null): string {
  return JSON.stringify({ name: 'By hand', description: null, status: null, at: NOON, by: 'Ann', base });
}

/** Columns of a revision of the first version. */
export function revisionColumns(
  destinationPk: number,
  segmentId: string,
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    destination_pk: destinationPk,
    segment_id: segmentId,
    at: NOON,
    kind: 'CREATED',
    name: `Name ${segmentId}`,
    status: 'ACTIVE',
    source: 'AUDIENCE_MANAGER',
    ...fields,
  };
}

/** Adds rows, a few hundred at a time. */
export async function addRows(
  db: RawDatabase,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += 400) {
    await db
      .insertInto(table)
      .values(rows.slice(start, start + 400))
      .execute();
  }
}

/** A destination of another customer with the same ID as that of `KEY`. */
export const STRANGER: DestinationKey = { customerId: 'globex', destinationId: '314' };

export async function idsIn(storage: Storage, key = KEY): Promise<string[]> {
  return [...(await storage.read(key))!.segments].map(({ id }) => id).sort();
}

/** Segment IDs and numbers of all revisions, oldest first. */
export async function historyOf(storage: Storage, key = KEY): Promise<[string, number][]> {
  const { revisions } = await storage.revisions(key, {
    segmentId: null,
    since: null,
    first: 100_000,
    order: 'newest-first',
    after: null,
  });
  return revisions.map(({ segmentId, number }): [string, number] => [segmentId, number]).toReversed();
}

/** The IDs of the segments that a search finds. */
export async function found(storage: Storage, term: string, keys = [KEY, STRANGER]): Promise<string[]> {
  const request = { terms: [term], destinations: keys, status: null, after: null, first: 100 };
  return (await storage.search(request)).segments.map(({ id }) => id).sort();
}
