import { realpathSync } from 'node:fs';
import { Kysely, sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import { systemClock, type Clock, type SteadyClock } from '../../base/clock.js';
import { Dates } from '../../base/dates.js';
import type { Logger } from '../../telemetry/logs.js';
import { ChangeTracker } from '../change-tracker.js';
import type { Engine, ManyRows, ReadKind, RowQuery } from '../engine.js';
import type { StorageError } from '../errors.js';
import { migrate } from '../migrate.js';
import { isNotShadowed } from '../overlay.js';
import {
  DESTINATION_ORDER,
  SEARCH_ORDER,
  isIndexedTerm,
  type PageRange,
  type SearchConditions,
} from '../search-query.js';
import { Semaphore, type Turns } from '../semaphore.js';
import type { SharedFile } from '../shared-file.js';
import type { Tables } from '../tables.js';
import type { ChangeListener } from '../types.js';
import type { Commit } from '../version.js';
import { ChangePoll } from './change-poll.js';
import { ThreadDialect } from './dialect.js';
import { isBusy, isDamage, sqliteStartError, sqliteStorageError } from './errors.js';
import { FileWatch } from './file-watch.js';
import { requireOwner } from './owner.js';
import { reserveFile } from './reserve-file.js';
import { ServeLock } from './serve-lock.js';
import type { ConnectionName } from './thread-protocol.js';
import { ThreadSupervisor } from './thread-supervisor.js';

const UPDATE_REMEDY =
  'this version has to update the tables of the file first, and a gateway of an older version would serve wrong names ' +
  'from them; nothing was changed. Stop that gateway, or update it to this version, then try again';

/** What an engine is opened with. */
interface SqliteEngineOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  /**
   * Whether a gateway is to be served from the file, which no other one may do then. With what its processes share, this
   * process is one of them. Default: `false`, for commands.
   */
  readonly serving?: boolean | SharedFile;
}

