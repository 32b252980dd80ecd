import { expect, it } from 'vitest';
import { PackedRevisions, PackedSegments, bitsOf } from '../../src/segments/index.js';
import { change, KEY, NOON, postgresDatabase, postgresServer, queryPostgres, segment } from './support.js';

const PAGE = { segmentId: null, since: null, order: 'newest-first', after: null } as const;

it.skipIf(postgresServer === null)(
  'a large import into a slow PostgreSQL dates its entries of the history at its commit, in several statements',
  { timeout: 60_000 },
  async () => {
    const database = await postgresDatabase();
    const { config } = database;
    if (config.engine !== 'postgres') throw new Error('not a server');
    const storage = await database.open();
    await queryPostgres(
      config.url,
      `create function slowly() returns trigger language plpgsql as
        $$ begin perform pg_sleep(1.5); return null; end $$;
      create trigger slowly before update on revision for each statement execute function slowly()`,
    );
    const upserts = PackedSegments.of(Array.from({ length: 11_000 }, (_, index) => segment(String(index))));
    const kinds = new Uint8Array(upserts.length).fill(bitsOf(['CREATED']));
    const counts = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };
    const record = { id: 'an import', by: 'Ann', fileName: null, mode: 'MERGE', counts } as const;
    await storage.write(
      KEY,
      0,
      change({
        upserts,
        revisions: new PackedRevisions(upserts, kinds, { at: NOON, by: 'Ann' }),
        import: { record, changes: [] },
      }),
    );
    const [last] = (await storage.revisions(KEY, { ...PAGE, first: 1 })).revisions;
    const [first] = (await storage.revisions(KEY, { ...PAGE, order: 'oldest-first', first: 1 })).revisions;
    expect(last?.at).toBe(first?.at);
    const { at } = (await storage.importById('an import'))!;
    expect(at - last!.at).toBeGreaterThanOrEqual(0);
    // Less than one of the statements takes.
    expect(at - last!.at).toBeLessThan(1_400);
  },
);
