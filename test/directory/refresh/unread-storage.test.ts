import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inlineJoiner } from '../../../src/audience-manager/index.js';
import { inlineDiffer, setSegment } from '../../../src/directory/index.js';
import { StorageError, type Storage } from '../../../src/storage/index.js';
import {
  SECOND,
  allNames,
  hold,
  startDirectory,
  until,
  type DirectorySetUp,
  type TestDirectory,
} from '../../support/directory.js';

/** A storage that can be lost: while it is, it does not even respond to a ping. */
class LostStorage {
  isLost = false;
  pings = 0;

  readonly wrap = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (_, name) => {
        const value: unknown = Reflect.get(storage, name, storage);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (name === 'ping') this.pings += 1;
          if (!this.isLost) return Reflect.apply(value, storage, args);
          return name === 'ping' ? Promise.resolve(false) : Promise.reject(lost());
        };
      },
    });
}

const lost = (): StorageError => new StorageError('UNAVAILABLE', 'The connection was lost.');

const withoutAccess: DirectorySetUp = {
  setups: (setups) => setups.map((setup) => ({ ...setup, account: null })),
};

/** A directory that has nothing in memory, on a storage that is lost and has what `fill` has stored. */
async function startCold(
  setUp: DirectorySetUp,
  fill: (first: TestDirectory) => Promise<unknown>,
): Promise<TestDirectory & { readonly storage: LostStorage }> {
  const first = await startDirectory(setUp);
  await fill(first);
  await first.directory.stop();
  const storage = new LostStorage();
  const test = await startDirectory({
    ...setUp,
    storage: { engine: 'sqlite', path: first.file },
    wrap: storage.wrap,
  });
  storage.isLost = true;
  return { ...test, storage };
}

const listed = (): Promise<TestDirectory & { readonly storage: LostStorage }> =>
  startCold({}, async ({ at }) => at().refresh('schedule'));

const known = (): Promise<TestDirectory & { readonly storage: LostStorage }> =>
  startCold(withoutAccess, async ({ at, clock }) =>
    setSegment(at(), { id: '1', idType: 'MAPPING_ID', name: 'By hand' }, { by: 'Ann', at: clock.now() }),
  );

describe('a destination that is not in memory while the storage does not respond', () => {
  it('has its stored names as soon as the storage responds again, while the listing hangs', async () => {
    const { at, clock, simulator, storage } = await listed();
    const listing = hold(simulator);
    const asked = at().snapshot();
    await listing.arrival;
    storage.isLost = false;
    clock.advance(250);
    expect(allNames(await asked)).toEqual(['Alpha', 'Beta', 'Gamma']);
    listing.open();
  });

  it('has the names of the listing if that is there first', async () => {
    const { at, storage } = await listed();
    expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(storage.isLost).toBe(true);
  });

  it('has its stored names although the listing has failed, if the storage responds within lookupTimeout', async () => {
    const { at, clock, simulator, storage } = await listed();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    const asked = at().snapshot();
    await clock.timer((ms) => ms === 2 * SECOND);
    storage.isLost = false;
    clock.advance(SECOND);
    expect(allNames(await asked)).toEqual(['Alpha', 'Beta', 'Gamma']);
  });

  it('fails as the listing did if the storage does not respond within lookupTimeout either', async () => {
    const { at, clock, simulator } = await listed();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    const asked = at().snapshot();
    await clock.timer((ms) => ms === 2 * SECOND);
    clock.advance(2 * SECOND);
    await expect(asked).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
  });

  it('has the names given by hand when the storage responds again', async () => {
    const { at, clock, names, storage } = await known();
    const asked = names(at(), '1');
    await clock.timer((ms) => ms === 2 * SECOND);
    storage.isLost = false;
    clock.advance(SECOND);
    expect(await asked).toEqual(['By hand']);
  });

  it('says that the storage is the reason, and not that IDs are unknown, if all names are given by hand', async () => {
    const { at, clock, names, storage } = await known();
    const asked = names(at(), '1');
    await clock.timer((ms) => ms === 2 * SECOND);
    clock.advance(2 * SECOND);
    await expect(asked).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('Destination 314 of customer acme') as string,
    });
    storage.isLost = false;
    clock.advance(10 * SECOND);
    expect(await names(at(), '1')).toEqual(['By hand']);
  });

  it('is empty if nothing was ever stored of it', async () => {
    const { at, clock, names, storage } = await startCold(withoutAccess, () => Promise.resolve());
    const asked = names(at(), '1');
    await clock.timer((ms) => ms === 2 * SECOND);
    storage.isLost = false;
    clock.advance(SECOND);
    expect(await asked).toEqual([null]);
  });

  it('keeps the names given by hand if the storage responds again while a listing is put into memory', async () => {
    let isHolding = false;
    let isHeld = false;
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const background = {
      ...inlineJoiner,
      ...inlineDiffer,
      diff: async (...made: Parameters<typeof inlineDiffer.diff>) => {
        if (isHolding && !isHeld) {
          isHeld = true;
          await held;
        }
        return await inlineDiffer.diff(...made);
      },
    };
    const { at, clock, names, storage } = await startCold(
      { background },
      async ({ at: there, clock: then }) => {
        await there().refresh('schedule');
        await setSegment(
          there(),
          { id: '1', idType: 'MAPPING_ID', name: 'By hand' },
          { by: 'Ann', at: then.now() },
        );
      },
    );
    isHolding = true;
    const asked = names(at(), '1');
    await until(() => isHeld);
    storage.isLost = false;
    clock.advance(250);
    expect(await asked).toEqual(['By hand']);
    letGo();
    await at().settled();
    expect(await names(at(), '1')).toEqual(['By hand']);
    await until(() => at().isSaved);
    expect(await names(at(), '1')).toEqual(['By hand']);
  });

  it('lets nobody wait any more when the directory stops', async () => {
    const { at, clock, directory } = await known();
    const asked = at().snapshot();
    await clock.timer((ms) => ms === 2 * SECOND);
    await Promise.all([
      directory.stop(),
      expect(asked).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' }),
    ]);
  });
});

describe('a storage that does not respond', () => {
  it('is pinged soon at first, and then every five seconds', async () => {
    const { at, clock, storage } = await known();
    const asked = at()
      .snapshot()
      .catch(() => undefined);
    await clock.timer((ms) => ms === 2 * SECOND);
    const pingedAfter: number[] = [];
    for (let ms = 250; ms <= 18_000; ms += 250) {
      const { pings } = storage;
      clock.advance(250);
      await setImmediate();
      if (storage.pings > pings) pingedAfter.push(ms);
    }
    expect(pingedAfter).toEqual([250, 750, 1_750, 3_750, 7_750, 12_750, 17_750]);
    await asked;
  });
});
