import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, ReadKind } from '../../src/storage/engine.js';
import type { SearchRequest, Storage } from '../../src/storage/index.js';
import { PostgresEngine } from '../../src/storage/postgres/engine.js';
import { SqliteEngine } from '../../src/storage/sqlite/engine.js';
import { SqlStorage } from '../../src/storage/sql-storage.js';
import {
  change,
  codeOf,
  describeEngines,
  KEY,
  NOON,
  postgresDatabase,
  postgresServer,
  queryPostgres,
  revision,
  segment,
  silent,
  sqliteDatabase,
  type TestDatabase,
} from './support.js';

const SEARCH: SearchRequest = { terms: ['s'], destinations: [KEY], status: null, after: null, first: 10 };

const GONE = new Error('the caller is gone');

/** Every read, with a signal. */
const READS: Readonly<Record<string, (storage: Storage, signal: AbortSignal) => Promise<unknown>>> = {
  states: (storage, signal) => storage.states(signal),
  state: (storage, signal) => storage.state(KEY, signal),
  read: (storage, signal) => storage.read(KEY, signal),
  search: (storage, signal) => storage.search(SEARCH, signal),
  'search for an identifier': (storage, signal) => storage.search({ ...SEARCH, identifier: '1' }, signal),
  revisions: (storage, signal) =>
    storage.revisions(
      KEY,
      { segmentId: null, since: NOON, first: 1, order: 'newest-first', after: null },
      signal,
    ),
  histories: (storage, signal) =>
    storage.histories(KEY, { segmentIds: ['1', '2'], first: 1, after: null }, signal),
  revisionsByNumber: (storage, signal) => storage.revisionsByNumber(KEY, [1], signal),
  revisionsAt: (storage, signal) => storage.revisionsAt(KEY, ['1'], NOON, signal),
};

async function filled(storage: Storage): Promise<void> {
  const revisions = [revision('1', NOON), revision('2', NOON)];
  await storage.write(KEY, 0, change({ upserts: [segment('1'), segment('2')], revisions }));
}

describeEngines('a read whose caller is gone', (create) => {
  it('is not begun', async () => {
    const storage = await (await create()).open();
    await filled(storage);
    for (const [name, read] of Object.entries(READS)) {
      await expect(read(storage, AbortSignal.abort(GONE)), name).rejects.toBe(GONE);
    }
  });

  it('rejects with the reason at whatever moment that is, and leaves its connection usable', async () => {
    const storage = await (await create()).open(undefined, 2 ** 20);
    await filled(storage);
    // The texts are in memory as well, which are searched beside the database.
    await storage.search(SEARCH);
    await expect.poll(() => storage.searchMemory()?.destinations).toBe(1);
    for (const read of Object.values(READS)) {
      const expected = await read(storage, new AbortController().signal);
      for (let turns = 0; turns < 12; turns++) {
        const controller = new AbortController();
        const call = read(storage, controller.signal).catch((error: unknown) => error);
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        controller.abort(GONE);
        // It may have ended before.
        expect([GONE, expected]).toContainEqual(await call);
        expect(await read(storage, new AbortController().signal)).toEqual(expected);
      }
    }
  });
});

interface OpenEngine {
  readonly engine: Engine;
  /** Resolves when an endless statement is being executed. */
  readonly isExecuting: () => Promise<void>;
}

interface Engines {
  readonly name: string;
  readonly open: () => Promise<OpenEngine>;
  /** A statement that does not end by itself. */
  readonly endless: string;
  readonly kinds: readonly ReadKind[];
}

