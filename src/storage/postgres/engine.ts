import { Kysely, PostgresDialect, sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import { systemClock, type Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Engine, SearchConditions, SearchStretch } from '../engine.js';
import { StorageError } from '../errors.js';
import { migrate } from '../migrate.js';
import {
  SEARCH_COLUMNS,
  SEARCH_ORDER,
  SEARCH_ORDER_WITHIN,
  MIN_INDEXED_TERM_LENGTH,
  type SearchRow,
} from '../search.js';
import type { Tables } from '../tables.js';
import type { ChangeListener, DestinationKey } from '../types.js';
import { Changes } from '../changes.js';
import { postgresStartError, postgresStorageError } from './errors.js';
import { ChangeNotifications, notification } from './listener.js';
import { migrationPool, queryPool } from './pool.js';
import { ensureTextIndex } from './text-index.js';

export interface PostgresOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** PostgreSQL, which several gateways may share. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  readonly #changes = new Changes();
  #notifications: ChangeNotifications | undefined;

  private constructor(db: Kysely<Tables>) {
    this.reader = db;
    this.writer = db;
  }

  /**
   * Connects and brings the schema up to date.
   *
   * @throws StorageError
   */
  static async open(options: PostgresOptions): Promise<PostgresEngine> {
    const { url, poolSize, logger, clock = systemClock } = options;
    let engine: PostgresEngine | undefined;
    try {
      await prepareDatabase(url, logger);
      const db = new Kysely<Tables>({
        dialect: new PostgresDialect({ pool: queryPool(url, poolSize, logger) }),
      });
      engine = new PostgresEngine(db);
      const changes = engine.#changes;
      engine.#notifications = await ChangeNotifications.start({ url, db, changes, clock, logger });
      return engine;
    } catch (error) {
      await engine?.close().catch(() => undefined);
      throw postgresStartError(error);
    }
  }

  page(conditions: SearchConditions, { within, limit }: SearchStretch): RawBuilder<SearchRow> {
    const { terms, filter } = conditions;
    const destinations = sql`d.pk in (${sql.join([...conditions.destinations])})`;
    if (terms.some(isIndexed)) {
      // What the text index finds is sorted.
      return sql`select ${SEARCH_COLUMNS} from segment s join destination d on d.pk = s.destination_pk
        where ${destinations} and ${contains(terms)} and ${filter} and ${within}
        order by ${SEARCH_ORDER} limit ${limit}`;
    }
    // The first of each destination by its index, then the first of those.
    return sql`select ${SEARCH_COLUMNS} from destination d
      cross join lateral (
        select s.* from segment s
        where s.destination_pk = d.pk and ${contains(terms)} and ${filter} and ${within}
        order by ${SEARCH_ORDER_WITHIN} limit ${limit}
      ) s
      where ${destinations}
      order by ${SEARCH_ORDER} limit ${limit}`;
  }

  count({ destinations, terms, filter }: SearchConditions): RawBuilder<{ count: number }> {
    return sql`select count(*) as count from segment s
      where s.destination_pk in (${sql.join([...destinations])}) and ${contains(terms)} and ${filter}`;
  }

  async announce(transaction: Transaction<Tables>, key: DestinationKey, generation: number): Promise<void> {
    this.#changes.announceOwn(key, generation);
    await notification({ ...key, generation }).execute(transaction);
  }

  withdraw(key: DestinationKey, generation: number): void {
    this.#changes.withdrawOwn(key, generation);
  }

  onChange(listener: ChangeListener): void {
    this.#changes.listen(listener);
  }

  toStorageError(error: unknown): StorageError {
    return postgresStorageError(error);
  }

  async close(): Promise<void> {
    await this.#notifications?.close();
    await this.reader.destroy();
  }
}

/** Two numbers of our own choosing: which lock is meant, among all that share the database. */
const START_LOCK = sql.join([sql.lit(1_634_890_099), sql.lit(1)]);

/** Brings the schema up to date, one process at a time. */
async function prepareDatabase(url: string, logger: Logger): Promise<void> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: migrationPool(url, logger) }) });
  try {
    await db.connection().execute((connection) => requireUnicode(connection));
    // The pool has one connection, so what follows is all under the lock, which ends with the connection.
    await sql`select pg_advisory_lock(${START_LOCK})`.execute(db);
    await migrate(db, 'postgres');
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
    `the PostgreSQL database has the encoding ${encoding ?? 'unknown'}, which cannot hold every name: ` +
      "create one with encoding 'UTF8'",
  );
}

/** All terms, looked for by the text index where that helps. */
function contains(terms: readonly string[]): RawBuilder<SqlBool> {
  if (terms.length === 0) return sql`true`;
  return sql.join<SqlBool>(
    terms.map((term) => sql<SqlBool>`s.search_text like ${`%${term.replace(/[\\%_]/g, '\\$&')}%`}`),
    sql` and `,
  );
}

function isIndexed(term: string): boolean {
  return Array.from(term).length >= MIN_INDEXED_TERM_LENGTH;
}
