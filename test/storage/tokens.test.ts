import { expect, it } from 'vitest';
import { describeEngines, NOON } from './support.js';

describeEngines('tokens', (create) => {
  it('loads a token until it expires, also after reopening', async () => {
    const database = await create();
    const first = await database.open();
    await first.saveToken('acme', 'sealed', NOON);
    await first.close();
    const second = await database.open();
    expect(await second.token('acme', NOON - 1)).toBe('sealed');
    expect(await second.token('acme', NOON)).toBeNull();
    expect(await second.token('globex', NOON - 1)).toBeNull();
  });

  it('replaces the token of an account', async () => {
    const storage = await (await create()).open();
    await storage.saveToken('acme', 'old', NOON);
    await storage.saveToken('acme', 'new', NOON + 10);
    await storage.saveToken('globex', 'other', NOON);
    expect(await storage.token('acme', NOON)).toBe('new');
  });
});
