import { expect, it } from 'vitest';
import type { SearchPosition, SearchRequest, SearchResult } from '../../src/storage/index.js';
import { begun } from '../support/waiting.js';
import {
  ALL,
  STATUSES,
  compare,
  expected,
  generate,
  haystackOf,
  type Generated,
  type Located,
} from './search-reference.js';
import { change, describeEngines, KEY, segment } from './support.js';

describeEngines('search', (create) => {
  async function filled(generated: Generated) {
    const storage = await (await create()).open();
    for (const key of generated.destinations) {
      const upserts = generated.segments
        .filter((s) => s.customerId === key.customerId && s.destinationId === key.destinationId)
        .map(({ customerId: _, destinationId: __, ...rest }) => rest);
      // Written in two steps, so that entries of the text index are updated and deleted.
      const outdated = upserts.map((s) => ({ ...s, name: 'outdated', alias: 'outdated' }));
      await storage.write(key, 0, change({ upserts: [...outdated, segment('gone', { name: 'outdated' })] }));
      await storage.write(key, 1, change({ upserts, removals: ['gone'] }));
    }
    return storage;
  }

  it('finds the same segments in the same order as a search in plain JavaScript', async () => {
    const generated = generate();
    const { segments, destinations, random, pick } = generated;
    const storage = await filled(generated);
    const partOf = (text: string): string => {
      const characters = Array.from(pick(text.split(/\s+/u).filter((word) => word !== '')));
      const start = Math.floor(random() * characters.length);
      return characters.slice(start, start + 1 + Math.floor(random() * 5)).join('');
    };
    for (let query = 0; query < 400; query++) {
      const source = haystackOf(pick(segments));
      const position = pick(segments);
      const request: SearchRequest = {
        terms: Array.from({ length: pick([0, 1, 1, 1, 2, 3]) }, () =>
          partOf(random() < 0.9 ? source : 'outdated'),
        ),
        destinations: random() < 0.5 ? destinations : destinations.filter(() => random() < 0.4),
        status: random() < 0.6 ? null : STATUSES.filter(() => random() < 0.5),
        after: random() < 0.4 ? null : random() < 0.8 ? position : { ...position, name: partOf(source) },
        first: pick([0, 1, 3, 10, 1_000]),
      };
      expect(await storage.search(request), JSON.stringify(request)).toEqual(expected(segments, request));
    }
  });

  it('pages through all segments, each one once', async () => {
    const generated = generate();
    const { segments, destinations } = generated;
    const storage = await filled(generated);
    const seen: Located[] = [];
    let after: SearchPosition | null = null;
    for (;;) {
      const page = await storage.search({ ...ALL, destinations, after, first: 17 });
      expect(page.hasPreviousPage).toBe(seen.length > 0);
      expect(page.totalCount).toBe(segments.length);
      seen.push(...page.segments);
      if (!page.hasNextPage) break;
      after = page.segments.at(-1)!;
    }
    expect(seen).toEqual([...segments].sort(compare).map((each) => ({ ...each, asOf: null })));
  });

  it('knows of a previous page with one segment, and of one whose last segment was deleted', async () => {
    const storage = await (await create()).open();
    await storage.write(
      KEY,
      0,
      change({ upserts: [segment('1', { name: 'a' }), segment('2', { name: 'c' })] }),
    );
    const after = async (name: string, id: string): Promise<SearchResult> =>
      storage.search({ ...ALL, destinations: [KEY], after: { name, id, ...KEY } });
    expect((await after('a', '1')).hasPreviousPage).toBe(true);
    expect((await after('b', '1')).hasPreviousPage).toBe(true);
    expect((await after('a', '0')).hasPreviousPage).toBe(false);
  });

  it('takes pattern characters and query syntax literally', async () => {
    const storage = await (await create()).open();
    const names = ['100% sure', '100x sure', 'a_b_c', 'axbxc', 'c:\\temp', '"AND" OR', 'x* NOT y'];
    await storage.write(KEY, 0, change({ upserts: names.map((name, id) => segment(String(id), { name })) }));
    const found = async (...terms: string[]) =>
      (await storage.search({ ...ALL, destinations: [KEY], terms })).segments.map(({ name }) => name);
    expect(await found('0% ')).toEqual(['100% sure']);
    expect(await found('100%')).toEqual(['100% sure']);
    expect(await found('a_b')).toEqual(['a_b_c']);
    expect(await found('_')).toEqual(['a_b_c']);
    expect(await found('c:\\temp')).toEqual(['c:\\temp']);
    expect(await found('\\')).toEqual(['c:\\temp']);
    expect(await found('"and"', 'or')).toEqual(['"AND" OR']);
    expect(await found('x*', 'not')).toEqual(['x* NOT y']);
    expect(await found('and or')).toEqual([]);
  });

  it('finds nothing in unknown destinations, nor in those that are not asked for', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const nothing = { segments: [], hasPreviousPage: false, hasNextPage: false, totalCount: 0 };
    expect(await storage.search({ ...ALL, destinations: [] })).toEqual(nothing);
    const stranger = { customerId: 'acme', destinationId: '315' };
    expect(await storage.search({ ...ALL, destinations: [stranger] })).toEqual(nothing);
    expect((await storage.search({ ...ALL, destinations: [stranger, KEY] })).totalCount).toBe(1);
    expect(await storage.search({ ...ALL, destinations: [KEY], status: [] })).toEqual(nothing);
  });

  it('gives each segment with the time of the listing that it comes from, also during a refresh', async () => {
    const database = await create();
    const [storage, writer] = [await database.open(), await database.open()];
    const other = { customerId: 'acme', destinationId: '315' };
    await writer.write(other, 0, change({ upserts: [segment('1', { name: 'z' })] }));
    const listing = (asOf: number) =>
      change({ upserts: [segment('1', { name: `listed at ${asOf}` })], state: { asOf } });
    await writer.write(KEY, 0, listing(1));
    const progress = { isWriting: true };
    const write = async (): Promise<void> => {
      for (let generation = 1; generation < 60; generation++) {
        await writer.write(KEY, generation, listing(generation + 1));
      }
      progress.isWriting = false;
    };
    const writing = begun(write());
    while (progress.isWriting) {
      const { segments } = await storage.search({ ...ALL, destinations: [KEY, other] });
      expect(segments[0]?.name).toBe(`listed at ${segments[0]?.asOf}`);
      expect(segments[1]).toMatchObject({ name: 'z', asOf: null });
    }
    await writing;
  });
});