/** SQLite in a file, for one gateway and the commands that run beside it. */
export class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly writer: Kysely<Tables>;
  readonly clock: SteadyClock;
  /** There is one connection for searches. */
  readonly searchesAtOnce = 1;
  readonly largeWritesAtOnce = 1;
  readonly longWrites = new Semaphore(1);
  readonly #file: string;
  readonly #supervisor: ThreadSupervisor;
  readonly #tracker: ChangeTracker;
  readonly #readers: Readonly<Record<ReadKind, ConnectionUse>>;
  /** `null`: no other process of this gateway serves from the file. */
  readonly #shared: SharedFile | null;
  #migrated: readonly string[] = [];
  #poll: ChangePoll | undefined;
  #watch: FileWatch | undefined;
  #lock: ServeLock | undefined;

  private constructor(
    file: string,
    supervisor: ThreadSupervisor,
    tracker: ChangeTracker,
    clock: Clock,
    shared: SharedFile | null,
  ) {
    this.#file = file;
    this.#supervisor = supervisor;
    this.#tracker = tracker;
    this.clock = new Dates(clock);
    this.#shared = shared;
    this.writer = new ConnectionUse(supervisor, 'writer', shared?.writers).shared;
    this.#readers = {
      names: new ConnectionUse(supervisor, 'names'),
      history: new ConnectionUse(supervisor, 'history'),
      search: new ConnectionUse(supervisor, 'search'),
      packs: new ConnectionUse(supervisor, 'packs'),
    };
  }

  /**
   * Opens the file, or creates it, and migrates its schema.
   *
   * @param file absolute path
   * @throws StorageError
   */
  static async open(file: string, options: SqliteEngineOptions): Promise<SqliteEngine> {
    requireOwner(file);
    const { clock = systemClock, logger, serving = false } = options;
    const shared = typeof serving === 'boolean' ? null : serving;
    const supervisor = new ThreadSupervisor(file, clock, logger, shared?.identity);
    const tracker = new ChangeTracker(clock, logger);
    const engine = new SqliteEngine(file, supervisor, tracker, clock, shared);
    try {
      if (serving !== false) {
        engine.#lock =
          shared === null
            ? await reserveFile(file, clock.now(), waitsForUpdate(file, logger))
            : await ServeLock.take(realpathSync(file), clock.now(), { token: shared.token });
      }
      await supervisor.current();
      const { identity } = supervisor;
      engine.#watch = new FileWatch({ file, identity, clock, logger });
      engine.#migrated = await migrate(engine.writer, 'sqlite', logger, async (update) =>
        serving === false ? await updatedAlone(file, clock.now(), logger, update) : await update(),
      );
      engine.#poll = await ChangePoll.start({
        db: engine.writer,
        tracker: engine.#tracker,
        clock,
        logger,
        onError: (error) => void engine.toStorageError(error),
      });
      // At once, without the poll.
      shared?.onAnnounced((version) => tracker.observe(version));
      return engine;
    } catch (error) {
      await engine.close().catch(() => undefined);
      throw sqliteStartError(error, file);
    }
  }

  get now(): RawBuilder<number> {
    return sql`cast(${this.clock.now()} as bigint)`;
  }

  get threadIsUp(): boolean {
    return this.#supervisor.isUp;
  }

  reader(kind: ReadKind, signal?: AbortSignal): Kysely<Tables> {
    return this.#readers[kind].kysely(signal);
  }

  page(conditions: SearchConditions, { within, limit }: PageRange): RawBuilder<{ pk: number }> {
    const { terms, filter, hasOverlays } = conditions;
    // `h` has the rows, and `d` is the destination to which they belong.
    const destinations = sql`h.pk in (${sql.join([...conditions.destinationPks])})`;
    const owner = sql`cross join destination d on d.pk = coalesce(h.overlay_of, h.pk)`;
    const visible = hasOverlays ? isNotShadowed('s', 'h') : sql<SqlBool>`1 = 1`;
    const match = matchExpression(terms);
    const rest = this.contains(unindexed(terms));
    if (match !== null) {
      // All matches of the text index are sorted. SQLite's planner keeps the order of the tables in a cross
      // join.
      return sql`select s.pk from segment_text
        cross join segment s on s.pk = segment_text.rowid
        cross join destination h on h.pk = s.destination_pk
        ${owner}
        where segment_text match ${match} and ${destinations} and ${visible}
          and ${rest} and ${filter} and ${within}
        order by ${SEARCH_ORDER} limit ${limit}`;
    }
    // Takes the first rows of each destination from its index, then the first of all of these.
    return sql`select s.pk from destination h
      ${owner}
      cross join segment s on s.pk in (
        select s.pk from segment s
        where s.destination_pk = h.pk and ${visible} and ${rest} and ${filter} and ${within}
        order by ${DESTINATION_ORDER} limit ${limit}
      )
      where ${destinations}
      order by ${SEARCH_ORDER} limit ${limit}`;
  }

  count({ destinationPks, terms, filter, hasOverlays }: SearchConditions): RawBuilder<{ count: number }> {
    const match = matchExpression(terms);
    const rest = this.contains(unindexed(terms));
    // The + keeps SQLite from using the index on destination_pk instead of the text index.
    const source =
      match === null
        ? sql`segment s where s.destination_pk`
        : sql`segment_text cross join segment s on s.pk = segment_text.rowid
          where segment_text match ${match} and +s.destination_pk`;
    const visible = hasOverlays
      ? sql`exists (select 1 from destination h where h.pk = s.destination_pk and ${isNotShadowed('s', 'h')})`
      : sql`1 = 1`;
    return sql`select count(*) as count from ${source} in (${sql.join([...destinationPks])}) and ${visible}
      and ${rest} and ${filter}`;
  }

  contains(terms: readonly string[]): RawBuilder<SqlBool> {
    if (terms.length === 0) return sql`1 = 1`;
    return sql.join<SqlBool>(
      terms.map((term) => sql<SqlBool>`instr(s.search_text, ${term}) > 0`),
      sql` and `,
    );
  }

  /** As one text: libsql hands over each value by itself, and each is then copied to this thread. That takes twice as long. */
  async readMany<Row, Key extends keyof Row & string>(
    db: Kysely<Tables>,
    query: RowQuery<Row>,
    columns: readonly (keyof Row & string)[],
    key: Key,
  ): Promise<ManyRows<Row, Row[Key]>> {
    const lists = sql.join(columns.map((column) => sql`json_group_array(${sql.ref(column)})`));
    const { rows } = await sql<{ count: number; last: Row[Key] | null; json: string }>`
      select count(*) as count, max(${sql.ref(key)}) as last, json_array(${lists}) as json from (${query})`.execute(
      db,
    );
    const [{ count, last, json } = { count: 0, last: null, json: '[]' }] = rows;
    return { count, last, decode: () => rowsOf(columns, JSON.parse(json) as Row[keyof Row][][]) };
  }

  packRows(rows: RawBuilder<unknown>): RawBuilder<{ json: string }> {
    return sql`select json_group_array(json_array(pk, status,
        case when name is null then -1 else length(cast(sort_key as blob)) - 1 end, search_text)) as json
      from (${rows})`;
  }

  async requireWritable(): Promise<void> {
    await this.#watch?.checkNow();
    if (this.trouble !== null) throw this.trouble;
  }

  announce(_transaction: Transaction<Tables>, commit: Commit): Promise<void> {
    // Processes of other programs poll for the commit.
    this.#tracker.expectOwn(commit);
    return Promise.resolve();
  }

  confirm(commit: Commit): void {
    this.#tracker.confirmOwn(commit);
    this.#shared?.announce({ ...commit.key, ...commit.after });
  }

  retract(commit: Commit): void {
    this.#tracker.cancelOwn(commit);
  }

  onChange(listener: ChangeListener): void {
    this.#tracker.addListener(listener);
  }

  isConnectionLost(): boolean {
    return false;
  }

  isWriterBusy(error: unknown): boolean {
    return isBusy(error);
  }

  get migrated(): readonly string[] {
    return this.#migrated;
  }

  get trouble(): StorageError | null {
    return this.#watch?.trouble ?? null;
  }

  toStorageError(error: unknown): StorageError {
    const translated = sqliteStorageError(error, this.#file);
    if (isDamage(error)) this.#watch?.reportDamage(translated);
    else this.#watch?.checkSoon();
    return translated;
  }

  async close(): Promise<void> {
    try {
      this.#tracker.close();
      await this.#poll?.close();
      await this.#watch?.close();
      const readers = Object.values(this.#readers).map((reader) => reader.close());
      await Promise.all([...readers, this.writer.destroy()]);
      await this.#supervisor.close();
    } finally {
      this.#lock?.release();
    }
  }
}

/**
 * Updates the tables while no gateway serves from the file: one of an older version would go on with tables that it does not
 * understand, and serve wrong names. None can start meanwhile.
 *
 * @throws StorageError UNUSABLE if a gateway serves from the file
 */
async function updatedAlone(
  file: string,
  now: number,
  logger: Logger,
  update: () => Promise<unknown>,
): Promise<unknown> {
  const onWait = waitsForUpdate(file, logger);
  const lock = await ServeLock.take(realpathSync(file), now, {
    remedy: UPDATE_REMEDY,
    updating: true,
    onWait,
  });
  try {
    return await update();
  } finally {
    lock.release();
  }
}

function waitsForUpdate(file: string, logger: Logger): () => void {
  return () => logger.info({ file }, 'waits for another process, which updates the tables of the database');
}

/** What uses one connection of the SQLite thread, one query or transaction at a time. */
class ConnectionUse {
  /** For calls without a signal. */
  readonly shared: Kysely<Tables>;
  readonly #supervisor: ThreadSupervisor;
  readonly #connection: ConnectionName;
  readonly #turns: Turns;

  /** @param turns default: those of this process */
  constructor(supervisor: ThreadSupervisor, connection: ConnectionName, turns: Turns = new Semaphore(1)) {
    this.#turns = turns;
    this.#supervisor = supervisor;
    this.#connection = connection;
    this.shared = this.#create(undefined);
  }

  /** @param signal aborted when nobody waits for the results any more */
  kysely(signal: AbortSignal | undefined): Kysely<Tables> {
    return signal === undefined ? this.shared : this.#create(signal);
  }

  /** Waits for the query or transaction in flight. */
  async close(): Promise<void> {
    const release = await this.#turns.acquire();
    release();
    await this.shared.destroy();
  }

  #create(signal: AbortSignal | undefined): Kysely<Tables> {
    const [supervisor, connection, turns] = [this.#supervisor, this.#connection, this.#turns];
    return new Kysely({ dialect: new ThreadDialect({ supervisor, connection, turns, signal }) });
  }
}

/**
 * The FTS5 query for the terms that the text index holds; `null` if it holds none of them. Each term is
 * quoted, so that no part of it is taken for FTS5 syntax.
 */
function matchExpression(terms: readonly string[]): string | null {
  const indexed = terms.filter(isIndexedTerm);
  if (indexed.length === 0) return null;
  return indexed.map((term) => `"${term.replaceAll('"', '""')}"`).join(' ');
}

/** @param values a list for each column */
function rowsOf<Row>(
  columns: readonly (keyof Row & string)[],
  values: readonly (readonly Row[keyof Row][])[],
): Row[] {
  return Array.from(values[0] ?? [], (_, index) => {
    const row: Partial<Row> = {};
    for (let column = 0; column < columns.length; column += 1) {
      row[columns[column] as keyof Row] = values[column]?.[index];
    }
    return row as Row;
  });
}

/** The terms that are too short for the text index. */
function unindexed(terms: readonly string[]): string[] {
  return terms.filter((term) => !isIndexedTerm(term));
}
