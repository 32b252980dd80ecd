import { expect, it } from 'vitest';
import { change, describeEngines, KEY, NOON, segment } from './support.js';

describeEngines('leases', (create) => {
  it('gives the lease to one owner until it expires', async () => {
    const storage = await (await create()).open();
    expect(await storage.claim(KEY, 'a', NOON, 1_000)).toBe(true);
    expect(await storage.claim(KEY, 'b', NOON + 999, 1_000)).toBe(false);
    expect(await storage.claim(KEY, 'b', NOON + 1_000, 1_000)).toBe(true);
    expect(await storage.claim(KEY, 'a', NOON + 1_001, 1_000)).toBe(false);
  });

  it('renews the lease of its owner', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    expect(await storage.claim(KEY, 'a', NOON + 500, 1_000)).toBe(true);
    expect(await storage.claim(KEY, 'b', NOON + 1_200, 1_000)).toBe(false);
  });

  it('releases a lease for its owner only', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    await storage.release(KEY, 'b');
    expect(await storage.claim(KEY, 'b', NOON, 1_000)).toBe(false);
    await storage.release(KEY, 'a');
    expect(await storage.claim(KEY, 'b', NOON, 1_000)).toBe(true);
  });

  it('has one lease per destination', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    expect(await storage.claim({ ...KEY, destinationId: '315' }, 'b', NOON, 1_000)).toBe(true);
    expect(await storage.claim({ ...KEY, customerId: 'globex' }, 'b', NOON, 1_000)).toBe(true);
  });

  it('gives the lease to exactly one of ten owners that claim it at once', async () => {
    const database = await create();
    const storages = await Promise.all([database.open(), database.open()]);
    for (let round = 0; round < 5; round++) {
      const now = NOON + round * 1_000;
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, owner) =>
          storages[owner % 2]!.claim(KEY, `${round}/${owner}`, now, 1_000),
        ),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
    }
  });

  it('creates no state, and does not block writes', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    expect(await storage.states()).toEqual([]);
    expect(await storage.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
    expect(await storage.claim(KEY, 'b', NOON, 1_000)).toBe(false);
  });
});
