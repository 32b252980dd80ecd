import { expect, it } from 'vitest';
import { PackedRevisions, PackedSegments, bitsOf } from '../../src/segments/index.js';
import type { Revision, Storage } from '../../src/storage/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { change, describeEngines, KEY, NOON, revision, segment } from './support.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = Math.floor(NOON / DAY);
const OTHER = { customerId: 'acme', destinationId: '315' };

/** The changes by day since a time, oldest first: the day before or after today, counts and growth. */
async function daysOf(storage: Storage, since: number): Promise<unknown[]> {
  const { days } = await storage.changesByDay(KEY, since);
  return [...days]
    .sort((a, b) => a.day - b.day)
    .map(({ day, counts, growth }) => [day - TODAY, Object.fromEntries(counts), growth]);
}

describeEngines('changes by day', (create) => {
  /** Stores commits, each at its time. */
  async function stored(
    ...commits: readonly { readonly at: number; readonly revisions: readonly Revision[] }[]
  ) {
    const clock = new FakeClock(NOON - 10 * DAY);
    const storage = await (await create()).open(clock);
    for (const [generation, { at, revisions }] of commits.entries()) {
      clock.advance(at - clock.now());
      const upserts =
        generation === 0 ? [segment('a'), segment('b'), segment('c', { status: 'DELETED' })] : [];
      await storage.write(KEY, generation, change({ upserts, revisions }));
    }
    return { storage, clock };
  }

  it('are counted by kind and by the day in UTC on which they were detected', async () => {
    const midnight = TODAY * DAY;
    const at = (time: number, kind: Revision['kind'], id = 'a', fields: Partial<Revision> = {}) => ({
      at: time,
      revisions: [revision(id, time, { kind, ...fields })],
    });
    const { storage } = await stored(
      at(midnight - DAY - 1, 'CREATED'),
      at(midnight - DAY, 'CREATED', 'b'),
      at(midnight - 1, 'RENAMED'),
      at(midnight - 1, 'RENAMED', 'b'),
      at(midnight, 'CREATED', 'c'),
      at(midnight + HOUR, 'REMOVED', 'c', { status: 'DELETED' }),
      at(midnight + HOUR, 'RESTORED', 'c'),
      at(midnight + HOUR, 'REMOVED', 'c', { status: 'DELETED' }),
      at(midnight + HOUR, 'DESCRIBED'),
      at(midnight + HOUR, 'STATUS_CHANGED'),
    );
    await storage.write(OTHER, 0, change({ revisions: [revision('a', midnight)] }));
    const today = [0, { CREATED: 1, REMOVED: 2, RESTORED: 1, DESCRIBED: 1, STATUS_CHANGED: 1 }, 0];
    const yesterday = [-1, { CREATED: 1, RENAMED: 2 }, 1];
    expect(await daysOf(storage, 0)).toEqual([[-2, { CREATED: 1 }, 1], yesterday, today]);
    expect(await daysOf(storage, midnight - DAY)).toEqual([yesterday, today]);
    expect(await daysOf(storage, midnight)).toEqual([today]);
    expect(await daysOf(storage, midnight + DAY)).toEqual([]);
    expect(await storage.changesByDay(KEY, 0)).toMatchObject({ segmentCount: 2, completeSince: null });
  });

  it('let a segment by hand that goes on under another ID count once', async () => {
    const manual = { source: 'MANUAL', by: 'Ann' } as const;
    const { storage } = await stored(
      { at: NOON - DAY, revisions: [revision('sid:1', NOON - DAY, manual)] },
      { at: NOON - HOUR, revisions: [revision('b', NOON - HOUR)] },
      // The listing has it by now: its beginning is repeated under the ID of the mapping.
      { at: NOON, revisions: [revision('1', NOON - DAY, manual), revision('1', NOON, { kind: 'RENAMED' })] },
    );
    expect(await daysOf(storage, 0)).toEqual([
      [-1, { CREATED: 1 }, 1],
      [0, { CREATED: 2, RENAMED: 1 }, 1],
    ]);
  });

  it('let it count once as well if nothing happened in between', async () => {
    const manual = { source: 'MANUAL', by: 'Ann' } as const;
    const begun = NOON - DAY;
    const { storage, clock } = await stored({ at: begun, revisions: [revision('sid:1', begun, manual)] });
    clock.advance(DAY);
    const upserts = PackedSegments.of([segment('1')]);
    const listing = new PackedRevisions(upserts, Uint8Array.of(bitsOf(['RENAMED'])), { at: NOON, by: null }, [
      revision('1', begun, manual),
    ]);
    await storage.write(KEY, 1, change({ upserts, revisions: listing }));
    expect(await daysOf(storage, 0)).toEqual([
      [-1, { CREATED: 2 }, 1],
      [0, { RENAMED: 1 }, 0],
    ]);
  });

  it('do not count a segment that was deleted when it was first seen', async () => {
    const { storage } = await stored({ at: NOON, revisions: [revision('c', NOON, { status: 'DELETED' })] });
    expect(await daysOf(storage, 0)).toEqual([[0, { CREATED: 1 }, 0]]);
  });

  it('say from when on they are complete', async () => {
    const { storage } = await stored(
      { at: NOON - 2 * DAY, revisions: [revision('a', NOON - 2 * DAY)] },
      { at: NOON - DAY, revisions: [revision('a', NOON - DAY, { kind: 'RENAMED' })] },
      { at: NOON, revisions: [revision('a', NOON, { kind: 'RENAMED' })] },
    );
    const before = NOON - HOUR;
    while (!(await storage.removeHistoryBefore(KEY, before, 100)).isDone);
    expect((await storage.changesByDay(KEY, 0)).completeSince).toBe(before);
    expect(await daysOf(storage, 0)).toEqual([
      [-1, { RENAMED: 1 }, 0],
      [0, { RENAMED: 1 }, 0],
    ]);
  });

  it('are none of a destination of which nothing is stored', async () => {
    const storage = await (await create()).open();
    expect(await storage.changesByDay(KEY, 0)).toEqual({ days: [], segmentCount: 0, completeSince: null });
  });
});
