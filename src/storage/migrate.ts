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
 * A role that may not change tables is enough if nothing is missing.
 *
 * @param alone does the update of tables that are in use while nobody works with them; rejects if somebody does
 * @returns the names of the migrations that were missing
 * @throws StorageError UNUSABLE if a newer version of the gateway has migrated the database, or if migrations are missing
 *   that the role may not apply; the error of `alone`; otherwise the error of the engine
 */
export async function migrate(
  db: Kysely<Tables>,
  engine: Storage['engine'],
  logger: Logger,
  alone: (update: () => Promise<unknown>) => Promise<unknown> = (update) => update(),
): Promise<readonly string[]> {
  const migrations = migrationsFor(engine);
  const applied = await readApplied(db, Object.keys(migrations));
  const missing = Object.keys(migrations).filter((name) => !applied.includes(name));
  // The migrator would write to its own tables even if it has nothing to do.
  if (missing.length === 0) return missing;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrationsFor(engine, applied.length === 0)) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
  const update = async (): Promise<unknown> => {
    if (applied.length > 0) {
      logger.info(
        { missing },
        'updating the tables of the database to this version: a long history takes minutes',
      );
    }
    return (await migrator.migrateToLatest()).error;
  };
  // Nobody works with a database that has no tables yet.
  const error = await (applied.length === 0 ? update() : alone(update)).catch((reason: unknown) => reason);
  if (error === undefined) return missing;
  // A newer process may have migrated after the first check.
  const found = await readApplied(db, Object.keys(migrations));
  if (found.length === Object.keys(migrations).length) return [];
  if (isForbidden(error)) throw mayNotMigrate(missing, error);
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

/**
 * Whether PostgreSQL says that the role lacks the privilege.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501';
}

function mayNotMigrate(missing: readonly string[], cause: unknown): StorageError {
  return new StorageError(
    'UNUSABLE',
    `the tables of the database are not up to date (${missing.join(', ')}), and the role in storage.postgres may not ` +
      'change them: run "aam-gateway migrate" with the role that owns them, then start the gateway again',
    cause,
  );
}
