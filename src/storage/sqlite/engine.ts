import { Kysely, sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import { systemClock, type Clock } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';
import { Changes } from '../changes.js';
import type { Engine, SearchConditions, SearchStretch } from '../engine.js';
import type { StorageError } from '../errors.js';
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
import { ChangePoll } from './change-poll.js';
import { WorkerDialect } from './dialect.js';
import { sqliteStartError, sqliteStorageError } from './errors.js';
import { WorkerSessions } from './sessions.js';

/** SQLite in a file, for one gateway and the commands run beside it. */
export class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  readonly #file: string;
  readonly #sessions: WorkerSessions;
  readonly #changes = new Changes();
  #poll: ChangePoll | undefined;

  private constructor(file: string, sessions: WorkerSessions) {
    this.#file = file;
    this.#sessions = sessions;
    this.reader = new Kysely({ dialect: new WorkerDialect(sessions, 'reader') });
    this.writer = new Kysely({ dialect: new WorkerDialect(sessions, 'writer') });
  }

  /**
   * Opens or creates the file and brings its schema up to date.
   *
   * @param file an absolute path
   * @throws StorageError
   */
  static async open(file: string, options: { logger: Logger; clock?: Clock }): Promise<SqliteEngine> {
    const sessions = new WorkerSessions(file, options.clock ?? systemClock, options.logger);
    const engine = new SqliteEngine(file, sessions);
    try {
      await sessions.current();
      await migrate(engine.writer, 'sqlite');
      const { clock = systemClock, logger } = options;
      engine.#poll = await ChangePoll.start({ db: engine.writer, changes: engine.#changes, clock, logger });
      return engine;
    } catch (error) {
      await engine.close().catch(() => undefined);
      throw sqliteStartError(error, file);
    }
  }

  page(conditions: SearchConditions, { within, limit }: SearchStretch): RawBuilder<SearchRow> {
    const { filter } = conditions;
    const match = matchExpression(conditions.terms);
    if (match !== null) {
      // What the text index finds is sorted; a cross join is one whose order the planner keeps.
      return sql`select ${SEARCH_COLUMNS} from segment_text
        cross join segment s on s.pk = segment_text.rowid
        cross join destination d on d.pk = s.destination_pk
        where segment_text match ${match} and d.pk in (${sql.join([...conditions.destinations])})
          and ${contains(conditions.terms)} and ${filter} and ${within}
        order by ${SEARCH_ORDER} limit ${limit}`;
    }
    // The first of each destination by its index, then the first of those.
    return sql`select ${SEARCH_COLUMNS} from destination d
      cross join segment s on s.pk in (
        select s.pk from segment s
        where s.destination_pk = d.pk and ${contains(conditions.terms)} and ${filter} and ${within}
        order by ${SEARCH_ORDER_WITHIN} limit ${limit}
      )
      where d.pk in (${sql.join([...conditions.destinations])})
      order by ${SEARCH_ORDER} limit ${limit}`;
  }

  count(conditions: SearchConditions): RawBuilder<{ count: number }> {
    const match = matchExpression(conditions.terms);
    const matching =
      match === null
        ? sql`segment s where`
        : sql`segment_text cross join segment s on s.pk = segment_text.rowid
          where segment_text match ${match} and`;
    return sql`select count(*) as count from ${matching}
      ${match === null ? sql`` : sql`+`}s.destination_pk in (${sql.join([...conditions.destinations])})
      and ${contains(conditions.terms)} and ${conditions.filter}`;
  }

  announce(_transaction: Transaction<Tables>, key: DestinationKey, generation: number): Promise<void> {
    this.#changes.announceOwn(key, generation);
    return Promise.resolve();
  }

  withdraw(key: DestinationKey, generation: number): void {
    this.#changes.withdrawOwn(key, generation);
  }

  onChange(listener: ChangeListener): void {
    this.#changes.listen(listener);
  }

  toStorageError(error: unknown): StorageError {
    return sqliteStorageError(error, this.#file);
  }

  async close(): Promise<void> {
    await this.#poll?.close();
    await Promise.all([this.reader.destroy(), this.writer.destroy()]);
    await this.#sessions.close();
  }
}

/** The FTS5 query for all terms that the index holds: each a string in quotes, so none of it is syntax. */
function matchExpression(terms: readonly string[]): string | null {
  const indexed = terms.filter(isIndexed);
  if (indexed.length === 0) return null;
  return indexed.map((term) => `"${term.replaceAll('"', '""')}"`).join(' ');
}

/** The shorter terms, looked for in each text. */
function contains(terms: readonly string[]): RawBuilder<SqlBool> {
  const short = terms.filter((term) => !isIndexed(term));
  if (short.length === 0) return sql`1 = 1`;
  return sql.join<SqlBool>(
    short.map((term) => sql<SqlBool>`instr(s.search_text, ${term}) > 0`),
    sql` and `,
  );
}

/** Counted in code points, as the index does. */
function isIndexed(term: string): boolean {
  return Array.from(term).length >= MIN_INDEXED_TERM_LENGTH;
}