/** With one connection for reading. */
const ENGINES: readonly Engines[] = [
  {
    name: 'SQLite',
    open: async () => {
      const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
      // The thread has handed the statement to libsql when it answers the next one.
      return {
        engine,
        isExecuting: async () => {
          await sql`select 1`.execute(engine.reader('names'));
        },
      };
    },
    endless: 'with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c',
    // The statements for names and states are short, and are not interrupted.
    kinds: ['search', 'history'],
  },
  {
    name: 'PostgreSQL',
    open: async () => {
      const { config } = await postgresDatabase();
      if (config.engine !== 'postgres') throw new Error('not a server');
      const engine = await PostgresEngine.open({ ...config, poolSize: 1, logger: silent() });
      const executing =
        "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(3600)'";
      const isExecuting = async (): Promise<void> => {
        while ((await queryPostgres(config.url, executing)).length === 0);
      };
      return { engine, isExecuting };
    },
    endless: 'select pg_sleep(3600)',
    kinds: ['search', 'history', 'names'],
  },
];

function fileOf({ config }: TestDatabase): string {
  if (config.engine !== 'sqlite') throw new Error('not a file');
  return config.path;
}

for (const { name, open, endless, kinds } of ENGINES) {
  describe.skipIf(name === 'PostgreSQL' && postgresServer === null)(`a long statement in ${name}`, () => {
    async function opened(): Promise<OpenEngine & { readonly storage: Storage }> {
      const { engine, isExecuting } = await open();
      const storage = new SqlStorage(engine, { logger: silent() });
      onTestFinished(() => storage.close());
      await filled(storage);
      return { engine, isExecuting, storage };
    }

    /** Begins a statement that does not end by itself. */
    function begin(engine: Engine, kind: ReadKind): { end: () => Promise<void> } {
      const controller = new AbortController();
      const call = sql.raw(endless).execute(engine.reader(kind, controller.signal));
      return {
        end: async () => {
          controller.abort(GONE);
          await expect(call).rejects.toBe(GONE);
        },
      };
    }

    it('is interrupted when nobody waits for it any more', async () => {
      const { engine, isExecuting } = await opened();
      for (const kind of kinds) {
        const statement = begin(engine, kind);
        await isExecuting();
        await statement.end();
        await Promise.all(Array.from({ length: 20 }, () => begin(engine, kind).end()));
        expect((await sql`select 1 as one`.execute(engine.reader(kind))).rows).toEqual([{ one: 1 }]);
      }
    });

    it('does not delay those behind it whose callers are gone too', async () => {
      const { engine, storage } = await opened();
      const statement = begin(engine, 'search');
      const controllers = Array.from({ length: 20 }, () => new AbortController());
      const calls = controllers.map(({ signal }) => storage.search(SEARCH, signal));
      const live = storage.search(SEARCH);
      for (const controller of controllers) controller.abort(GONE);
      for (const call of calls) await expect(call).rejects.toBe(GONE);
      await statement.end();
      expect((await live).totalCount).toBe(2);
    });

    it('lets a hundred searches wait and refuses more', async () => {
      const { engine, storage } = await opened();
      const statement = begin(engine, 'search');
      const calls = Array.from({ length: 101 }, () => storage.search(SEARCH));
      expect(await codeOf(storage.search(SEARCH))).toBe('BUSY');
      await statement.end();
      for (const call of calls) expect((await call).totalCount).toBe(2);
    });
  });
}

describe('a search in SQLite', () => {
  it('delays neither names, nor histories, nor commits', async () => {
    const engine = await SqliteEngine.open(fileOf(await sqliteDatabase()), { logger: silent() });
    const storage = new SqlStorage(engine, { logger: silent() });
    await filled(storage);
    const controller = new AbortController();
    const statement = sql.raw(ENGINES[0]!.endless).execute(engine.reader('search', controller.signal));
    const others = Object.entries(READS).filter(([name]) => !name.startsWith('search'));
    for (const [, read] of others) await read(storage, new AbortController().signal);
    expect(await storage.write(KEY, 1, change({ upserts: [segment('3')] }))).toBe(2);
    controller.abort(GONE);
    await expect(statement).rejects.toBe(GONE);
    expect((await storage.search(SEARCH)).totalCount).toBe(3);
    await storage.close();
  });
});
