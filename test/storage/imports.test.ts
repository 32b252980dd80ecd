import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type {
  ImportedChange,
  ImportPage,
  Storage,
  StoredImport,
  StoredSegment,
} from '../../src/storage/index.js';
import { FakeClock } from '../support/fake-clock.js';
import { change, describeEngines, KEY, NOON, revision, segment } from './support.js';

const OTHER = { customerId: 'acme', destinationId: '315' };
const NONE = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };
const HOUR = 3_600_000;

type Layer = NonNullable<StoredSegment['manual']>;

function layer(name: string, fields: Partial<Layer> = {}): Layer {
  return { name, description: null, status: null, at: NOON, by: 'Ann', base: null, ...fields };
}

function record(fields: Partial<StoredImport> = {}): Omit<StoredImport, 'at' | 'undone'> {
  const counts = { ...NONE, created: 1 };
  return { id: randomUUID(), by: 'key:Ann', fileName: 'names.csv', mode: 'MERGE', counts, ...fields };
}

function created(segmentId: string): ImportedChange {
  return { segmentId, before: null, after: layer(`Name ${segmentId}`), isNew: true };
}

/** Stores an import that creates segments with these IDs. @returns its ID */
async function importSegments(
  storage: Storage,
  ids: readonly string[],
  { key = KEY, ...fields }: Partial<StoredImport> & { readonly key?: typeof KEY } = {},
): Promise<string> {
  const made = record(fields);
  const generation = (await storage.state(key))?.generation ?? 0;
  const written = await storage.write(
    key,
    generation,
    change({
      upserts: ids.map((id) => segment(id)),
      revisions: ids.map((id) => revision(id, NOON)),
      import: { record: made, changes: ids.map(created) },
    }),
  );
  expect(written).toBe(generation + 1);
  return made.id;
}

function idsOf({ imports }: ImportPage): string[] {
  return imports.map(({ id }) => id);
}

