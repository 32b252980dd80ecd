import { Migrator, sql, type Kysely } from 'kysely';
import type { Logger } from '../telemetry/logs.js';
import { StorageError } from './errors.js';
import { migrationsFor } from './schema.js';
import type { Tables } from './tables.js';
import type { Storage } from './types.js';

/** The table with the names of the migrations that were applied. */
const MIGRATION_TABLE = 'schema_version';
const LOCK_TABLE = 'schema_version_lock';

/**
 * Applies the migrations that are missing. Several processes may call this at once: the engine lets one
 * migrate at a time.
 *
 * @throws StorageError UNUSABLE if a newer version of the gateway has migrated the database; otherwise the
 *   error of the engine
 */
export async function migrate(db: Kysely<Tables>, engine: Storage['engine'], logger: Logger): Promise<void> {
  const migrations = migrationsFor(engine);
  const applied = await readApplied(db, Object.keys(migrations));
  const missing = Object.keys(migrations).filter((name) => !applied.includes(name));
  if (applied.length > 0 && missing.length > 0) {
    logger.info(
      { missing },
      'updating the tables of the database to this version: a long history takes minutes',
    );
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // A newer process may have migrated after the first check.
  await readApplied(db, Object.keys(migrations));
  throw error instanceof Error
    ? error
    : new Error('the database schema could not be migrated', { cause: error });
}

/** @returns the names of the migrations that were applied. @throws StorageError UNUSABLE if one is not known */
async function readApplied(db: Kysely<Tables>, known: readonly string[]): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === MIGRATION_TABLE)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)}`.execute(db);
  const unknown = rows.find(({ name }) => !known.includes(name));
  if (unknown === undefined) return rows.map(({ name }) => name);
  throw new StorageError(
    'UNUSABLE',
    `this database was written by a newer version of the gateway (it has the unknown migration ${unknown.name}): ` +
      'start that version, or restore a backup from before the upgrade',
  );
}
