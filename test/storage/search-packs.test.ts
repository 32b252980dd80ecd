import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { DestinationKey, SearchRequest, Storage } from '../../src/storage/index.js';
import { Destination } from '../../src/directory/destination.js';
import { searchSnapshots, Snapshot } from '../../src/directory/index.js';
import { PackedSegments } from '../../src/segments/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { withRaw } from './first-schema.js';
import { ALL, STATUSES, expected, generate, haystackOf, type Located } from './search-reference.js';
import { change, describeEngines, KEY, segment } from './support.js';

const MIB = 1_024 * 1_024;

/** Waits until the texts of so many destinations are in memory. */
async function untilPacked(storage: Storage, destinations: number): Promise<void> {
  await expect.poll(() => storage.searchMemory()?.destinations).toBe(destinations);
}

function withoutKey({ customerId: _, destinationId: __, ...rest }: Located) {
  return rest;
}

const isOf =
  (key: DestinationKey) =>
  (s: Located): boolean =>
    s.customerId === key.customerId && s.destinationId === key.destinationId;

/** What a search of a snapshot needs of its destination. */
function destinationOf({ customerId, destinationId }: DestinationKey): Destination {
  return Object.assign(Object.create(Destination.prototype) as Destination, {
    customerId,
    id: destinationId,
  });
}

/** The same search in snapshots. */
async function inMemory(all: readonly Located[], request: SearchRequest) {
  const places = request.destinations.map((key) => ({
    destination: destinationOf(key),
    snapshot: Snapshot.of(all.filter(isOf(key)).map(withoutKey), null),
  }));
  const { terms, identifier = null, status, first, after } = request;
  const { items, ...page } = await searchSnapshots(
    places,
    { text: terms.join(' '), identifier, status },
    first,
    after,
  );
  return {
    ...page,
    segments: items.map(({ segment: found, destination: { customerId, id }, asOf, isExact }) => ({
      ...found,
      customerId,
      destinationId: id,
      asOf,
      ...(isExact === true && { isExact }),
    })),
  };
}

