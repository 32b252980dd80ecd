import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { Revision, RevisionPage, RevisionRequest, Storage } from '../../src/storage/index.js';
import { HistoryKeeper } from '../../src/storage/history-keeper.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import { eventually } from '../support/waiting.js';
import { addDestination, addRows, createFirstSchema, revisionColumns } from './first-schema.js';
import { change, describeEngines, KEY, NOON, revision, segment } from './support.js';

const ALL: RevisionRequest = { segmentId: null, since: null, first: 100, order: 'oldest-first', after: null };
const OTHER = { customerId: 'acme', destinationId: '315' };
const SEGMENTS = ['a', 'b', 'c', 'd'];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Removes all that is stored before a time. @returns how much that was */
async function removeAll(storage: Storage, before: number, limit = 500, key = KEY): Promise<number> {
  let total = 0;
  for (let steps = 0; ; steps++) {
    if (steps > 1_000) throw new Error('it does not end');
    const { removed, isDone } = await storage.removeHistoryBefore(key, before, limit);
    total += removed;
    if (isDone) return total;
  }
}

function numbersOf({ revisions }: RevisionPage): number[] {
  return revisions.map(({ number }) => number);
}

/** One commit: how much later than the one before it is stored, how much earlier it was detected, and which segments. */
const COMMIT = fc.record({
  pause: fc.integer({ min: 0, max: 3 }),
  delay: fc.integer({ min: 0, max: 4 }),
  segments: fc.array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 5 }),
});

/** Everything that can be asked of the past from a time on. */
async function pastFrom(storage: Storage, from: number, to: number): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (let time = from; time <= to; time++) {
    const { revisions } = await storage.revisionsAt(KEY, SEGMENTS, time);
    answers.push([time, [...revisions].sort(([a], [b]) => (a < b ? -1 : 1))]);
    for (const order of ['oldest-first', 'newest-first'] as const) {
      const { completeSince: _, ...page } = await storage.revisions(KEY, {
        ...ALL,
        order,
        since: time,
        first: 3,
      });
      answers.push(page);
      const { completeSince: __, ...ofOne } = await storage.revisions(KEY, {
        ...ALL,
        order,
        since: time,
        segmentId: 'a',
      });
      answers.push(ofOne);
    }
  }
  return answers;
}

describeEngines('old history', (create) => {
  it('is removed without changing anything that is later', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(
      fc.array(COMMIT, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 6 }),
      async (commits, cuts, limit) => {
        const clock = new FakeClock(NOON);
        const storage = await (await create()).open(clock);
        const written: Revision[] = [];
        for (const [generation, { pause, delay, segments }] of commits.entries()) {
          clock.advance(pause);
          const revisions = segments.map((id, index) =>
            revision(id, clock.now() - delay, { kind: 'RENAMED', name: `${id} ${generation}.${index}` }),
          );
          written.push(...revisions);
          expect(await storage.write(KEY, generation, change({ revisions }))).toBe(generation + 1);
        }
        const end = clock.now() + 2;
        for (const cut of cuts.map((ms) => NOON + ms).sort((a, b) => a - b)) {
          const before = await pastFrom(storage, cut, end);
          const total = (await storage.revisions(KEY, ALL)).totalCount;
          const removed = await removeAll(storage, cut, limit);
          expect(await pastFrom(storage, cut, end)).toEqual(before);
          const left = await storage.revisions(KEY, ALL);
          expect(left.totalCount).toBe(total - removed);
          expect(left.revisions).toHaveLength(total - removed);
          expect(left.completeSince).toBe(removed > 0 ? cut : (left.completeSince ?? null));
          // The last of each segment is never removed.
          for (const id of new Set(written.map(({ segmentId }) => segmentId))) {
            expect(left.revisions.findLast(({ segmentId }) => segmentId === id)?.name).toBe(
              written.findLast(({ segmentId }) => segmentId === id)?.name,
            );
          }
        }
        // Numbers go on.
        await storage.write(KEY, commits.length, change({ revisions: [revision('a', end)] }));
        const { revisions } = await storage.revisions(KEY, { ...ALL, order: 'newest-first', first: 1 });
        expect(revisions[0]!.number).toBe(written.length + 1);
        await storage.close();
      },
    );
    await fc.assert(property, { numRuns: 15, seed: 5 });
  });

  it('leaves the last change of each segment before the time, and says from when on it is complete', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    for (let day = 0; day < 6; day++) {
      const ids = day < 3 ? ['a', 'b'] : ['a'];
      await storage.write(
        KEY,
        day,
        change({ revisions: ids.map((id) => revision(id, clock.now(), { name: `${id}${day}` })) }),
      );
      clock.advance(DAY);
    }
    const cut = NOON + 3.5 * DAY;
    expect(await storage.destinationsWithHistoryBefore(NOON)).toEqual([]);
    expect(await storage.destinationsWithHistoryBefore(cut)).toEqual([KEY]);
    expect(await removeAll(storage, cut)).toBe(5);
    expect(await storage.destinationsWithHistoryBefore(cut)).toEqual([]);
    const left = await storage.revisions(KEY, ALL);
    expect(left.revisions.map(({ name, number }) => [name, number])).toEqual([
      ['b2', 6],
      ['a3', 7],
      ['a4', 8],
      ['a5', 9],
    ]);
    expect(left).toMatchObject({ totalCount: 4, completeSince: cut });
    expect(await storage.revisions(KEY, { ...ALL, since: NOON })).toMatchObject({ totalCount: 4 });
    expect(await storage.revisions(KEY, { ...ALL, since: NOON, after: 6 })).toMatchObject({
      totalCount: 4,
      hasPreviousPage: true,
    });
    expect(numbersOf(await storage.revisions(KEY, { ...ALL, since: cut }))).toEqual([8, 9]);
    const histories = await storage.histories(KEY, { segmentIds: ['b'], first: 5, after: null });
    expect(histories.get('b')).toMatchObject({ totalCount: 1, completeSince: cut });
    const { revisions, completeSince } = await storage.revisionsAt(KEY, ['a', 'b'], cut);
    expect([...revisions.values()].map(({ name }) => name).sort()).toEqual(['a3', 'b2']);
    expect(completeSince).toBe(cut);
    expect((await storage.revisionsByNumber(KEY, [1, 9])).size).toBe(1);
  });

  it('says nothing of a removal where nothing was replaced', async () => {
    const storage = await (await create()).open(new FakeClock(NOON));
    await storage.write(KEY, 0, change({ revisions: [revision('a', NOON), revision('b', NOON)] }));
    expect(await removeAll(storage, NOON + DAY)).toBe(0);
    expect(await storage.revisions(KEY, ALL)).toMatchObject({ totalCount: 2, completeSince: null });
    expect(await storage.destinationsWithHistoryBefore(NOON + DAY)).toEqual([]);
    expect(await storage.removeHistoryBefore({ customerId: 'x', destinationId: 'y' }, NOON, 5)).toEqual({
      removed: 0,
      isDone: true,
    });
  });

  it('of a gateway of the first version is removed as well', async () => {
    const database = await create();
    await createFirstSchema(database.config, async (db) => {
      const pk = await addDestination(db, 'acme', '314');
      const rows = Array.from({ length: 9 }, (_, index) => ({
        ...revisionColumns(pk, index % 2 === 0 ? '1' : '2'),
        at: NOON + index * DAY,
      }));
      await addRows(db, 'revision', rows);
    });
    const storage = await database.open(new FakeClock(NOON + 10 * DAY));
    const cut = NOON + 5 * DAY;
    const before = numbersOf(await storage.revisions(KEY, { ...ALL, since: cut }));
    expect(before).toEqual([6, 7, 8, 9]);
    expect(await removeAll(storage, cut, 2)).toBe(3);
    expect(numbersOf(await storage.revisions(KEY, { ...ALL, since: cut }))).toEqual(before);
    expect(numbersOf(await storage.revisions(KEY, { ...ALL, since: NOON + 3.5 * DAY }))).toEqual([
      5,
      ...before,
    ]);
    expect(numbersOf(await storage.revisions(KEY, { ...ALL, since: NOON }))).toEqual([4, 5, ...before]);
  });
});

