import { expect, it } from 'vitest';
import { change, describeEngines, KEY, NOON, segment } from './support.js';

describeEngines('leases', (create) => {
  it('gives a destination to one owner until the lease has run out', async () => {
    const storage = await (await create()).open();
    expect(await storage.claim(KEY, 'a', NOON, 1_000)).toBe(true);
    expect(await storage.claim(KEY, 'b', NOON + 999, 1_000)).toBe(false);
    expect(await storage.claim(KEY, 'b', NOON + 1_000, 1_000)).toBe(true);
    expect(await storage.claim(KEY, 'a', NOON + 1_001, 1_000)).toBe(false);
  });

  it('prolongs the lease of the owner who has it', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    expect(await storage.claim(KEY, 'a', NOON + 500, 1_000)).toBe(true);
    expect(await storage.claim(KEY, 'b', NOON + 1_200, 1_000)).toBe(false);
  });

  it('takes a lease back from its owner only', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    await storage.release(KEY, 'b');
    expect(await storage.claim(KEY, 'b', NOON, 1_000)).toBe(false);
    await storage.release(KEY, 'a');
    expect(await storage.claim(KEY, 'b', NOON, 1_000)).toBe(true);
  });

  it('leases each destination on its own', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    expect(await storage.claim({ ...KEY, destinationId: '315' }, 'b', NOON, 1_000)).toBe(true);
    expect(await storage.claim({ ...KEY, customerId: 'globex' }, 'b', NOON, 1_000)).toBe(true);
  });

  it('lets exactly one of ten owners through that try at once', async () => {
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

  it('is no state and no content', async () => {
    const storage = await (await create()).open();
    await storage.claim(KEY, 'a', NOON, 1_000);
    expect(await storage.states()).toEqual([]);
    expect(await storage.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
    expect(await storage.claim(KEY, 'b', NOON, 1_000)).toBe(false);
  });
});