describeEngines('a search of texts in memory', (create) => {
  it('finds what the database has, whatever is committed between two pages, as a search of snapshots does', async () => {
    const { segments, destinations, random, pick } = generate();
    const database = await create();
    const [storage, other] = [await database.open(undefined, MIB), await database.open()];
    const generations = new Map(destinations.map((key) => [key, 0]));
    let all: Located[] = [];
    const write = async (key: DestinationKey, upserts: Located[], removals: string[] = []) => {
      const generation = generations.get(key)!;
      await (random() < 0.5 ? storage : other).write(
        key,
        generation,
        change({ upserts: upserts.map(withoutKey), removals }),
      );
      generations.set(key, generation + 1);
      const gone = new Set([...removals, ...upserts.map(({ id }) => id)]);
      all = [...all.filter((s) => !isOf(key)(s) || !gone.has(s.id)), ...upserts];
    };
    for (const key of destinations) await write(key, segments.filter(isOf(key)));
    await storage.search({ ...ALL, destinations });
    await untilPacked(storage, destinations.length);
    const partOf = (text: string): string => {
      const characters = Array.from(pick(text.split(/\s+/u).filter((word) => word !== '')));
      const start = Math.floor(random() * characters.length);
      return characters.slice(start, start + 1 + Math.floor(random() * 5)).join('');
    };
    let before = null as SearchRequest | null;
    for (let query = 0; query < 150; query++) {
      if (random() < 0.15) {
        const key = pick(destinations);
        const [old, source] = [pick(all.filter(isOf(key))), pick(segments)];
        if (random() < 0.3) await write(key, [], [old.id]);
        else await write(key, [{ ...source, ...key, id: random() < 0.5 ? old.id : `new:${query}` }]);
      }
      const source = pick(all);
      const identifier =
        random() < 0.6 ? null : pick([source.id, source.sid, source.alias, source.value, 'none']);
      const { segments: last } = before === null ? { segments: [] } : expected(all, before);
      const isNextPage = before !== null && last.length > 0 && random() < 0.5;
      const request: SearchRequest = isNextPage
        ? { ...before!, after: last.at(-1)! }
        : {
            // What is looked for as an identifier is looked for as words as well.
            terms:
              identifier === null
                ? Array.from({ length: pick([0, 1, 1, 1, 2, 3]) }, () => partOf(haystackOf(source)))
                : [
                    ...new Set(
                      haystackOf({ ...source, id: identifier })
                        .split('\n')[3]!
                        .split(' '),
                    ),
                  ],
            identifier,
            destinations: random() < 0.5 ? destinations : destinations.filter(() => random() < 0.4),
            status: random() < 0.6 ? null : STATUSES.filter(() => random() < 0.5),
            after: random() < 0.6 ? null : { ...pick(all), ...(random() < 0.5 && { isExact: true }) },
            first: pick([0, 1, 3, 10, 1_000]),
            withTotal: random() < 0.5,
            withPrevious: random() < 0.5,
          };
      before = request;
      const found = expected(all, request);
      const what = JSON.stringify(request);
      expect(await storage.search(request), what).toEqual(found);
      expect(await other.search(request), what).toEqual(found);
      const whole = { ...request, withTotal: true, withPrevious: true };
      expect(await inMemory(all, whole), what).toEqual(expected(all, whole));
    }
  });

  it('reads no text in the database as long as the destination is stored as it was', async () => {
    const database = await create();
    const storage = await database.open(undefined, MIB);
    await storage.write(KEY, 0, change({ upserts: [segment('1', { name: 'Alpha' })] }));
    const search = async (term: string) =>
      (await storage.search({ ...ALL, destinations: [KEY], terms: [term] })).segments.map(({ name }) => name);
    expect(await search('al')).toEqual(['Alpha']);
    await untilPacked(storage, 1);
    await withRaw(database.config, (db) => sql`update segment set search_text = 'other'`.execute(db));
    expect(await search('al')).toEqual(['Alpha']);
    await storage.write(KEY, 1, change({ upserts: [segment('1', { name: 'Beta' })] }));
    expect(await search('al')).toEqual([]);
    expect(await search('be')).toEqual(['Beta']);
  });

  it('has the texts of a destination that was searched again as soon as it has changed', async () => {
    const database = await create();
    const [storage, other] = [await database.open(undefined, MIB), await database.open()];
    const search = () => storage.search({ ...ALL, destinations: [KEY] });
    const bytes = (): number | undefined => storage.searchMemory()?.bytes;
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    await search();
    await untilPacked(storage, 1);
    await search();
    const small = bytes()!;
    await other.write(KEY, 1, change({ upserts: [segment('1', { description: 'x'.repeat(1_000) })] }));
    // It is not made again before ten times as long as it took.
    await expect.poll(bytes, { timeout: 45_000 }).toBeGreaterThan(small + 900);
    // Nobody has searched since.
    await other.write(KEY, 2, change({ upserts: [segment('1')] }));
    await untilPacked(storage, 0);
  });

  it('keeps no more than fits, what was searched last first, and finds the rest in the database', async () => {
    const clock = new FakeClock();
    const database = await create();
    const storage = await database.open(clock, MIB / 2);
    const keys = ['1', '2'].map((destinationId) => ({ ...KEY, destinationId }));
    const [first, second] = keys as [DestinationKey, DestinationKey];
    const sizes = new Map([
      [first, 600],
      [second, 700],
    ]);
    for (const [key, length] of sizes) {
      const description = 'words'.padEnd(length, '.');
      const upserts = Array.from({ length: 500 }, (_, index) => segment(String(index), { description }));
      await storage.write(key, 0, change({ upserts }));
    }
    const count = async (...destinations: DestinationKey[]) =>
      (await storage.search({ ...ALL, destinations, terms: ['wo'], first: 1 })).totalCount;
    const bytes = (): number => storage.searchMemory()!.bytes;
    expect(await count(first)).toBe(500);
    await untilPacked(storage, 1);
    const small = bytes();
    clock.advance(60_000);
    expect(await count(second)).toBe(500);
    // There is room for one only.
    await expect.poll(bytes).toBeGreaterThan(small + 40_000);
    expect(bytes()).toBeLessThan(MIB / 2);
    expect(await count(...keys)).toBe(1_000);
    await withRaw(database.config, (db) => sql`update segment set search_text = 'other'`.execute(db));
    expect([await count(first), await count(second)]).toEqual([0, 500]);
    expect(await count(...keys)).toBe(500);
  });

  it('finds what a large import has changed at once, and while its rows are moved to their place', async () => {
    const storage = await (await create()).open(undefined, 8 * MIB);
    const named = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => segment(String(index), { name: `${name} ${index}` }));
    await storage.write(KEY, 0, change({ upserts: named(12_000, 'before') }));
    const count = async (term: string) =>
      (await storage.search({ ...ALL, destinations: [KEY], terms: [term], first: 0 })).totalCount;
    expect(await count('fo')).toBe(12_000);
    await untilPacked(storage, 1);
    await storage.write(KEY, 1, change({ upserts: PackedSegments.of(named(11_000, 'behind')) }));
    for (let search = 0; search < 20; search++) {
      expect(await count('fo')).toBe(1_000);
      expect(await count('hi')).toBe(11_000);
    }
    await expect.poll(() => count('hi').then(() => storage.searchMemory()?.destinations)).toBe(1);
    expect([await count('fo'), await count('hi')]).toEqual([1_000, 11_000]);
  });

  it('looks into no destination that it was not asked for', async () => {
    const storage = await (await create()).open(undefined, MIB);
    const other = { ...KEY, customerId: 'globex' };
    for (const key of [KEY, other]) await storage.write(key, 0, change({ upserts: [segment('1')] }));
    await storage.search({ ...ALL, destinations: [KEY, other] });
    await untilPacked(storage, 2);
    const request = { ...ALL, destinations: [KEY], terms: ['segment'], identifier: '1' };
    const { segments, totalCount } = await storage.search(request);
    expect([segments.map(({ customerId }) => customerId), totalCount]).toEqual([['acme'], 1]);
  });

  it('looks into the database if its thread ends while it looks for an identifier', async () => {
    const storage = await (await create()).open(undefined, MIB);
    await storage.write(KEY, 0, change({ upserts: [segment('1'), segment('2')] }));
    const search = () => storage.search({ ...ALL, destinations: [KEY], terms: ['segment'], identifier: '2' });
    const started = once(process, 'worker') as Promise<[Worker]>;
    const expected = await search();
    expect(expected.totalCount).toBe(2);
    const [thread] = await started;
    await untilPacked(storage, 1);
    const searching = search();
    await thread.terminate();
    expect(await searching).toEqual(expected);
  });

  it('goes on in another thread if its thread has ended, and it is told when there is none', async () => {
    const storage = await (await create()).open(undefined, MIB);
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const search = async () => await storage.search({ ...ALL, destinations: [KEY] });
    expect(storage.searchMemory()?.threadIsUp).toBe(true);
    const started = once(process, 'worker') as Promise<[Worker]>;
    await search();
    const [thread] = await started;
    await untilPacked(storage, 1);
    await thread.terminate();
    expect(storage.searchMemory()?.threadIsUp).toBe(false);
    expect((await search()).totalCount).toBe(1);
    await untilPacked(storage, 1);
    expect(storage.searchMemory()?.threadIsUp).toBe(true);
  });

  it('keeps its texts when nothing but the time of the listing has changed', async () => {
    const database = await create();
    const [storage, other] = [await database.open(undefined, MIB), await database.open()];
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    await storage.search({ ...ALL, destinations: [KEY] });
    await untilPacked(storage, 1);
    await storage.write(KEY, 1, change({ state: { asOf: 1 } }));
    expect(storage.searchMemory()!.destinations).toBe(1);
    const told = new Promise((resolve) => {
      storage.onChange((_, generation) => {
        resolve(generation);
        return Promise.resolve();
      });
    });
    await other.write(KEY, 1, change({ state: { asOf: 2 } }));
    expect(await told).toBe(1);
    expect(storage.searchMemory()!.destinations).toBe(1);
  });

  it('uses no texts of a commit that a failover has lost', async () => {
    const database = await create();
    const storage = await database.open(undefined, MIB);
    await storage.write(KEY, 0, change({ upserts: [segment('1', { name: 'Lost' })] }));
    const search = async (term: string) =>
      (await storage.search({ ...ALL, destinations: [KEY], terms: [term] })).totalCount;
    expect(await search('lo')).toBe(1);
    await untilPacked(storage, 1);
    await withRaw(database.config, async (db) => {
      await sql`update destination set last_commit = 'another'`.execute(db);
      await sql`update segment set search_text = 'kept'`.execute(db);
    });
    expect([await search('lo'), await search('ke')]).toEqual([0, 1]);
  });

  it('shows no segment of another destination, whatever the texts in memory say', async () => {
    const database = await create();
    const storage = await database.open(undefined, MIB);
    const hidden = { ...KEY, customerId: 'globex' };
    for (const key of [KEY, hidden]) {
      await storage.write(key, 0, change({ upserts: [segment(key.customerId)] }));
    }
    const search = async () => (await storage.search({ ...ALL, destinations: [KEY] })).segments;
    expect(await search()).toHaveLength(1);
    await untilPacked(storage, 1);
    await withRaw(database.config, (db) =>
      sql`update segment set destination_pk = (select pk from destination where customer_id = 'globex')`.execute(
        db,
      ),
    );
    expect(await search()).toEqual([]);
  });

  it('takes what more than 1,000 segments have for no identifier', async () => {
    const database = await create();
    const [storage, other] = [await database.open(undefined, MIB), await database.open()];
    const keys = [KEY, { ...KEY, customerId: 'globex' }];
    const all = Array.from({ length: 1_001 }, (_, index): Located => {
      const status = index === 500 ? 'DELETED' : 'ACTIVE';
      return { ...segment(String(index), { alias: 'Key', status }), ...keys[index % 2]! };
    });
    const named = { ...segment('named', { name: 'A key' }), ...KEY };
    for (const key of keys) {
      const upserts = [...all, named].filter(isOf(key)).map(withoutKey);
      await storage.write(key, 0, change({ upserts }));
    }
    await storage.search({ ...ALL, destinations: keys });
    await untilPacked(storage, 2);
    for (const status of [null, ['ACTIVE']] as const) {
      for (const after of [null, { ...all[7]!, isExact: true }, named]) {
        const request = {
          ...ALL,
          terms: ['key'],
          identifier: 'Key',
          destinations: keys,
          status,
          after,
          first: 3,
        };
        const found = expected([...all, named], request);
        expect(found.segments[0]?.isExact).toBe(status === null || after === named ? undefined : true);
        expect(await storage.search(request)).toEqual(found);
        expect(await other.search(request)).toEqual(found);
        expect(await inMemory([...all, named], request)).toEqual(found);
      }
    }
  });
});
