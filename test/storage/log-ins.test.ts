import { expect, it } from 'vitest';
import type { LogInState } from '../../src/storage/index.js';
import { describeEngines, NOON } from './support.js';

describeEngines('log-ins', (create) => {
  it('has no state of an account that was never tried', async () => {
    const storage = await (await create()).open();
    expect(await storage.logIn('acme')).toBeNull();
    await storage.clearLogIn('acme');
    expect(await storage.logIn('acme')).toBeNull();
  });

  it('counts rejections from attempt to attempt, for each account, also after reopening', async () => {
    const database = await create();
    const first = await database.open();
    expect(await first.claimLogIn('acme', null, NOON)).toBe(true);
    expect(await first.logIn('acme')).toEqual({
      rejections: 0,
      lastTryAt: NOON,
      isTrying: true,
      message: null,
    });
    await first.rejectLogIn('acme', NOON + 5, 'wrong\0 sécret');
    const rejected: LogInState = {
      rejections: 1,
      lastTryAt: NOON + 5,
      isTrying: false,
      message: 'wrong sécret',
    };
    expect(await first.logIn('acme')).toEqual(rejected);
    expect(await first.logIn('globex')).toBeNull();
    await first.close();
    const second = await database.open();
    expect(await second.logIn('acme')).toEqual(rejected);
    expect(await second.claimLogIn('acme', rejected, NOON + 60_000)).toBe(true);
    expect(await second.logIn('acme')).toEqual({ ...rejected, lastTryAt: NOON + 60_000, isTrying: true });
    await second.rejectLogIn('acme', NOON + 60_001, 'locked');
    expect(await second.logIn('acme')).toEqual({
      rejections: 2,
      lastTryAt: NOON + 60_001,
      isTrying: false,
      message: 'locked',
    });
  });

  it('counts a rejection whose attempt nobody has claimed', async () => {
    const storage = await (await create()).open();
    await storage.rejectLogIn('acme', NOON, 'wrong');
    expect(await storage.logIn('acme')).toEqual({
      rejections: 1,
      lastTryAt: NOON,
      isTrying: false,
      message: 'wrong',
    });
  });

  it('forgets the rejections of an account that has logged in, and no others', async () => {
    const storage = await (await create()).open();
    await storage.rejectLogIn('acme', NOON, 'wrong');
    await storage.rejectLogIn('globex', NOON, 'wrong');
    await storage.clearLogIn('acme');
    expect(await storage.logIn('acme')).toBeNull();
    expect(await storage.logIn('globex')).toMatchObject({ rejections: 1 });
  });

  it('refuses an attempt that is made for another state', async () => {
    const storage = await (await create()).open();
    const absent: LogInState = { rejections: 1, lastTryAt: NOON, isTrying: false, message: 'wrong' };
    expect(await storage.claimLogIn('acme', absent, NOON + 1)).toBe(false);
    expect(await storage.logIn('acme')).toBeNull();
    await storage.rejectLogIn('acme', NOON, 'wrong');
    for (const expected of [
      null,
      { ...absent, rejections: 0 },
      { ...absent, rejections: 2 },
      { ...absent, lastTryAt: NOON - 1 },
      { ...absent, isTrying: true },
    ]) {
      expect(await storage.claimLogIn('acme', expected, NOON + 1)).toBe(false);
    }
    expect(await storage.logIn('acme')).toEqual(absent);
  });

  it('lets one process take over an attempt that another one has left', async () => {
    const storage = await (await create()).open();
    await storage.claimLogIn('acme', null, NOON);
    const left = (await storage.logIn('acme'))!;
    expect(await storage.claimLogIn('acme', left, NOON)).toBe(false);
    expect(await storage.claimLogIn('acme', left, NOON + 60_000)).toBe(true);
    expect(await storage.claimLogIn('acme', left, NOON + 60_000)).toBe(false);
  });

  it('lets exactly one of ten processes try at once, from whichever state', async () => {
    const database = await create();
    const storages = await Promise.all([database.open(), database.open()]);
    for (let round = 0; round < 6; round++) {
      const expected = await storages[0].logIn('acme');
      const now = NOON + round * 1_000;
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, index) => storages[index % 2]!.claimLogIn('acme', expected, now)),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      // Every third attempt has no outcome.
      if (round % 3 !== 2) await storages[round % 2]!.rejectLogIn('acme', now + 1, 'wrong');
    }
    expect(await storages[0].logIn('acme')).toMatchObject({ rejections: 4 });
  });

  it('loses no rejection of two processes at once', async () => {
    const database = await create();
    const storages = await Promise.all([database.open(), database.open()]);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => storages[index % 2]!.rejectLogIn('acme', NOON, 'wrong')),
    );
    expect(await storages[0].logIn('acme')).toMatchObject({ rejections: 20 });
  });
});
