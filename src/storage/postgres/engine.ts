import { Kysely, PostgresDialect, sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import { systemClock, type Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { ChangeTracker } from '../change-tracker.js';
import type { Engine, ReadKind } from '../engine.js';
import { StorageError } from '../errors.js';
import { migrate } from '../migrate.js';
import { withRetries } from '../retries.js';
import {
  DESTINATION_ORDER,
  SEARCH_COLUMNS,
  SEARCH_ORDER,
  isIndexedTerm,
  type PageRange,
  type SearchConditions,
  type SearchRow,
} from '../search-query.js';
import type { Tables } from '../tables.js';
import type { ChangeListener } from '../types.js';
import type { Commit } from '../version.js';
import { ChangeNotifications, notifyQuery } from './change-notifications.js';
import { ConnectionLostError, postgresStartError, postgresStorageError } from './errors.js';
import { migrationPool, queryPool, type ConnectionPool } from './pool.js';
import { ensureTextIndex } from './text-index.js';

interface PostgresOptions {
  /** Connection string; may contain a password. */
  readonly url: string;
  /** Maximum number of connections for queries. One more connection listens for notifications. */
  readonly poolSize: number;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** PostgreSQL, which several gateways can share. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly writer: Kysely<Tables>;
  /** Searches leave the other connections to everything else. */
  readonly searchesAtOnce: number;
  readonly #pool: ConnectionPool;
  readonly #tracker: ChangeTracker;
  #notifications: ChangeNotifications | undefined;

  private constructor(pool: ConnectionPool, poolSize: number, tracker: ChangeTracker) {
    this.#pool = pool;
    this.#tracker = tracker;
    this.searchesAtOnce = Math.max(1, Math.floor(poolSize / 2));
    this.writer = kyselyOf(pool);
  }

  /**
   * Connects and migrates the schema.
   *
   * @throws StorageError
   */
  static async open(options: PostgresOptions): Promise<PostgresEngine> {
    try {
      return await withRetries(() => PostgresEngine.#start(options), isConnectionLost);
    } catch (error) {
      throw postgresStartError(error);
    }
  }

  static async #start(options: PostgresOptions): Promise<PostgresEngine> {
    const { url, poolSize, logger, clock = systemClock } = options;
    await prepareDatabase(url, logger);
    const tracker = new ChangeTracker(clock, logger);
    const engine = new PostgresEngine(queryPool(url, poolSize, logger), poolSize, tracker);
    try {
      const db = engine.writer;
      engine.#notifications = await ChangeNotifications.start({ url, db, tracker, clock, logger });
      return engine;
    } catch (error) {
      await engine.close().catch(() => undefined);
      throw error;
    }
  }

  reader(_kind: ReadKind, signal?: AbortSignal): Kysely<Tables> {
    return signal === undefined ? this.writer : kyselyOf(this.#pool, signal);
  }

  page(conditions: SearchConditions, { within, limit }: PageRange): RawBuilder<SearchRow> {
    const { terms, filter } = conditions;
    const destinations = sql`d.pk in (${sql.join([...conditions.destinationPks])})`;
    if (terms.some(isIndexedTerm)) {
      // All matches of the text index are sorted.
      return sql`select ${SEARCH_COLUMNS} from segment s join destination d on d.pk = s.destination_pk
        where ${destinations} and ${contains(terms)} and ${filter} and ${within}
        order by ${SEARCH_ORDER} limit ${limit}`;
    }
    // Takes the first rows of each destination from its index, then the first of all of these.
    return sql`select ${SEARCH_COLUMNS} from destination d
      cross join lateral (
        select s.* from segment s
        where s.destination_pk = d.pk and ${contains(terms)} and ${filter} and ${within}
        order by ${DESTINATION_ORDER} limit ${limit}
      ) s
      where ${destinations}
      order by ${SEARCH_ORDER} limit ${limit}`;
  }

  count({ destinationPks, terms, filter }: SearchConditions): RawBuilder<{ count: number }> {
    return sql`select count(*) as count from segment s
      where s.destination_pk in (${sql.join([...destinationPks])}) and ${contains(terms)} and ${filter}`;
  }

  async announce(transaction: Transaction<Tables>, commit: Commit): Promise<void> {
    this.#tracker.expectOwn(commit);
    await notifyQuery(commit).execute(transaction);
  }

  confirm(commit: Commit): void {
    this.#tracker.confirmOwn(commit);
  }

  retract(commit: Commit): void {
    this.#tracker.cancelOwn(commit);
  }

  onChange(listener: ChangeListener): void {
    this.#tracker.addListener(listener);
  }

  isConnectionLost(error: unknown): boolean {
    return isConnectionLost(error);
  }

  toStorageError(error: unknown): StorageError {
    return postgresStorageError(error);
  }

  async close(): Promise<void> {
    this.#tracker.close();
    await this.#notifications?.close();
    await this.#pool.end();
  }
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof ConnectionLostError;
}

/** A Kysely on a pool. @param signal aborted when nobody waits for the results any more */
function kyselyOf(pool: ConnectionPool, signal?: AbortSignal): Kysely<Tables> {
  return new Kysely({ dialect: new PostgresDialect({ pool: pool.forKysely(signal) }) });
}

/**
 * The key of the advisory lock for migrations: two arbitrary numbers that other users of the database do not
 * use.
 */
const START_LOCK = sql.join([sql.lit(1_634_890_099), sql.lit(1)]);

/** Migrates the schema, one process at a time. */
async function prepareDatabase(url: string, logger: Logger): Promise<void> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: migrationPool(url, logger) }) });
  try {
    await db.connection().execute((connection) => requireUnicode(connection));
    // The pool has one connection, which holds the lock until it is closed.
    await sql`select pg_advisory_lock(${START_LOCK})`.execute(db);
    await migrate(db, 'postgres', logger);
    await ensureTextIndex(db, logger);
  } finally {
    await db.destroy();
  }
}

async function requireUnicode(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{
    encoding: string;
  }>`select current_setting('server_encoding') as encoding`.execute(db);
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new StorageError(
    'UNUSABLE',
    `the PostgreSQL database has the encoding ${encoding ?? 'unknown'}, which cannot store every name: ` +
      "create a database with encoding 'UTF8'",
  );
}

/** The condition for all terms. PostgreSQL uses the text index for terms that are long enough. */
function contains(terms: readonly string[]): RawBuilder<SqlBool> {
  if (terms.length === 0) return sql`true`;
  return sql.join<SqlBool>(
    terms.map((term) => sql<SqlBool>`s.search_text like ${`%${term.replace(/[\\%_]/g, '\\$&')}%`}`),
    sql` and `,
  );
}
