import { statSync } from 'node:fs';
import Database from 'libsql';
import { StorageError } from '../errors.js';
import { migrationsFor } from '../schema.js';
import { BUSY_TIMEOUT_MS } from './busy-timeout.js';
import { sqliteStorageError } from './errors.js';

/** What a database file holds. */
export interface DatabaseSummary {
  /** Size of the file. */
  readonly bytes: number;
  readonly customers: number;
  readonly destinations: number;
  readonly segments: number;
  /** Number of changes in all histories. */
  readonly changes: number;
  /** Steps of the schema that the next start will apply. */
  readonly missingMigrations: readonly string[];
}

/** The step of the schema since which rows may be laid over others. */
const OVERLAYS = '0006_imports';

/** The rows of destinations, without those of commits that were not made, and of destinations that are being removed. */
const READ_ROWS = "(h.customer_id <> '' or h.overlay_of is not null)";

/** The same of segments, without those over which others are laid. */
const READ_SEGMENTS = `${READ_ROWS} and not exists (
  select 1 from shadowed_segment x where x.overlay_pk = h.overlay_pk and x.segment_id = s.id)`;

/** The table with the names of the steps that were applied. */
const VERSIONS = 'select name from schema_version order by name';

/**
 * Checks a database file from its first page to its last, and counts what it holds. Nothing else may write to it.
 *
 * @throws StorageError UNUSABLE if it is damaged, belongs to another program or to a newer version of the gateway
 */
export function inspectDatabase(file: string): DatabaseSummary {
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const missingMigrations = readMissingMigrations(database, file);
    const [damage] = read(database, 'pragma integrity_check(1)');
    if (damage?.[0] !== 'ok') throw unusable(file, `is damaged: ${String(damage?.[0])}`);
    const [orphan] = read(database, 'pragma foreign_key_check');
    if (orphan !== undefined)
      throw unusable(file, `is damaged: a row of ${String(orphan[0])} belongs to nothing`);
    const [segments, changes] = missingMigrations.includes(OVERLAYS)
      ? ['1', '1']
      : [READ_SEGMENTS, READ_ROWS];
    const count = (sql: string): number => Number(read(database as Database.Database, sql)[0]?.[0] ?? 0);
    return {
      bytes: statSync(file).size,
      // The names of destinations that are being removed are empty.
      customers: count("select count(distinct customer_id) from destination where customer_id <> ''"),
      destinations: count("select count(*) from destination where customer_id <> ''"),
      segments: count(
        `select count(*) from segment s join destination h on h.pk = s.destination_pk where ${segments}`,
      ),
      changes: count(
        `select count(*) from revision r join destination h on h.pk = r.destination_pk where ${changes}`,
      ),
      missingMigrations,
    };
  } catch (error) {
    throw error instanceof StorageError ? error : sqliteStorageError(error, file);
  } finally {
    database?.close();
  }
}

function readMissingMigrations(database: Database.Database, file: string): readonly string[] {
  const [table] = read(database, "select 1 from sqlite_schema where name = 'schema_version'");
  if (table === undefined) throw unusable(file, 'is no database of a gateway');
  const applied = read(database, VERSIONS).map(([name]) => String(name));
  const known = Object.keys(migrationsFor('sqlite'));
  const unknown = applied.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw unusable(
      file,
      `was written by a newer version of the gateway (it has the unknown migration ${unknown})`,
    );
  }
  return known.filter((name) => !applied.includes(name));
}

/** Reads all rows, so that the statement holds no lock afterwards. */
function read(database: Database.Database, sql: string): unknown[][] {
  return database.prepare(sql).raw().all() as unknown[][];
}

function unusable(file: string, what: string): StorageError {
  return new StorageError('UNUSABLE', `${file} ${what}`);
}
