import { describe, expect, it } from 'vitest';
import { RefreshPriority } from '../../../src/audience-manager/index.js';
import { SaveTurns } from '../../../src/directory/storing/save-turns.js';

/** Work that ends when it is told to. */
class Work {
  hasBegun = false;
  #resolve = (): void => undefined;
  readonly #ended = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  readonly run = async (): Promise<void> => {
    this.hasBegun = true;
    await this.#ended;
  };

  async end(): Promise<void> {
    this.#resolve();
    await settled();
  }
}

/** What promises lead to by themselves. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

function begin(turns: SaveTurns, priority: RefreshPriority): Work {
  const work = new Work();
  void turns.save(priority, work.run);
  return work;
}

const scheduled = (): RefreshPriority => new RefreshPriority('scheduled');
const lookup = (): RefreshPriority => new RefreshPriority('lookup');

describe('listings that are stored', () => {
  it('are all stored at once if no lookup waits', async () => {
    const turns = new SaveTurns();
    const works = [
      begin(turns, scheduled()),
      begin(turns, new RefreshPriority('search')),
      begin(turns, scheduled()),
    ];
    await settled();
    expect(works.map(({ hasBegun }) => hasBegun)).toEqual([true, true, true]);
  });

  it('are stored one after the other while a lookup reads its listing, and at once for lookups', async () => {
    const turns = new SaveTurns();
    const reading = new Work();
    void turns.whileReading(lookup(), reading.run);
    const [first, second] = [begin(turns, scheduled()), begin(turns, scheduled())];
    const asked = [begin(turns, lookup()), begin(turns, lookup())];
    await settled();
    expect([first, second, ...asked].map(({ hasBegun }) => hasBegun)).toEqual([true, false, true, true]);

    await first.end();
    expect(second.hasBegun).toBe(true);
  });

  it('wait no longer when no lookup waits any more', async () => {
    const turns = new SaveTurns();
    const asked = begin(turns, lookup());
    const [first, second, third] = [
      begin(turns, scheduled()),
      begin(turns, scheduled()),
      begin(turns, scheduled()),
    ];
    await settled();
    expect([first, second, third].map(({ hasBegun }) => hasBegun)).toEqual([true, false, false]);

    await asked.end();
    expect([second, third].map(({ hasBegun }) => hasBegun)).toEqual([true, true]);
  });

  it('are stored at once when a lookup begins to wait for them', async () => {
    const turns = new SaveTurns();
    void turns.whileReading(lookup(), new Work().run);
    const priority = scheduled();
    begin(turns, scheduled());
    const [waiting, other] = [begin(turns, priority), begin(turns, scheduled())];
    await settled();
    expect(waiting.hasBegun).toBe(false);

    priority.raise('lookup');
    await settled();
    expect([waiting, other].map(({ hasBegun }) => hasBegun)).toEqual([true, false]);
  });

  it('give their turn away when they fail', async () => {
    const turns = new SaveTurns();
    void turns.whileReading(lookup(), new Work().run);
    const failing = turns.save(scheduled(), () => Promise.reject(new Error('no storage')));
    const next = begin(turns, scheduled());
    await expect(failing).rejects.toThrow('no storage');
    await settled();
    expect(next.hasBegun).toBe(true);
  });
});
