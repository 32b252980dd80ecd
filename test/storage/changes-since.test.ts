import { expect, it } from 'vitest';
import { PackedRevisions, PackedSegments, bitsOf } from '../../src/segments/index.js';
import type { RevisionPage, RevisionRequest, Storage } from '../../src/storage/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { begun } from '../support/waiting.js';
import { addDestination, addRows, createFirstSchema, revisionColumns, withRaw } from './first-schema.js';
import { change, describeEngines, KEY, NOON, revision, segment } from './support.js';

const ALL: RevisionRequest = { segmentId: null, since: null, first: 100, order: 'newest-first', after: null };
const NOTHING: RevisionPage = {
  revisions: [],
  hasPreviousPage: false,
  hasNextPage: false,
  totalCount: 0,
  completeSince: null,
};

const OTHER = { customerId: 'acme', destinationId: '315' };

function numbersOf({ revisions }: RevisionPage): number[] {
  return revisions.map(({ number }) => number);
}

describeEngines('changes since a time', (create) => {
  /** Stores three commits with four revisions each, one second after another. They were detected at noon. */
  async function threeCommits(): Promise<{ storage: Storage; clock: FakeClock }> {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    for (let generation = 0; generation < 3; generation++) {
      clock.advance(1_000);
      const revisions = ['a', 'b', 'c', 'a'].map((id) => revision(id, NOON));
      await storage.write(KEY, generation, change({ revisions }));
      await storage.write(OTHER, generation, change({ revisions: [revision('a', NOON)] }));
    }
    return { storage, clock };
  }

  it('are those of the commits that were stored then or later, whenever they were detected', async () => {
    const { storage } = await threeCommits();
    const since = async (ms: number, request: Partial<RevisionRequest> = {}): Promise<RevisionPage> =>
      storage.revisions(KEY, { ...ALL, since: NOON + ms, ...request });
    expect(numbersOf(await since(0))).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(numbersOf(await since(1_001))).toEqual([12, 11, 10, 9, 8, 7, 6, 5]);
    expect(numbersOf(await since(3_000))).toEqual([12, 11, 10, 9]);
    expect(await since(2_000, { first: 3 })).toMatchObject({ hasNextPage: true, totalCount: 8 });
    expect(await since(3_001)).toEqual(NOTHING);
    const ofOne = await since(2_000, { segmentId: 'a', first: 3 });
    expect(numbersOf(ofOne)).toEqual([12, 9, 8]);
    expect(ofOne).toMatchObject({ hasNextPage: true, totalCount: 4 });
    expect(numbersOf(await since(0, { segmentId: 'none' }))).toEqual([]);
    const unknown = await storage.revisions({ customerId: 'x', destinationId: 'y' }, { ...ALL, since: 0 });
    expect(unknown).toEqual(NOTHING);
  });

  it('are read in both orders, page by page', async () => {
    const { storage } = await threeCommits();
    const request = { ...ALL, since: NOON + 2_000, first: 3, order: 'oldest-first' } as const;
    const pages: number[][] = [];
    for (let after: number | null = null; ;) {
      const page = await storage.revisions(KEY, { ...request, after });
      expect(page).toMatchObject({ totalCount: 8, hasPreviousPage: after !== null });
      pages.push(numbersOf(page));
      after = page.revisions.at(-1)!.number;
      if (!page.hasNextPage) break;
    }
    expect(pages).toEqual([
      [5, 6, 7],
      [8, 9, 10],
      [11, 12],
    ]);
    expect(await storage.revisions(KEY, { ...request, after: 12 })).toEqual({
      ...NOTHING,
      hasPreviousPage: true,
      totalCount: 8,
    });
    const back = await storage.revisions(KEY, { ...request, order: 'newest-first', after: 7 });
    expect(numbersOf(back)).toEqual([6, 5]);
  });

  it('ascend in time where clocks and detections do not', async () => {
    const database = await create();
    const [early, late] = [new FakeClock(NOON), new FakeClock(NOON + 60_000)];
    const [a, b] = [await database.open(early), await database.open(late)];
    await b.write(KEY, 0, change({ revisions: [revision('1', NOON + 59_000)] }));
    await a.write(KEY, 1, change({ revisions: [revision('2', NOON - 5_000)] }));
    const segments = PackedSegments.of([segment('3')]);
    const kinds = Uint8Array.of(bitsOf(['CREATED']));
    const packed = new PackedRevisions(segments, kinds, { at: NOON, by: null }, [revision('4', NOON - 1)]);
    await a.write(KEY, 2, change({ revisions: packed }));
    await b.write(KEY, 3, change({ revisions: [revision('5', NOON + 61_000)] }));
    const { revisions } = await a.revisions(KEY, { ...ALL, order: 'oldest-first' });
    expect(revisions.map(({ segmentId, at }) => [segmentId, at - NOON])).toEqual([
      ['1', 59_000],
      ['2', 59_000],
      ['4', 59_000],
      ['3', 59_000],
      ['5', 61_000],
    ]);
    expect(numbersOf(await a.revisions(KEY, { ...ALL, since: NOON + 60_000 }))).toEqual([5, 4, 3, 2, 1]);
    expect(numbersOf(await a.revisions(KEY, { ...ALL, since: NOON + 60_001 }))).toEqual([5]);
    // A look into the past knows when they were detected.
    expect([...(await a.revisionsAt(KEY, ['2', '4'], NOON - 1)).revisions.keys()].sort()).toEqual(['2', '4']);
    expect((await a.revisionsAt(KEY, ['4'], NOON - 2)).revisions.size).toBe(0);
  });

  it('include those that gateways of earlier versions have written, before and meanwhile', async () => {
    const database = await create();
    const hour = 3_600_000;
    const times = [0, 10, 11, 5, 12, 20].map((hours) => NOON + hours * hour);
    await createFirstSchema(database.config, async (db) => {
      const destination = await addDestination(db, 'acme', '314', { generation: 3 });
      await addRows(
        db,
        'revision',
        times.map((at) => ({ ...revisionColumns(destination, 'old'), at })),
      );
    });
    const clock = new FakeClock(NOON + 30 * hour);
    const storage = await database.open(clock);
    await storage.write(KEY, 3, change({ revisions: [revision('new', NOON + 30 * hour)] }));
    await withRaw(database.config, async (db) => {
      const { pk } = await db.selectFrom('destination').select('pk').executeTakeFirstOrThrow();
      const row = { ...revisionColumns(pk as number, 'old'), at: NOON + 31 * hour };
      await addRows(db, 'revision', [row]);
    });
    clock.advance(2 * hour);
    await storage.write(KEY, 4, change({ revisions: [revision('new', NOON + 32 * hour)] }));
    const since = async (hours: number): Promise<number | undefined> =>
      (await storage.revisions(KEY, { ...ALL, since: NOON + hours * hour })).revisions.at(-1)?.number;
    expect(await Promise.all([0, 1, 10, 11, 12, 13, 20, 21].map(since))).toEqual([1, 2, 2, 3, 5, 6, 6, 7]);
    expect(await Promise.all([30, 30.5, 31, 31.5, 32, 32.5].map(since))).toEqual([7, 8, 8, 9, 9, undefined]);
  });

  it('are all seen, once each and in ascending order, while several gateways write', async () => {
    const database = await create();
    const [first, second, poller] = [await database.open(), await database.open(), await database.open()];
    const writersOf = 6;
    const commitsOf = 15;
    let written = 0;
    const write = async (storage: Storage, writer: number): Promise<void> => {
      for (let commit = 0; commit < commitsOf;) {
        const generation = (await storage.state(KEY))?.generation ?? 0;
        const revisions = ['a', 'b', 'c'].map((id) => revision(`${id} ${writer} ${commit}`, NOON - commit));
        if ((await storage.write(KEY, generation, change({ revisions }))) === null) continue;
        written += revisions.length;
        commit += 1;
      }
    };
    const seen: string[] = [];
    const numbers: number[] = [];
    let isWriting = true;
    const poll = async (): Promise<void> => {
      for (let after: number | null = null, isLast = false; ;) {
        const request = { ...ALL, first: 10, order: 'oldest-first', after } as const;
        const page = await poller.revisions(KEY, request);
        seen.push(...page.revisions.map(({ segmentId }) => segmentId));
        numbers.push(...numbersOf(page));
        // Everything in a page is of one moment.
        if (!page.hasNextPage) expect(page.totalCount).toBe(numbers.length);
        after = numbers.at(-1) ?? null;
        if (isLast && page.revisions.length === 0) return;
        isLast = !isWriting;
      }
    };
    const polling = begun(poll());
    await Promise.all(
      Array.from({ length: writersOf }, (_, writer) => write(writer % 2 === 0 ? first : second, writer)),
    );
    isWriting = false;
    await polling;
    expect(written).toBe(writersOf * commitsOf * 3);
    expect(numbers).toEqual(Array.from({ length: written }, (_, index) => index + 1));
    expect(new Set(seen).size).toBe(written);
  });
});
