import { Kysely, PostgresDialect, sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import type { Client } from 'pg';
import { systemClock, type Clock, type SteadyClock } from '../../base/clock.js';
import { Dates } from '../../base/dates.js';
import type { Logger } from '../../telemetry/logs.js';
import { ChangeTracker } from '../change-tracker.js';
import type { Engine, ManyRows, ReadKind, RowQuery } from '../engine.js';
import { StorageError } from '../errors.js';
import { migrate } from '../migrate.js';
import { withRetries } from '../retries.js';
import {
  DESTINATION_ORDER,
  SEARCH_ORDER,
  isIndexedTerm,
  type PageRange,
  type SearchConditions,
} from '../search-query.js';
import type { Tables } from '../tables.js';
import type { ChangeListener, PoolUse } from '../types.js';
import type { Commit } from '../version.js';
import { ChangeNotifications, notifyQuery } from './change-notifications.js';
import {
  ConnectionLostError,
  isLoss,
  isRowLocked,
  postgresStartError,
  postgresStorageError,
} from './errors.js';
import { ConnectionPool } from './pool.js';
import { ServerClient } from './server-client.js';
import { Servers } from './servers.js';
import { detectPooling, requireWritable, setUpSession, type Pooling } from './session.js';
import {
  INDEXES_NEED_SESSIONS,
  ensureIdentifierIndexes,
  lacksIdentifierIndexes,
} from './identifier-indexes.js';
import { SERVER_NOW, ServerClock, readServerTime } from './server-clock.js';
import { ensureTextIndex } from './text-index.js';

interface PostgresOptions {
  /** Connection string; may contain a password. */
  readonly url: string;
  /** Maximum number of connections for queries. One more connection listens for notifications. */
  readonly poolSize: number;
  readonly logger: Logger;
  /** Default: the server's time, and the timers of the system. */
  readonly clock?: Clock;
  /** Whether a gateway is served, which does not wait for indexes that take long to create. Default: `false`, for commands. */
  readonly serving?: boolean | object;
}

/** PostgreSQL, which several gateways can share. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly longWrites = null;
  readonly writer: Kysely<Tables>;
  /** Searches leave the other connections to everything else. */
  readonly searchesAtOnce: number;
  /** Together with all searches, they leave one connection at least, if there are three or more. */
  readonly largeWritesAtOnce: number;
  readonly #servers: Servers;
  readonly trouble = null;
  #migrated: readonly string[] = [];
  readonly #pool: ConnectionPool;
  readonly #tracker: ChangeTracker;
  #notifications: ChangeNotifications | undefined;
  /** `undefined`: all gateways agree on another clock. */
  #serverClock: ServerClock | undefined;
  #agreedClock: SteadyClock | undefined;
  /** Aborted when the engine is closed. */
  readonly #closed = new AbortController();
  /** The creation of indexes beside everything else. Never rejects. */
  #indexing: Promise<void> | undefined;

  private constructor(servers: Servers, pool: ConnectionPool, poolSize: number, tracker: ChangeTracker) {
    this.#servers = servers;
    this.#pool = pool;
    this.#tracker = tracker;
    this.searchesAtOnce = Math.max(1, Math.floor(poolSize / 2));
    this.largeWritesAtOnce = Math.max(1, poolSize - this.searchesAtOnce - 1);
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
    const servers = new Servers(url, logger);
    const pooling = await inspectServer(servers);
    if (pooling === 'transaction') logger.warn(POOLED_BY_TRANSACTION);
    const common = { servers, pooling, clock, logger };
    const { migrated, lacksIndexes } = await prepareDatabase(
      new ConnectionPool({ ...common, size: 1, limitsTime: false }),
      logger,
    );
    const tracker = new ChangeTracker(clock, logger);
    const pool = new ConnectionPool({ ...common, size: poolSize, limitsTime: true });
    const engine = new PostgresEngine(servers, pool, poolSize, tracker);
    engine.#migrated = migrated;
    try {
      if (lacksIndexes && pooling === 'transaction') logger.warn(INDEXES_NEED_SESSIONS);
      else if (lacksIndexes) {
        const patient = new ConnectionPool({ ...common, size: 2, limitsTime: false });
        engine.#indexing = createIndexes(patient, logger, engine.#closed.signal);
        if (options.serving === undefined || options.serving === false) await engine.#indexing;
      }
      const db = engine.writer;
      if (options.clock === undefined) {
        const read = (): Promise<number> => readServerTime(db);
        engine.#serverClock = await ServerClock.start({ read, clock, logger });
      } else {
        engine.#agreedClock = new Dates(clock);
      }
      engine.#notifications = await ChangeNotifications.start({ ...common, db, tracker });
      return engine;
    } catch (error) {
      await engine.close().catch(() => undefined);
      throw error;
    }
  }

  get clock(): SteadyClock {
    const clock = this.#serverClock?.dates ?? this.#agreedClock;
    if (clock === undefined) throw new Error('the clock is used before the storage is open');
    return clock;
  }

  get now(): RawBuilder<number> {
    return this.#serverClock === undefined ? sql`cast(${this.clock.now()} as bigint)` : SERVER_NOW;
  }

  clockOffset(): number | null {
    return this.#serverClock?.offsetMs ?? null;
  }

  get poolUse(): PoolUse {
    return this.#pool.use;
  }

  setUrl(url: string): void {
    this.#servers.setUrl(url);
    this.#pool.retireAll();
    this.#notifications?.renew();
  }

  get migrated(): readonly string[] {
    return this.#migrated;
  }

  reader(_kind: ReadKind, signal?: AbortSignal): Kysely<Tables> {
    return signal === undefined ? this.writer : kyselyOf(this.#pool, signal);
  }

  page(conditions: SearchConditions, { within, limit }: PageRange): RawBuilder<{ pk: number }> {
    const { terms, filter } = conditions;
    const destinations = sql`d.pk in (${sql.join([...conditions.destinationPks])})`;
    if (terms.some(isIndexedTerm)) {
      // All matches of the text index are sorted.
      return sql`select s.pk from segment s join destination d on d.pk = s.destination_pk
        where ${destinations} and ${this.contains(terms)} and ${filter} and ${within}
        order by ${SEARCH_ORDER} limit ${limit}`;
    }
    // Takes the first rows of each destination from its index, then the first of all of these.
    return sql`select s.pk from destination d
      cross join lateral (
        select s.* from segment s
        where s.destination_pk = d.pk and ${this.contains(terms)} and ${filter} and ${within}
        order by ${DESTINATION_ORDER} limit ${limit}
      ) s
      where ${destinations}
      order by ${SEARCH_ORDER} limit ${limit}`;
  }

  count({ destinationPks, terms, filter }: SearchConditions): RawBuilder<{ count: number }> {
    return sql`select count(*) as count from segment s
      where s.destination_pk in (${sql.join([...destinationPks])}) and ${this.contains(terms)} and ${filter}`;
  }

  /** PostgreSQL uses the text index for terms that are long enough. */
  contains(terms: readonly string[]): RawBuilder<SqlBool> {
    if (terms.length === 0) return sql`true`;
    return sql.join<SqlBool>(
      terms.map((term) => sql<SqlBool>`s.search_text like ${`%${term.replace(/[\\%_]/g, '\\$&')}%`}`),
      sql` and `,
    );
  }

  /** PostgreSQL takes longer to make JSON of the values than to send them. */
  async readMany<Row, Key extends keyof Row & string>(
    _db: Kysely<Tables>,
    query: RowQuery<Row>,
    _columns: readonly (keyof Row & string)[],
    key: Key,
  ): Promise<ManyRows<Row, Row[Key]>> {
    const rows = await query.execute();
    // Taken out of the result: V8 would copy them to the old part of its heap before it finds out that nobody needs them.
    const decode = (): Row[] => rows.splice(0);
    return { count: rows.length, last: rows.at(-1)?.[key] ?? null, decode };
  }

  packRows(rows: RawBuilder<unknown>): RawBuilder<{ json: string }> {
    return sql`select coalesce(json_agg(json_build_array(pk, status,
        case when name is null then -1 else octet_length(sort_key) - 1 end, search_text)), '[]')::text as json
      from (${rows}) as rows`;
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

  isRowLocked(error: unknown): boolean {
    return isRowLocked(error);
  }

  toStorageError(error: unknown): StorageError {
    return postgresStorageError(error);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#indexing;
    this.#tracker.close();
    this.#serverClock?.close();
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

const POOLED_BY_TRANSACTION =
  'a pooler in front of PostgreSQL pools by transaction, so that nothing can be listened for: the gateway asks every second what other gateways have changed; with pool_mode = session (PgBouncer) it is told at once';

/** Makes sure that the server can be used. @returns what is between the gateway and the server @throws StorageError */
async function inspectServer(servers: Servers): Promise<Pooling> {
  const clients: Client[] = [];
  const connect = async (): Promise<Client> => {
    const client = await servers.find(async () => {
      const made = new ServerClient(servers);
      try {
        await made.connect();
        await setUpSession(made, made.server, 'transaction', false);
        return made;
      } catch (error) {
        made.end().catch(() => undefined);
        throw error;
      }
    });
    clients.push(client);
    return client;
  };
  try {
    const client = await connect();
    await requireWritable(client, servers.current.name);
    return await detectPooling(client, connect);
  } catch (error) {
    throw isLoss(error) && !(error instanceof StorageError) ? new ConnectionLostError(error) : error;
  } finally {
    for (const client of clients) client.end().catch(() => undefined);
  }
}

/**
 * Migrates the schema, one process at a time. Leaves no lock in a session, which may be that of a pooler.
 *
 * @returns the steps that were applied, and whether indexes are still to be created
 */
async function prepareDatabase(
  pool: ConnectionPool,
  logger: Logger,
): Promise<{ migrated: readonly string[]; lacksIndexes: boolean }> {
  const db = kyselyOf(pool);
  try {
    await requireUnicode(db);
    const migrated = await migrate(db, 'postgres', logger);
    await ensureTextIndex(db, logger);
    return { migrated, lacksIndexes: await lacksIdentifierIndexes(db) };
  } finally {
    await db.destroy();
  }
}

/** Creates the indexes that are missing and that no migration creates. Never rejects. */
async function createIndexes(pool: ConnectionPool, logger: Logger, signal: AbortSignal): Promise<void> {
  const db = kyselyOf(pool, signal);
  try {
    await ensureIdentifierIndexes(db, logger, signal);
  } finally {
    await db.destroy().catch(() => undefined);
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