describeEngines('imports', (create) => {
  it('are stored with what they have changed, and are found by their ID', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    clock.advance(5);
    const counts = { created: 1, renamed: 2, updated: 3, unchanged: 4, removed: 5, rejected: 6, kept: 7 };
    const made = record({ counts, fileName: 'Namen\u0000 "Frühling".csv', mode: 'REPLACE' });
    const base = { name: 'Old', description: 'D', status: 'ACTIVE' } as const;
    const changes: ImportedChange[] = [
      {
        segmentId: 'b',
        before: layer('B', { base }),
        after: layer('B2', { base, status: 'INACTIVE' }),
        isNew: false,
      },
      { segmentId: 'é', before: layer('E'), after: null, isNew: false },
      created('a'),
    ];
    await storage.write(KEY, 0, change({ upserts: [segment('a')], import: { record: made, changes } }));
    const stored = { ...made, ...KEY, fileName: 'Namen "Frühling".csv', at: NOON + 5, undone: null };
    expect(await storage.importById(made.id)).toEqual(stored);
    expect(await storage.imports({ destinations: [OTHER, KEY], first: 5, after: null })).toEqual({
      imports: [stored],
      hasPreviousPage: false,
      hasNextPage: false,
      totalCount: 1,
    });
    const [first, second, third] = [changes[2], changes[0], changes[1]];
    expect(await storage.importChanges(made.id, { first: 2, after: null })).toEqual([first, second]);
    expect(await storage.importChanges(made.id, { first: 2, after: 'b' })).toEqual([third]);
    expect(await storage.importChanges(made.id, { first: 2, after: 'é' })).toEqual([]);
    expect(await storage.importById(randomUUID())).toBeNull();
    expect(await storage.importChanges(randomUUID(), { first: 2, after: null })).toEqual([]);
  });

  it('are listed page by page, newest first, of the destinations that are asked for only', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    const ids: string[] = [];
    for (let number = 0; number < 5; number++) {
      ids.unshift(await importSegments(storage, [String(number)], { key: number % 2 === 0 ? KEY : OTHER }));
      // Several in the same millisecond.
      if (number === 2) clock.advance(1);
    }
    const destinations = [KEY, OTHER];
    const first = await storage.imports({ destinations, first: 2, after: null });
    expect(first).toMatchObject({ hasPreviousPage: false, hasNextPage: true, totalCount: 5 });
    const second = await storage.imports({ destinations, first: 2, after: idsOf(first)[1]! });
    expect(second).toMatchObject({ hasPreviousPage: true, hasNextPage: true, totalCount: 5 });
    const third = await storage.imports({ destinations, first: 2, after: idsOf(second)[1]! });
    expect(third).toMatchObject({ hasPreviousPage: true, hasNextPage: false, totalCount: 5 });
    expect([...idsOf(first), ...idsOf(second), ...idsOf(third)]).toEqual(ids);
    const own = await storage.imports({ destinations: [OTHER], first: 5, after: null });
    expect(idsOf(own)).toEqual([ids[1], ids[3]]);
    expect(own.totalCount).toBe(2);
    // The import of another destination is no position here.
    expect(idsOf(await storage.imports({ destinations: [OTHER], first: 1, after: ids[0]! }))).toEqual([
      ids[1],
    ]);
    expect(await storage.imports({ destinations: [], first: 5, after: null })).toMatchObject({
      totalCount: 0,
    });
  });

  it('are not stored if the destination has changed meanwhile', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const made = record();
    const late = change({ upserts: [segment('2')], import: { record: made, changes: [created('2')] } });
    expect(await storage.write(KEY, 0, late)).toBeNull();
    expect(await storage.importById(made.id)).toBeNull();
  });

  it('are recorded even if they change nothing, which leaves the generation as it is', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    const made = record();
    expect(await storage.write(KEY, 1, change({ import: { record: made, changes: [] } }))).toBe(1);
    expect(await storage.importById(made.id)).toMatchObject({ id: made.id, undone: null });
  });

  it('are marked in the commit that takes them back, and keep what is not taken back', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    const id = await importSegments(storage, ['1', '2', '3']);
    const left = async (): Promise<string[]> =>
      (await storage.importChanges(id, { first: 10, after: null })).map(({ segmentId }) => segmentId);
    clock.advance(HOUR);
    const undoing = change({ removals: ['1'], undoes: { importId: id, by: 'key:Bea', segmentIds: ['1'] } });
    expect(await storage.write(KEY, 0, undoing)).toBeNull();
    expect(await storage.importById(id)).toMatchObject({ undone: null });
    expect(await left()).toEqual(['1', '2', '3']);
    expect(await storage.write(KEY, 1, undoing)).toBe(2);
    expect(await storage.importById(id)).toMatchObject({ undone: { at: NOON + HOUR, by: 'key:Bea' } });
    expect(await left()).toEqual(['2', '3']);
    clock.advance(HOUR);
    const rest = change({ removals: ['2', '3'], undoes: { importId: id, by: 'key:Cid', segmentIds: 'ALL' } });
    expect(await storage.write(KEY, 2, rest)).toBe(3);
    expect(await storage.importById(id)).toMatchObject({ undone: { at: NOON + 2 * HOUR, by: 'key:Cid' } });
    expect(await left()).toEqual([]);
  });

  it('of another destination are not marked', async () => {
    const storage = await (await create()).open();
    const id = await importSegments(storage, ['1']);
    await storage.write(OTHER, 0, change({ undoes: { importId: id, by: 'key:Bea', segmentIds: 'ALL' } }));
    expect(await storage.importById(id)).toMatchObject({ undone: null });
    expect(await storage.importChanges(id, { first: 10, after: null })).toHaveLength(1);
  });

  it('are forgotten with the history that is not kept, the oldest first', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    const ids: string[] = [];
    for (let number = 0; number < 3; number++) {
      ids.push(await importSegments(storage, [`${number}a`, `${number}b`, `${number}c`]));
      clock.advance(HOUR);
    }
    const before = NOON + 1.5 * HOUR;
    expect(await storage.destinationsWithHistoryBefore(NOON)).toEqual([]);
    expect(await storage.destinationsWithHistoryBefore(before)).toEqual([KEY]);
    let steps = 0;
    while (!(await storage.removeHistoryBefore(KEY, before, 2)).isDone) steps++;
    // Three steps for the revisions, and some for the imports: it is done in small steps.
    expect(steps).toBeGreaterThan(5);
    expect(await storage.destinationsWithHistoryBefore(before)).toEqual([]);
    expect(idsOf(await storage.imports({ destinations: [KEY], first: 5, after: null }))).toEqual([ids[2]]);
    expect(await storage.importById(ids[0]!)).toBeNull();
    expect(await storage.importChanges(ids[0]!, { first: 5, after: null })).toEqual([]);
    expect(await storage.importChanges(ids[2]!, { first: 5, after: null })).toHaveLength(3);
  });

  it('are not found any more once a part of what they have changed is forgotten', async () => {
    const clock = new FakeClock();
    const storage = await (await create()).open(clock);
    const id = await importSegments(storage, ['a', 'b', 'c', 'd', 'e']);
    clock.advance(60_000);
    const forget = (): Promise<{ isDone: boolean }> => storage.removeHistoryBefore(KEY, clock.now(), 2);
    // Nobody finds an import with less than all that it has changed.
    for (let isDone = false; !isDone;) {
      ({ isDone } = await forget());
      const changes = await storage.importChanges(id, { first: 9, after: null });
      const { imports, totalCount } = await storage.imports({ destinations: [KEY], first: 5, after: null });
      const count = (await storage.importById(id)) === null ? 0 : 1;
      expect([changes.length, imports.length, totalCount]).toEqual([5 * count, count, count]);
    }
    expect(await storage.importById(id)).toBeNull();
    expect(await storage.destinationsWithHistoryBefore(clock.now())).toEqual([]);
  });

  it('are removed with their destination, and are gone for all who ask with the first step', async () => {
    const storage = await (await create()).open();
    const segments = Array.from({ length: 7 }, (_, index) => String(index));
    const id = await importSegments(storage, segments);
    const other = await importSegments(storage, ['1'], { key: OTHER });
    let { rest } = await storage.removeDestination(KEY, 3);
    expect(await storage.importById(id)).toBeNull();
    expect(idsOf(await storage.imports({ destinations: [KEY, OTHER], first: 5, after: null }))).toEqual([
      other,
    ]);
    while (rest !== null) ({ rest } = await storage.removeDestination(rest, 3));
    expect(await storage.importChanges(id, { first: 5, after: null })).toEqual([]);
    expect(await storage.importById(other)).not.toBeNull();
  });

  it('date their entries of the history at their commit, not at their beginning', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    const slow = function* (): Generator<ImportedChange> {
      clock.advance(HOUR);
      yield created('1');
    };
    const changes = { [Symbol.iterator]: slow };
    const upserts = [segment('1')];
    const revisions = [revision('1', NOON)];
    await storage.write(KEY, 0, change({ upserts, revisions, import: { record: record(), changes } }));
    const page = { segmentId: null, first: 5, order: 'oldest-first', after: null } as const;
    const since = await storage.revisions(KEY, { ...page, since: NOON + HOUR });
    expect(since.revisions).toMatchObject([{ segmentId: '1', at: NOON + HOUR }]);
    // Who asks for what is new while the transaction is being committed, and then for what is new since, misses nothing.
    expect((await storage.revisions(KEY, { ...page, since: NOON + HOUR + 250 })).totalCount).toBe(1);
    expect((await storage.revisions(KEY, { ...page, since: NOON + HOUR + 251 })).totalCount).toBe(0);
    expect((await storage.revisionsAt(KEY, ['1'], NOON + HOUR - 1)).revisions.size).toBe(0);
    expect((await storage.revisionsAt(KEY, ['1'], NOON + HOUR)).revisions.size).toBe(1);
  });
});
