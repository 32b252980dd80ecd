import { expect, it } from 'vitest';
import type { RevisionRequest } from '../../src/storage/index.js';
import { change, describeEngines, KEY, NOON, revision } from './support.js';

const ALL: RevisionRequest = { segmentId: null, since: null, first: 100, before: null };
const OTHER = { customerId: 'acme', destinationId: '315' };

describeEngines('revisions', (create) => {
  it('reads every field of a revision, newest first', async () => {
    const storage = await (await create()).open();
    const first = revision('1', NOON, { name: null, status: 'UNKNOWN' });
    const second = revision('1', NOON + 1, {
      kind: 'RENAMED',
      name: 'Ñandú 🪶',
      description: 'd',
      source: 'MANUAL',
      by: 'analyst',
    });
    await storage.write(KEY, 0, change({ revisions: [first, second] }));
    const page = await storage.revisions(KEY, ALL);
    expect(page.revisions).toEqual([
      { ...second, number: expect.any(Number) },
      { ...first, number: expect.any(Number) },
    ]);
    expect(page.revisions[0]!.number).toBeGreaterThan(page.revisions[1]!.number);
    expect(page).toMatchObject({ hasNextPage: false, totalCount: 2 });
  });

  it('pages through a history without gaps, also while it grows', async () => {
    const storage = await (await create()).open();
    const revisions = Array.from({ length: 25 }, (_, index) => revision(String(index % 3), NOON + index));
    await storage.write(KEY, 0, change({ revisions }));
    const seen: number[] = [];
    let before: number | null = null;
    for (;;) {
      const page = await storage.revisions(KEY, { ...ALL, first: 10, before });
      seen.push(...page.revisions.map(({ at }) => at - NOON));
      expect(page.totalCount).toBe(seen.length === 10 ? 25 : 26);
      if (seen.length === 10) await storage.write(KEY, 1, change({ revisions: [revision('9', NOON + 99)] }));
      if (!page.hasNextPage) break;
      before = page.revisions.at(-1)!.number;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 24 - index));
  });

  it('reads the history of one segment, since a time', async () => {
    const storage = await (await create()).open();
    const revisions = Array.from({ length: 12 }, (_, index) => revision(String(index % 3), NOON + index));
    await storage.write(KEY, 0, change({ revisions }));
    await storage.write(OTHER, 0, change({ revisions: [revision('1', NOON + 50)] }));
    const timesOf = async (request: Partial<RevisionRequest>): Promise<number[]> =>
      (await storage.revisions(KEY, { ...ALL, ...request })).revisions.map(({ at }) => at - NOON);
    expect(await timesOf({ segmentId: '1' })).toEqual([10, 7, 4, 1]);
    expect(await timesOf({ segmentId: '1', since: NOON + 7 })).toEqual([10, 7]);
    expect(await timesOf({ since: NOON + 9 })).toEqual([11, 10, 9]);
    expect(await timesOf({ segmentId: 'none' })).toEqual([]);
    const page = await storage.revisions(KEY, { ...ALL, segmentId: '1', since: NOON + 2, first: 2 });
    expect(page).toMatchObject({ hasNextPage: true, totalCount: 3 });
    const unknown = await storage.revisions({ customerId: 'x', destinationId: 'y' }, ALL);
    expect(unknown).toEqual({ revisions: [], hasNextPage: false, totalCount: 0 });
  });

  it('reads the revisions that were current at a time', async () => {
    const storage = await (await create()).open();
    const ids = Array.from({ length: 1_100 }, (_, index) => String(index));
    await storage.write(
      KEY,
      0,
      change({
        revisions: [
          ...ids.map((id) => revision(id, NOON, { name: 'first' })),
          ...ids.map((id) => revision(id, NOON + 10, { kind: 'RENAMED', name: 'second' })),
          revision('0', NOON + 10, { kind: 'RENAMED', name: 'third' }),
          revision('late', NOON + 20),
        ],
      }),
    );
    await storage.write(OTHER, 0, change({ revisions: [revision('0', NOON + 5, { name: 'elsewhere' })] }));
    const asked = [...ids, 'late', 'never'];
    expect((await storage.revisionsAt(KEY, asked, NOON - 1)).size).toBe(0);
    const early = await storage.revisionsAt(KEY, asked, NOON + 9);
    expect(early.size).toBe(1_100);
    expect(new Set([...early.values()].map(({ name }) => name))).toEqual(new Set(['first']));
    const later = await storage.revisionsAt(KEY, ['0', '1', 'late'], NOON + 10);
    expect([...later].map(([id, { name }]) => [id, name]).sort()).toEqual([
      ['0', 'third'],
      ['1', 'second'],
    ]);
    expect(later.get('1')).toEqual(revision('1', NOON + 10, { kind: 'RENAMED', name: 'second' }));
    expect((await storage.revisionsAt(KEY, [], NOON + 10)).size).toBe(0);
  });
});
