import { expect, it } from 'vitest';
import { setSegment } from '../../../src/directory/index.js';
import type { Storage } from '../../../src/storage/index.js';
import { describeEngines } from '../../storage/support.js';
import { MINUTE, SECOND, allNames, startDirectory } from '../../support/directory.js';
import { eventually } from '../../support/waiting.js';

/** How much further behind the clock of the second directory is after each refresh. */
const SKEW = 2 * SECOND;

/** Counts how often the segment rows of a destination are read from a storage. */
class ReadCounter {
  reads = 0;

  readonly wrap = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (_, name) => {
        const value: unknown = Reflect.get(storage, name, storage);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (name === 'read') this.reads += 1;
          return Reflect.apply(value, storage, args);
        };
      },
    });
}

describeEngines('a refresh by another process', (create) => {
  /** Two directories on one storage. The first one lists the destination, the second one has loaded it. */
  async function start() {
    const { config } = await create();
    const counter = new ReadCounter();
    const first = await startDirectory({ storage: config });
    const second = await startDirectory({ storage: config, wrap: counter.wrap });
    await first.at().refresh('schedule');
    await eventually(() => second.at().asOf === first.clock.now());
    const refresh = async (): Promise<number> => {
      first.clock.advance(MINUTE);
      second.clock.advance(MINUTE - SKEW);
      const { asOf } = await first.at().refresh('schedule');
      return asOf!;
    };
    return { first, second, counter, refresh };
  }

  it('that changes nothing moves asOf in memory without reading segments', async () => {
    const { first, second, counter, refresh } = await start();
    const loaded = await second.at().snapshot();
    const { reads } = counter;
    for (let round = 0; round < 2; round++) {
      const asOf = await refresh();
      expect(first.at().cached()?.generation).toBe(1);
      await eventually(() => second.at().cached()?.asOf === asOf);
      expect(second.at().asOf).toBe(asOf);
    }
    const { lastAttemptAt, segmentCount, lastSuccessAt } = first.at().sync();
    expect(second.at().sync()).toMatchObject({ lastAttemptAt, segmentCount, lastSuccessAt });
    expect(counter.reads).toBe(reads);
    expect(second.at().cached()?.segments).toBe(loaded.segments);
    expect(second.at().cached()?.generation).toBe(1);
    expect(second.simulator.listings()).toBe(0);
  });

  it('that changes nothing only moves the state of a destination that is not in memory', async () => {
    const { second, counter, refresh } = await start();
    const asOf = await refresh();
    await eventually(() => second.at().asOf === asOf);
    expect(second.at().cached()).toBeUndefined();
    expect(counter.reads).toBe(0);
  });

  it('that changes a name is read', async () => {
    const { first, second, counter, refresh } = await start();
    await second.at().snapshot();
    const { reads } = counter;
    first.simulator.destination('acme', 314).mappings[0]!.name = 'Aleph';
    const asOf = await refresh();
    await eventually(() => second.at().cached()?.asOf === asOf);
    expect(allNames(second.at().cached()!)).toEqual(['Aleph', 'Beta', 'Gamma']);
    expect(second.at().cached()?.generation).toBe(2);
    expect(counter.reads).toBe(reads + 1);
    const later = await refresh();
    await eventually(() => second.at().cached()?.asOf === later);
    expect(counter.reads).toBe(reads + 1);
  });

  it('that changes nothing is no conflict for a later change by hand', async () => {
    const { first, second, counter, refresh } = await start();
    await second.at().snapshot();
    const { reads } = counter;
    await refresh();
    const entry = { idType: 'MAPPING_ID', id: '2', name: 'By hand' } as const;
    const { snapshot } = (await setSegment(second.at(), entry, { by: 'Ann', at: 1 }))!;
    expect(snapshot.generation).toBe(2);
    expect(counter.reads).toBe(reads);
    await eventually(() => first.at().cached()?.generation === 2);
    expect(allNames(first.at().cached()!)).toEqual(['Alpha', 'By hand', 'Gamma']);
  });

  it('is not set back by an own listing of an earlier time', async () => {
    const { second, refresh } = await start();
    await second.at().snapshot();
    const asOf = await refresh();
    await eventually(() => second.at().cached()?.asOf === asOf);
    expect(second.clock.now()).toBeLessThan(asOf);
    await second.at().refresh('schedule');
    expect(second.at().cached()?.asOf).toBe(asOf);
    const later = await refresh();
    await eventually(() => second.at().cached()?.asOf === later);
  });
});
