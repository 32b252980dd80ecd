import { expect, it } from 'vitest';
import { change, describeEngines, KEY, NOON, revision } from './support.js';

describeEngines('a destination that is being removed', (create) => {
  it('has no history that anyone else would remove', async () => {
    const storage = await (await create()).open();
    const revisions = ['1', '2', '3', '4'].map((id) => revision(id, NOON));
    await storage.write(KEY, 0, change({ revisions, state: { asOf: NOON } }));
    const future = Date.now() + 1_000_000_000_000;
    expect(await storage.destinationsWithHistoryBefore(future)).toEqual([KEY]);
    const { rest } = await storage.removeDestination(KEY, 2);
    expect(rest).not.toBeNull();
    expect(await storage.destinationsWithHistoryBefore(future)).toEqual([]);
  });
});
