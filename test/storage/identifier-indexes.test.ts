import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStorage, type Storage } from '../../src/storage/index.js';
import {
  change,
  KEY,
  postgresDatabase,
  postgresServer,
  queryPostgres,
  segment,
  silent,
  type TestDatabase,
} from './support.js';

const NAMES = [
  'segment_by_alias',
  'segment_by_id',
  'segment_by_sid',
  'segment_by_value',
  'segment_with_address',
];

function urlOf({ config }: TestDatabase): string {
  if (config.engine !== 'postgres') throw new Error('not a server');
  return config.url;
}

/** The indexes of identifiers that can be used. */
async function usable(database: TestDatabase): Promise<string[]> {
  const rows = await queryPostgres<{ name: string }>(
    urlOf(database),
    `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relname = any($1::text[]) and i.indisvalid order by 1`,
    [NAMES],
  );
  return rows.map(({ name }) => name);
}

async function dropIndexes(database: TestDatabase): Promise<void> {
  await queryPostgres(urlOf(database), `drop index ${NAMES.join(', ')}`);
}

/** A transaction of somebody else that has written a segment. @returns ends it */
async function writing(database: TestDatabase): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  let isOver = false as boolean;
  const end = async (): Promise<void> => {
    if (isOver) return;
    isOver = true;
    await client.query('rollback');
    await client.end();
  };
  onTestFinished(end);
  await client.query('begin');
  await client.query("update segment set name = 'changed'");
  return end;
}

async function serve({ config }: TestDatabase): Promise<Storage> {
  const storage = await openStorage(config, { logger: silent(), serving: true });
  onTestFinished(() => storage.close());
  return storage;
}

const findIn = async (storage: Storage): Promise<string[]> => {
  const { segments } = await storage.findByIdentifiers({
    destinations: [{ ...KEY, types: ['SID'] }],
    ids: [],
    texts: ['7'],
    values: [],
    separators: [],
    keys: [],
    limit: 10,
  });
  return segments.map(({ id }) => id);
};

describe.skipIf(postgresServer === null)('the indexes of identifiers in PostgreSQL', () => {
  async function stored(): Promise<TestDatabase> {
    const database = await postgresDatabase();
    const storage = await database.open();
    await storage.write(KEY, 0, change({ upserts: [segment('1', { sid: '7' })] }));
    expect(await usable(database)).toEqual(NAMES);
    await storage.close();
    return database;
  }

  it('are created beside a gateway that serves, while others write', async () => {
    const database = await stored();
    await dropIndexes(database);
    const endWriting = await writing(database);
    const storage = await serve(database);
    // The creation waits for the other writer. Nobody else does.
    await storage.write(KEY, 1, change({ upserts: [segment('2', { sid: '7' })] }));
    expect((await findIn(storage)).sort()).toEqual(['1', '2']);
    expect(await usable(database)).toEqual([]);
    await endWriting();
    await expect.poll(() => usable(database), { timeout: 20_000 }).toEqual(NAMES);
    expect((await findIn(storage)).sort()).toEqual(['1', '2']);
  });

  it('do not keep a gateway from stopping, and are created by the next start', async () => {
    const database = await stored();
    await dropIndexes(database);
    const endWriting = await writing(database);
    const storage = await serve(database);
    const invalid = (): Promise<unknown[]> =>
      queryPostgres(urlOf(database), 'select 1 from pg_index where not indisvalid');
    await expect.poll(invalid, { timeout: 20_000 }).toHaveLength(1);
    await storage.close();
    await endWriting();
    expect(await invalid()).toHaveLength(1);
    await (await database.open()).close();
    expect(await usable(database)).toEqual(NAMES);
    expect(await invalid()).toEqual([]);
  });

  it('are created once by gateways that start at the same time', async () => {
    const database = await stored();
    await dropIndexes(database);
    const storages = await Promise.all([serve(database), serve(database), serve(database)]);
    for (const storage of storages) expect(await findIn(storage)).toEqual(['1']);
    await expect.poll(() => usable(database), { timeout: 20_000 }).toEqual(NAMES);
  });

  it('are stood in for by the index of texts in searches', async () => {
    const database = await postgresDatabase();
    const storage = await database.open();
    const upserts = Array.from({ length: 12_000 }, (_, index) =>
      segment(`id ${index}`, { sid: String(index % 6_000) }),
    );
    await storage.write(KEY, 0, change({ upserts }));
    await dropIndexes(database);
    const uses = async (): Promise<number> => {
      const [row] = await queryPostgres<{ uses: string }>(
        urlOf(database),
        "select idx_scan as uses from pg_stat_user_indexes where indexrelname = 'segment_search_text'",
      );
      return Number(row?.uses);
    };
    expect(await uses()).toBe(0);
    const { segments } = await storage.search({
      ...{ destinations: [KEY], terms: ['4321'], identifier: '4321', status: null, after: null },
      // The page is full, so nothing but the identifier is looked for.
      ...{ first: 1, withTotal: false, withPrevious: false },
    });
    expect(segments).toMatchObject([{ sid: '4321', isExact: true }]);
    // PostgreSQL tells its statistics what a connection has done when that is used the next time.
    await expect
      .poll(async () => {
        await storage.ping();
        return await uses();
      })
      .toBeGreaterThan(0);
  });
});
