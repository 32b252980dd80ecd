import { Migrator, sql, type Kysely } from 'kysely';
import { StorageError } from './errors.js';
import { schemaSteps } from './schema.js';
import type { Tables } from './tables.js';
import type { Storage } from './types.js';

const STEPS_TABLE = 'schema_version';
const LOCK_TABLE = 'schema_version_lock';

/**
 * Brings the schema up to what this program needs. Several processes may do so at once: each engine lets one
 * at a time through.
 *
 * @throws StorageError UNUSABLE when a newer version of this program was here before, or whatever the engine
 *   fails with
 */
export async function migrate(db: Kysely<Tables>, engine: Storage['engine']): Promise<void> {
  const steps = schemaSteps(engine);
  await refuseNewer(db, Object.keys(steps));
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(steps) },
    migrationTableName: STEPS_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // Another process may have been newer and quicker.
  await refuseNewer(db, Object.keys(steps));
  throw error instanceof Error
    ? error
    : new Error('the schema could not be brought up to date', { cause: error });
}

async function refuseNewer(db: Kysely<Tables>, known: readonly string[]): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === STEPS_TABLE)) return;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(STEPS_TABLE)}`.execute(db);
  const unknown = rows.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return;
  throw new StorageError(
    'UNUSABLE',
    `this database was written by a newer version (it has the schema step ${unknown.name}): ` +
      'start that version, or restore a backup from before it',
  );
}