describeEngines('the keeper of the history', (create) => {
  it('removes what is older than the history that is to be kept, in one gateway at a time, and says so', async () => {
    const database = await create();
    const clock = new FakeClock(NOON);
    const [storage, another] = [await database.open(clock), await database.open(clock)];
    for (const key of [KEY, OTHER]) {
      for (let generation = 0; generation < 4; generation++) {
        const revisions = Array.from({ length: 700 }, (_, id) => revision(String(id), NOON + generation));
        await storage.write(key, generation, change({ upserts: [segment('1')], revisions }));
      }
    }
    clock.advance(10 * DAY);
    const log: Record<string, unknown>[] = [];
    const sink = { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) };
    const logger = createLogger({ redactor: new Redactor(), sink });
    let removed = 0;
    const keepers = [storage, another].map((each) => {
      const onRemoved = (count: number): void => void (removed += count);
      const keeper = new HistoryKeeper({
        storage: each,
        keepMs: 5 * DAY,
        clock,
        random: () => 0,
        logger,
        onRemoved,
      });
      keeper.start();
      onTestFinished(() => keeper.stop());
      return keeper;
    });
    clock.advance(60_000);
    await eventually(() => {
      if (clock.pending().includes(100)) clock.advance(100);
      return removed === 2 * 3 * 700 && log.length > 0;
    });
    expect(log).toMatchObject([
      { audit: 'removeHistory', outcome: 'ok', changes: 4_200, destinations: 2, msg: 'audit' },
    ]);
    expect((await storage.revisions(KEY, ALL)).totalCount).toBe(700);
    await Promise.all(keepers.map((keeper) => keeper.stop()));
  });

  it('removes nothing because of a clock that was set forward', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    const revisions = [revision('1', NOON), revision('1', NOON + 1), revision('1', NOON + 2)];
    await storage.write(KEY, 0, change({ upserts: [segment('1')], revisions }));
    const logger = createLogger({ redactor: new Redactor(), sink: { write: () => undefined } });
    const onRemoved = (count: number): void => {
      throw new Error(`${count} removed`);
    };
    const keeper = new HistoryKeeper({ storage, keepMs: DAY, clock, random: () => 0, logger, onRemoved });
    keeper.start();
    clock.setForward(400 * DAY);
    clock.advance(60_000);
    // The next run is scheduled when this one is over.
    await clock.timer((ms) => ms === 3_600_000);
    await keeper.stop();
    expect((await storage.revisions(KEY, ALL)).totalCount).toBe(3);
  });
});
