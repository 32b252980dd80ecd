import { expect, it } from 'vitest';
import { begun } from '../support/waiting.js';
import { change, describeEngines, KEY, NOON, revision } from './support.js';

const OTHER = { customerId: 'acme', destinationId: '315' };

describeEngines('the histories of many segments', (create) => {
  it('are the same as those of each segment on its own', async () => {
    const storage = await (await create()).open();
    const ids = Array.from({ length: 1_203 }, (_, index) => `segment ${index}`);
    const revisions = ids.flatMap((id, index) =>
      Array.from({ length: index % 4 }, (_, change) => revision(id, NOON + change, { name: `${change}` })),
    );
    await storage.write(KEY, 0, change({ revisions: [...revisions, ...revisions.slice(0, 40)] }));
    await storage.write(OTHER, 0, change({ revisions: revisions.slice(0, 100) }));
    const asked = [...ids, 'never', 'lone \ud800', ids[1]!];
    for (const [first, after] of [
      [0, null],
      [0, 1_000],
      [1, null],
      [2, 1_803],
      [50, null],
      [50, 3],
    ] as const) {
      const pages = await storage.histories(KEY, { segmentIds: asked, first, after });
      expect([...pages.keys()].sort()).toEqual([...new Set(asked)].sort());
      for (const segmentId of ['segment 1', 'segment 2', 'segment 3', 'segment 1202', 'never', 'segment 0']) {
        const request = { segmentId, since: null, first, order: 'newest-first', after } as const;
        expect(pages.get(segmentId)).toEqual(await storage.revisions(KEY, request));
      }
    }
    expect((await storage.histories(KEY, { segmentIds: [], first: 1, after: null })).size).toBe(0);
    const stranger = { customerId: 'x', destinationId: 'y' };
    expect(await storage.histories(stranger, { segmentIds: ['1'], first: 1, after: null })).toEqual(
      new Map([
        [
          '1',
          { revisions: [], hasPreviousPage: false, hasNextPage: false, totalCount: 0, completeSince: null },
        ],
      ]),
    );
  });

  it('counts and reads of one moment, whatever is written meanwhile', async () => {
    const database = await create();
    const [reader, writer] = [await database.open(), await database.open()];
    await writer.write(KEY, 0, change({ revisions: [revision('1', NOON)] }));
    const progress = { isWriting: true };
    const write = async (): Promise<void> => {
      for (let generation = 1; generation <= 60; generation++) {
        await writer.write(
          KEY,
          generation,
          change({ revisions: [revision('1', NOON), revision('2', NOON)] }),
        );
      }
      progress.isWriting = false;
    };
    const writing = begun(write());
    while (progress.isWriting) {
      const page = await reader.revisions(KEY, {
        segmentId: '1',
        since: null,
        first: 1_000,
        order: 'newest-first',
        after: null,
      });
      expect(page.revisions).toHaveLength(page.totalCount);
      const pages = await reader.histories(KEY, { segmentIds: ['1', '2'], first: 1_000, after: null });
      const [first, second] = [pages.get('1')!, pages.get('2')!];
      expect(first.revisions).toHaveLength(first.totalCount);
      expect(second.totalCount).toBe(first.totalCount - 1);
    }
    await writing;
  });
});
