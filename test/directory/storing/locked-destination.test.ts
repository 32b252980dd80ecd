import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setSegment, type Destination } from '../../../src/directory/index.js';
import type { ContentChange, Storage } from '../../../src/storage/index.js';
import { postgresDatabase, postgresServer } from '../../storage/support.js';
import { startDirectory, until } from '../../support/directory.js';
import { importText } from '../../support/import-text.js';

const ANN = { by: 'Ann', at: 1 };

const rename = (at: Destination, name: string): Promise<unknown> =>
  setSegment(at, { idType: 'MAPPING_ID', id: '1', name }, ANN);

/** Replaces the method that writes content. */
function writingBy(
  storage: Storage,
  write: (written: () => Promise<number | null>, change: ContentChange) => Promise<number | null>,
): Storage {
  return new Proxy(storage, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'write') {
        return (...args: Parameters<Storage['write']>) => write(() => target.write(...args), args[2]);
      }
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function start(wrap?: (storage: Storage) => Storage) {
  const { config } = await postgresDatabase();
  if (config.engine !== 'postgres') throw new Error('not a server');
  const test = await startDirectory({ storage: config, ...(wrap && { wrap }) });
  await test.at().snapshot();
  await until(() => test.at().isSaved);
  return { ...test, url: config.url };
}

describe.skipIf(postgresServer === null)('a destination that is being imported', () => {
  it(
    'through another gateway fails its own changes only, and they say why',
    { timeout: 30_000 },
    async () => {
      const { at, url, directory, logs } = await start();
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      onTestFinished(() => other.end());
      await other.query('begin');
      await other.query(`select 1 from destination where destination_id = '314' for update`);
      await expect(rename(at(), 'Mine')).rejects.toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        message: expect.stringContaining(
          'because another change of the destination, such as a large import, is under way; try again later',
        ) as string,
      });
      expect(directory.storageAvailable).toBe(true);
      expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
      await other.query('commit');
      await rename(at(), 'Mine');
      expect(at().cached()?.find('1')?.name).toBe('Mine');
    },
  );

  it('through the same gateway lets its other changes wait in memory, and they succeed', async () => {
    const order: string[] = [];
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let database: Storage | undefined;
    const { at } = await start((storage) => {
      database = storage;
      return writingBy(storage, async (written, change) => {
        const what = change.import === undefined ? 'edit' : 'import';
        if (what === 'edit') return await written().finally(() => order.push(what));
        begin();
        await held;
        return await written().finally(() => order.push(what));
      });
    });
    order.length = 0;
    const rows = Array.from({ length: 1_200 }, (_, index) => `${index + 1_000},Imported ${index}\n`);
    const importing = importText(at(), `sid,name\n${rows.join('')}`, ANN);
    await begun;
    const renaming = rename(at(), 'Mine');
    // An edit that does not wait is written by then.
    for (let calls = 0; calls < 50; calls++) await database?.ping();
    expect(order).toEqual([]);
    goOn();
    expect(await importing).toMatchObject({ applied: true, created: 1_200 });
    await renaming;
    expect(order[0]).toBe('import');
    expect(order.at(-1)).toBe('edit');
    expect(at().cached()?.find('1')?.name).toBe('Mine');
    expect(at().cached()?.find('sid:1000')?.name).toBe('Imported 0');
  });
});
