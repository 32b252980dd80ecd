import { expect, it } from 'vitest';
import { change, codeOf, describeEngines, KEY, namesIn, segment } from './support.js';

describeEngines('opening', (create) => {
  it('works ten times at once on an empty database, with the same content for all', async () => {
    const database = await create();
    const storages = await Promise.all(Array.from({ length: 10 }, () => database.open()));
    await storages[0]!.write(KEY, 0, change({ upserts: [segment('1')] }));
    for (const storage of storages) expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
  });

  it('answers pings until it is closed, and refuses calls afterwards', async () => {
    const storage = await (await create()).open();
    expect(await storage.ping()).toBe(true);
    await storage.close();
    await storage.close();
    expect(await storage.ping()).toBe(false);
    expect(await codeOf(storage.states())).toBe('UNAVAILABLE');
    expect(await codeOf(storage.write(KEY, 0, change({})))).toBe('UNAVAILABLE');
  });

  it('waits for a write in flight before it closes', async () => {
    const database = await create();
    const storage = await database.open();
    const segments = Array.from({ length: 1_000 }, (_, id) => segment(String(id)));
    const writing = storage.write(KEY, 0, change({ upserts: segments }));
    await storage.close();
    expect(await writing).toBe(1);
    expect(Object.keys(await namesIn(await database.open()))).toHaveLength(1_000);
  });
});
