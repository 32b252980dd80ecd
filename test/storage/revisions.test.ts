import { expect, it } from 'vitest';
import { PackedRevisions, PackedSegments, bitsOf } from '../../src/segments/index.js';
import type { RevisionRequest } from '../../src/storage/index.js';
import { change, codeOf, describeEngines, KEY, NOON, revision, segment } from './support.js';

const ALL: RevisionRequest = { segmentId: null, since: null, first: 100, order: 'newest-first', after: null };
const OTHER = { customerId: 'acme', destinationId: '315' };
const STRANGER = { customerId: 'globex', destinationId: '314' };

/** Two revisions of each of `count` segments, packed, behind one earlier revision. */
function packed(count: number, name: string): PackedRevisions {
  const segments = PackedSegments.of(Array.from({ length: count }, (_, id) => segment(String(id), { name })));
  const kinds = new Uint8Array(count).fill(bitsOf(['CREATED', 'RENAMED']));
  return new PackedRevisions(segments, kinds, { at: NOON, by: null }, [revision('earlier', NOON - 1)]);
}

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
      { ...second, number: 2 },
      { ...first, number: 1 },
    ]);
    expect(page).toMatchObject({ hasNextPage: false, totalCount: 2 });
  });

  it('pages through a history without gaps, also while it grows', async () => {
    const storage = await (await create()).open();
    const revisions = Array.from({ length: 25 }, (_, index) => revision(String(index % 3), NOON + index));
    await storage.write(KEY, 0, change({ revisions }));
    const seen: number[] = [];
    let after: number | null = null;
    for (;;) {
      const page = await storage.revisions(KEY, { ...ALL, first: 10, after });
      seen.push(...page.revisions.map(({ at }) => at - NOON));
      expect(page.totalCount).toBe(seen.length === 10 ? 25 : 26);
      if (seen.length === 10) await storage.write(KEY, 1, change({ revisions: [revision('9', NOON + 99)] }));
      if (!page.hasNextPage) break;
      after = page.revisions.at(-1)!.number;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 24 - index));
  });

  it('numbers the revisions of each destination 1, 2, 3 …, whatever happens to the others', async () => {
    const database = await create();
    const [storage, another] = [await database.open(), await database.open()];
    const writes = [
      [KEY, 0, [revision('a', NOON), revision('b', NOON)]],
      [STRANGER, 0, packed(260, 'first')],
      [KEY, 1, packed(130, 'second')],
      [OTHER, 0, [revision('a', NOON)]],
      [STRANGER, 1, [revision('c', NOON)]],
      [KEY, 2, [revision('a', NOON)]],
      [KEY, 3, packed(0, 'none')],
      [STRANGER, 2, packed(1, 'third')],
      [OTHER, 1, Array.from({ length: 230 }, (_, index) => revision(String(index), NOON))],
    ] as const;
    for (const [index, [key, generation, revisions]] of writes.entries()) {
      const writer = index % 2 === 0 ? storage : another;
      expect(await writer.write(key, generation, change({ revisions }))).toBe(generation + 1);
    }
    for (const key of [KEY, OTHER, STRANGER]) {
      const written = writes.filter(([other]) => other === key).flatMap(([, , revisions]) => [...revisions]);
      const { revisions } = await storage.revisions(key, { ...ALL, first: 2_000 });
      // The first of the packed ones was detected before those that are stored already.
      expect(revisions.toReversed()).toEqual(
        written.map((each, index) => ({ ...each, at: index === 0 ? each.at : NOON, number: index + 1 })),
      );
    }
  });

  it('numbers on where a change was rolled back', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ revisions: [revision('a', NOON)] }));
    const wrong = revision('b', NOON, { kind: 'WRONG' as 'CREATED' });
    expect(await codeOf(storage.write(KEY, 1, change({ revisions: [revision('b', NOON), wrong] })))).toBe(
      'UNAVAILABLE',
    );
    await storage.write(KEY, 1, change({ revisions: [revision('c', NOON)] }));
    const { revisions } = await storage.revisions(KEY, ALL);
    expect(revisions.map(({ segmentId, number }) => [segmentId, number])).toEqual([
      ['c', 2],
      ['a', 1],
    ]);
  });

  it('numbers without gaps or doubles while several processes write', async () => {
    const database = await create();
    const storages = await Promise.all([database.open(), database.open()]);
    const write = async (writer: number, key: typeof KEY): Promise<void> => {
      const storage = storages[writer % 2]!;
      for (let written: number | null = null; written === null;) {
        const generation = (await storage.state(key))?.generation ?? 0;
        written = await storage.write(key, generation, change({ revisions: packed(60, `by ${writer}`) }));
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer, writer < 4 ? KEY : STRANGER)));
    for (const key of [KEY, STRANGER]) {
      const { revisions } = await storages[0].revisions(key, { ...ALL, first: 1_000 });
      expect(revisions.map(({ number }) => number)).toEqual(
        Array.from({ length: 4 * 121 }, (_, index) => 4 * 121 - index),
      );
    }
  });

  it('reads one revision by its number', async () => {
    const storage = await (await create()).open();
    await storage.write(STRANGER, 0, change({ revisions: [revision('x', NOON), revision('y', NOON)] }));
    await storage.write(KEY, 0, change({ revisions: [revision('1', NOON), revision('2', NOON + 1)] }));
    await storage.write(STRANGER, 1, change({ revisions: [revision('z', NOON)] }));
    expect((await storage.revisionsByNumber(KEY, [2])).get(2)).toEqual({
      ...revision('2', NOON + 1),
      number: 2,
    });
    expect((await storage.revisionsByNumber(STRANGER, [3])).get(3)).toEqual({
      ...revision('z', NOON),
      number: 3,
    });
    expect((await storage.revisionsByNumber({ customerId: 'x', destinationId: 'y' }, [1])).size).toBe(0);
    for (const none of [3, 0, -1, 1.5, 2 ** 53 - 1, 1e30, Number.NaN]) {
      expect((await storage.revisionsByNumber(KEY, [none])).size, String(none)).toBe(0);
    }
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
    expect((await storage.revisionsAt(KEY, asked, NOON - 1)).revisions.size).toBe(0);
    const { revisions: early } = await storage.revisionsAt(KEY, asked, NOON + 9);
    expect(early.size).toBe(1_100);
    expect(new Set([...early.values()].map(({ name }) => name))).toEqual(new Set(['first']));
    const { revisions: later } = await storage.revisionsAt(KEY, ['0', '1', 'late'], NOON + 10);
    expect([...later].map(([id, { name }]) => [id, name]).sort()).toEqual([
      ['0', 'third'],
      ['1', 'second'],
    ]);
    expect(later.get('1')).toEqual(revision('1', NOON + 10, { kind: 'RENAMED', name: 'second' }));
    expect((await storage.revisionsAt(KEY, [], NOON + 10)).revisions.size).toBe(0);
  });
});
