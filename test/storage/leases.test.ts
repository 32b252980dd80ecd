import { expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.js';
import { change, describeEngines, KEY, NOON, segment } from './support.js';

describeEngines('leases', (create) => {
  it('gives the lease to one owner until it expires', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    expect(await storage.claim(KEY, 'a', 1_000)).toBe(true);
    clock.advance(999);
    expect(await storage.claim(KEY, 'b', 1_000)).toBe(false);
    clock.advance(1);
    expect(await storage.claim(KEY, 'b', 1_000)).toBe(true);
    clock.advance(1);
    expect(await storage.claim(KEY, 'a', 1_000)).toBe(false);
  });

  it('renews the lease of its owner', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    await storage.claim(KEY, 'a', 1_000);
    clock.advance(500);
    expect(await storage.claim(KEY, 'a', 1_000)).toBe(true);
    clock.advance(700);
    expect(await storage.claim(KEY, 'b', 1_000)).toBe(false);
  });

  it('goes by the time of the database, unless all agree on another clock', async () => {
    const database = await create();
    const storage = await database.open();
    expect(await storage.claim(KEY, 'a', 60_000)).toBe(true);
    expect(await storage.claim(KEY, 'b', 60_000)).toBe(false);
    expect(await storage.claim(KEY, 'a', -60_000)).toBe(true);
    expect(await storage.claim(KEY, 'b', 60_000)).toBe(true);
  });

  it('releases a lease for its owner only', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', 60_000);
    await storage.release(KEY, 'b');
    expect(await storage.claim(KEY, 'b', 60_000)).toBe(false);
    await storage.release(KEY, 'a');
    expect(await storage.claim(KEY, 'b', 60_000)).toBe(true);
  });

  it('has one lease per destination', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', 60_000);
    expect(await storage.claim({ ...KEY, destinationId: '315' }, 'b', 60_000)).toBe(true);
    expect(await storage.claim({ ...KEY, customerId: 'globex' }, 'b', 60_000)).toBe(true);
  });

  it('gives the lease to exactly one of ten owners that claim it at once', async () => {
    const clock = new FakeClock(NOON);
    const database = await create();
    const storages = await Promise.all([database.open(clock), database.open(clock)]);
    for (let round = 0; round < 5; round++) {
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, owner) => storages[owner % 2]!.claim(KEY, `${round}/${owner}`, 1_000)),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      clock.advance(1_000);
    }
  });

  it('creates no state, and does not block writes', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', 60_000);
    expect(await storage.states()).toEqual([]);
    expect(await storage.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
    expect(await storage.claim(KEY, 'b', 60_000)).toBe(false);
  });
});
