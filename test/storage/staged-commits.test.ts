import { randomUUID } from 'node:crypto';
import Database from 'libsql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PackedRevisions, PackedSegments, bitsOf } from '../../src/segments/index.js';
import { openStorage } from '../../src/storage/index.js';
import type {
  ContentChange,
  ImportedChange,
  Storage,
  StorageConfig,
  StoredSegment,
} from '../../src/storage/index.js';
import { OverlayKeeper } from '../../src/storage/overlay-keeper.js';
import { SqliteEngine } from '../../src/storage/sqlite/engine.js';
import { inspectDatabase } from '../../src/storage/sqlite/inspect.js';
import { StagedCommit, stagingTools } from '../../src/storage/staged-commit.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from '../support/fake-clock.js';
import { begun, eventually } from '../support/waiting.js';
import { change, describeEngines, KEY, NOON, segment, silent, sqliteDatabase } from './support.js';

const OTHER = { customerId: 'acme', destinationId: '315' };
const COUNTS = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0, rejected: 0, kept: 0 };

/** More than what is written in one transaction. */
const LARGE = 1_100;

/** A segment that was named by hand in a round. */
function named(id: string, round: number, at: number): StoredSegment {
  const name = `Shoes ${round} ${id}`;
  const manual = { name, description: null, status: null, at, by: 'Ann', base: null };
  return segment(id, { name, manual, source: 'MANUAL', confirmedAt: at });
}

interface LargeImport {
  readonly round: number;
  readonly ids: readonly string[];
  readonly removals?: readonly string[];
  readonly at?: number;
  readonly importId?: string;
}

function largeImport({
  round,
  ids,
  removals = [],
  at = NOON,
  importId = randomUUID(),
}: LargeImport): ContentChange {
  const upserts = PackedSegments.of(ids.map((id) => named(id, round, at)));
  const kinds = new Uint8Array(ids.length).fill(bitsOf([round === 0 ? 'CREATED' : 'RENAMED']));
  const counts = { ...COUNTS, created: ids.length };
  return change({
    upserts,
    removals,
    revisions: new PackedRevisions(upserts, kinds, { at, by: 'Ann' }),
    state: { segmentCount: ids.length },
    import: {
      record: { id: importId, by: 'Ann', fileName: 'names.csv', mode: 'MERGE', counts },
      changes: ids.map((segmentId) => {
        const { manual: after } = named(segmentId, round, at);
        return { segmentId, before: null, after, isNew: round === 0 };
      }),
    },
  });
}

function idsUpTo(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

const PAGE = { segmentId: null, since: null, first: 1_000, order: 'newest-first', after: null } as const;

/** Everything that readers can ask for. */
async function everything(storage: Storage, at: number): Promise<Record<string, unknown>> {
  const stored = await storage.read(KEY);
  const names = [...(stored?.segments ?? [])].map(({ id, name, confirmedAt }) => [id, name, confirmedAt]);
  const pages = [];
  for (let after = null as number | null, more = true; more;) {
    const page = await storage.revisions(KEY, { ...PAGE, after });
    pages.push(page);
    after = page.revisions.at(-1)?.number ?? null;
    more = page.hasNextPage;
  }
  const searches = [];
  for (const terms of [['shoes'], ['shoes', '7'], []]) {
    for (let after = null as Parameters<Storage['search']>[0]['after'], more = true; more;) {
      const request = { terms, destinations: [OTHER, KEY], status: null, after, first: 1_500 };
      const { segments, ...page } = await storage.search(request);
      searches.push({
        ...page,
        found: segments.map(({ id, name, destinationId }) => [id, name, destinationId]),
      });
      const last = segments.at(-1);
      after = last === undefined ? null : last;
      more = page.hasNextPage;
    }
  }
  const some = ['0', '7', '1050', 'gone', 'kept'];
  const identified = await storage.findByIdentifiers({
    destinations: [OTHER, KEY].map((key) => ({ ...key, types: [] })),
    ids: some,
    texts: [],
    values: [],
    separators: [],
    keys: [],
    limit: 100,
  });
  const byDay = await storage.changesByDay(KEY, NOON - 1);
  return {
    state: stored?.state,
    names: names.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    pages,
    since: await storage.revisions(KEY, { ...PAGE, since: at, first: 3 }),
    ofOne: await storage.revisions(KEY, { ...PAGE, segmentId: '7' }),
    searches,
    histories: [...(await storage.histories(KEY, { segmentIds: some, first: 2, after: null }))],
    before: [...(await storage.revisionsAt(KEY, some, at - 1)).revisions].sort(),
    then: [...(await storage.revisionsAt(KEY, some, at)).revisions].sort(),
    byNumber: [...(await storage.revisionsByNumber(KEY, [1, 2, 1_000, 1_200]))].sort(),
    contents: await storage.contents(KEY),
    states: await storage.states(),
    identified: identified.segments
      .map(({ id, name, destinationId }) => [id, name, destinationId].join(' '))
      .sort(),
    byDay: [byDay.segmentCount, byDay.days.map(({ counts, growth }) => [[...counts].sort(), growth])],
    imports: await storage.imports({ destinations: [KEY, OTHER], first: 10, after: null }),
  };
}

const connections = new Map<string, Database.Database>();

/** A connection of its own to the file, which waits for no other. Closed when the test ends. */
function rawConnection(config: StorageConfig): Database.Database {
  const path = config.engine === 'sqlite' ? config.path : '';
  const known = connections.get(path);
  if (known !== undefined) return known;
  const database = new Database(path);
  database.exec('pragma busy_timeout = 0');
  connections.set(path, database);
  onTestFinished(() => {
    connections.delete(path);
    database.close();
  });
  return database;
}

function rowsOf(config: StorageConfig, query: string): number[][] {
  return rawConnection(config).prepare(query).raw().all() as number[][];
}

function fileOf(config: StorageConfig): string {
  if (config.engine !== 'sqlite') throw new Error('not a file');
  return config.path;
}

/** How many destinations only have rows of large commits: those that lie over one, and those that nobody reads. */
function stagedIn(config: StorageConfig): { over: number; unread: number } {
  const rows = rowsOf(
    config,
    "select overlay_of is not null from destination where customer_id = '' and destination_id like 'staged %'",
  );
  const over = rows.filter(([isOver]) => isOver === 1).length;
  return { over, unread: rows.length - over };
}

/** Number of rows that belong to no destination that is read. */
function orphansIn(config: StorageConfig): number {
  const hidden = "(select pk from destination where customer_id = '')";
  const tables = ['segment', 'revision', 'file_import', 'revision_commit'];
  const counts = tables.map((table) => `(select count(*) from ${table} where destination_pk in ${hidden})`);
  const [row] = rowsOf(
    config,
    `select ${counts.join(' + ')} + (select count(*) from shadowed_segment)
      + (select count(*) from import_change where import_pk not in (select pk from file_import))`,
  );
  return row![0]!;
}

/** Number of rows that are not at their place yet, and of destinations that have them. */
function leftIn(config: StorageConfig): number {
  return orphansIn(config) + stagedIn(config).over;
}

/** Does something while nobody else writes to the file. */
async function whileLocked<T>(config: StorageConfig, work: () => Promise<T>): Promise<T> {
  const database = rawConnection(config);
  await eventually(() => {
    try {
      database.exec('begin immediate');
      return true;
    } catch {
      return false;
    }
  });
  try {
    return await work();
  } finally {
    database.exec('commit');
  }
}

describe('a large import into SQLite', () => {
  it('is one change for readers, whatever of it is already at its place', { timeout: 120_000 }, async () => {
    const database = await sqliteDatabase();
    const clock = new FakeClock(NOON);
    const writer = await database.open(clock);
    // It only reads: its time stands still.
    const reader = await database.open(new FakeClock(NOON));
    const first = [
      named('gone', 0, NOON),
      named('kept', 0, NOON),
      ...idsUpTo(200).map((id) => named(id, 0, NOON)),
    ];
    const revisions = new PackedRevisions(
      PackedSegments.of(first),
      new Uint8Array(first.length).fill(bitsOf(['CREATED'])),
      { at: NOON, by: 'Ann' },
    );
    await writer.write(KEY, 0, change({ upserts: first, revisions, state: { segmentCount: 3 } }));
    // The same names and IDs elsewhere, which are in order by their destination.
    const same = idsUpTo(900).map((id) => named(id, 1, NOON));
    await writer.write(OTHER, 0, change({ upserts: same }));
    clock.advance(60_000);
    const at = clock.now();
    const before = await everything(reader, at);
    const ids = idsUpTo(LARGE);
    const removals = ['gone'];
    const seen: [over: number, answers: Record<string, unknown>][] = [];
    let isOver = false as boolean;
    const writing = begun(
      writer.write(KEY, 1, largeImport({ round: 1, ids, removals, at: NOON + 1_000 })).finally(() => {
        isOver = true;
      }),
    );
    const observing = begun(
      (async () => {
        while (!isOver) {
          const began = await reader.state(KEY);
          const answers = await everything(reader, at);
          // The answers are of one moment only if nothing was committed between them.
          if (began?.generation === (await reader.state(KEY))?.generation) seen.push([0, answers]);
        }
      })(),
    );
    expect(await writing).toBe(2);
    for (let left = leftIn(database.config); left > 0;) {
      await whileLocked(database.config, async () => {
        left = leftIn(database.config);
        if (left > 0) seen.push([1, await everything(reader, at)]);
      });
      // Until something more is moved.
      await eventually(() => {
        clock.advance(1_000);
        return left === 0 || leftIn(database.config) < left;
      });
    }
    await observing;
    const after = await everything(reader, at);
    expect(after['names']).toHaveLength(LARGE + 1);
    expect(after['since']).toMatchObject({ totalCount: LARGE, revisions: [{ at }, { at }, { at }] });
    expect(after['contents']).toMatchObject({ segments: LARGE + 1, byHand: LARGE + 1, lastChangeAt: at });
    const [textBefore, textAfter] = [JSON.stringify(before), JSON.stringify(after)];
    for (const [over, answers] of seen) {
      // Comparing texts takes a fraction of the time.
      const text = JSON.stringify(answers);
      if (text === textAfter || (over === 0 && text === textBefore)) continue;
      if (over > 0) expect(answers).toEqual(after);
      else expect([before, after]).toContainEqual(answers);
    }
    // Otherwise nothing was tested.
    expect(seen.some(([over]) => over > 0)).toBe(true);
    expect(orphansIn(database.config)).toBe(0);
  });

  it.each(['the same process', 'another one'])(
    'lets others write meanwhile, in %s',
    { timeout: 60_000 },
    async (where) => {
      const database = await sqliteDatabase();
      const importing = await database.open();
      const writing = where === 'another one' ? await database.open() : importing;
      const importState = { isDone: false };
      const written = begun(
        importing
          .write(KEY, 0, largeImport({ round: 0, ids: idsUpTo(8_000) }))
          .finally(() => (importState.isDone = true)),
      );
      let writes = 0;
      while (writes < 3) writes = (await writing.write(OTHER, writes, change({ upserts: [segment('1')] })))!;
      expect(importState.isDone).toBe(false);
      expect(await written).toBe(1);
    },
  );

  it(
    'gives way to a change of the same destination, and leaves nothing behind',
    { timeout: 60_000 },
    async () => {
      const database = await sqliteDatabase();
      const storage = await database.open();
      await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
      const importId = randomUUID();
      const importing = begun(
        storage.write(KEY, 1, largeImport({ round: 1, ids: idsUpTo(LARGE), importId })),
      );
      await eventually(() => stagedIn(database.config).unread === 1);
      expect(await storage.write(KEY, 1, change({ upserts: [segment('2')] }))).toBe(2);
      expect(await importing).toBeNull();
      expect([...(await storage.read(KEY))!.segments]).toHaveLength(2);
      await eventually(() => stagedIn(database.config).unread === 0);
      expect(orphansIn(database.config)).toBe(0);
      expect(await storage.importById(importId)).toBeNull();
      expect(await storage.write(KEY, 2, largeImport({ round: 1, ids: idsUpTo(LARGE), importId }))).toBe(3);
      expect(await storage.importById(importId)).toMatchObject({ ...KEY, id: importId });
    },
  );

  it('can be changed at once, while it is moved to its place', { timeout: 60_000 }, async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const ids = idsUpTo(LARGE);
    await storage.write(KEY, 0, change({ upserts: ids.map((id) => named(id, 0, NOON)) }));
    let generation = (await storage.write(KEY, 1, largeImport({ round: 1, ids })))!;
    const expected = new Map(ids.map((id) => [id, named(id, 1, NOON).name]));
    // From both ends, so that some are already moved and some are not.
    for (let index = 0; index < 40; index++) {
      const [changed, removed] = [ids[index * 20]!, ids[LARGE - 1 - index * 20]!];
      const upserts = [named(changed, 2, NOON)];
      generation = (await storage.write(KEY, generation, change({ upserts, removals: [removed] })))!;
      expected.set(changed, named(changed, 2, NOON).name);
      expected.delete(removed);
    }
    const names = async () =>
      new Map([...(await storage.read(KEY))!.segments].map(({ id, name }) => [id, name]));
    expect(await names()).toEqual(expected);
    await eventually(() => stagedIn(database.config).over === 0);
    expect(await names()).toEqual(expected);
    expect(
      (await storage.search({ terms: [], destinations: [KEY], status: null, after: null, first: 1 }))
        .totalCount,
    ).toBe(expected.size);
  });

  it('is followed by the next one, which waits until it is at its place', { timeout: 60_000 }, async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const ids = idsUpTo(LARGE);
    for (let round = 0; round < 3; round++) {
      expect(await storage.write(KEY, round, largeImport({ round, ids }))).toBe(round + 1);
      const page = await storage.revisions(KEY, { ...PAGE, first: 1 });
      expect(page).toMatchObject({
        totalCount: LARGE * (round + 1),
        revisions: [{ number: LARGE * (round + 1) }],
      });
    }
    const names = [...(await storage.read(KEY))!.segments].map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(ids.map((id) => named(id, 2, NOON).name)));
  });

  it('is taken back as a large change too', { timeout: 60_000 }, async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const [ids, importId] = [idsUpTo(LARGE), randomUUID()];
    await storage.write(KEY, 0, largeImport({ round: 0, ids, importId }));
    const undoing = change({ removals: ids, undoes: { importId, by: 'Bea', segmentIds: ids.slice(1) } });
    expect(await storage.write(KEY, 1, undoing)).toBe(2);
    expect((await storage.read(KEY))!.segments).toHaveLength(0);
    expect(await storage.importById(importId)).toMatchObject({ undone: { by: 'Bea' } });
    const left = await storage.importChanges(importId, { first: LARGE, after: null });
    expect(left).toMatchObject([{ segmentId: ids[0] }]);
    await eventually(() => leftIn(database.config) === 0);
    expect((await storage.read(KEY))!.segments).toHaveLength(0);
  });

  it('is taken back in a short transaction, whatever it has changed', { timeout: 60_000 }, async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const [ids, importId] = [idsUpTo(LARGE), randomUUID()];
    await storage.write(KEY, 0, largeImport({ round: 0, ids, importId }));
    await eventually(() => stagedIn(database.config).over === 0);
    const [before] = (await storage.imports({ destinations: [KEY], first: 5, after: null })).imports;
    const undo = (removals: string[], segmentIds: string[] | 'ALL'): ContentChange =>
      change({ removals, undoes: { importId, by: 'Bea', segmentIds } });
    const changesIn = (condition: string): number =>
      rowsOf(
        database.config,
        `select count(*) from import_change where import_pk in
        (select i.pk from file_import i join destination d on d.pk = i.destination_pk where ${condition})`,
      )[0]![0]!;
    // Others look while the rows that nobody reads are still there.
    const commits: number[] = [];
    const first = begun(storage.write(KEY, 1, undo(ids.slice(0, 1_000), ids.slice(0, 1_000))));
    const isUndone = "d.customer_id <> '' and i.undone_at is not null";
    await eventually(() => {
      if (changesIn(isUndone) === 0) return false;
      commits.push(changesIn("d.customer_id = ''"));
      return true;
    });
    expect(await first).toBe(2);
    expect(commits).not.toEqual([0]);
    const left = await storage.importChanges(importId, { first: LARGE, after: null });
    expect(left.map(({ segmentId }) => segmentId).sort()).toEqual(ids.slice(1_000).sort());
    expect(left[0]).toMatchObject({ before: null, after: { by: 'Ann' }, isNew: true });
    await eventually(() => stagedIn(database.config).unread + stagedIn(database.config).over === 0);
    // Too few to be large, so there is a change by hand besides.
    const rest = [...ids.slice(1_000), ...idsUpTo(1_000, 10_000)];
    expect(await storage.write(KEY, 2, undo(rest, 'ALL'))).toBe(3);
    expect(await storage.importChanges(importId, { first: LARGE, after: null })).toEqual([]);
    const { imports, totalCount } = await storage.imports({ destinations: [KEY], first: 5, after: null });
    expect(totalCount).toBe(1);
    expect(imports).toMatchObject([{ ...before, undone: { by: 'Bea' } }]);
    await eventually(() => leftIn(database.config) === 0);
    expect(changesIn('true')).toBe(0);
  });

  it('of which the history is forgotten while it is taken back, is not there afterwards', async () => {
    const clock = new FakeClock(NOON);
    const database = await sqliteDatabase();
    const storage = await database.open(clock);
    const [ids, importId] = [idsUpTo(LARGE), randomUUID()];
    await storage.write(KEY, 0, largeImport({ round: 0, ids, importId }));
    await eventually(() => stagedIn(database.config).over === 0);
    const undo = { isDone: false };
    const undoing = begun(
      storage
        .write(KEY, 1, change({ removals: ids, undoes: { importId, by: 'Bea', segmentIds: ids.slice(1) } }))
        .finally(() => (undo.isDone = true)),
    );
    await eventually(() => stagedIn(database.config).unread === 1);
    await whileLocked(database.config, () => {
      expect(undo.isDone).toBe(false);
      rawConnection(database.config).exec(`update file_import set at = -1 where id = '${importId}'`);
      return Promise.resolve();
    });
    expect(await undoing).toBe(2);
    expect(await storage.importById(importId)).toBeNull();
    expect(await storage.importChanges(importId, { first: 5, after: null })).toEqual([]);
    await eventually(() => leftIn(database.config) === 0);
  });

  it('is gone with its destination, even if it is not at its place yet', { timeout: 60_000 }, async () => {
    const database = await sqliteDatabase();
    const clock = new FakeClock(NOON);
    const storage = await database.open(clock);
    await storage.write(KEY, 0, largeImport({ round: 0, ids: idsUpTo(LARGE) }));
    let { rest } = await storage.removeDestination(KEY, 100);
    expect(await storage.read(KEY)).toBeNull();
    while (rest !== null) ({ rest } = await storage.removeDestination(rest, 500));
    clock.advance(20_000);
    await eventually(() => stagedIn(database.config).unread + stagedIn(database.config).over === 0);
    expect(orphansIn(database.config)).toBe(0);
    expect(await storage.states()).toEqual([]);
  });

  it(
    'that a process has left half-written is removed after a minute, not before',
    { timeout: 60_000 },
    async () => {
      const database = await sqliteDatabase();
      const clock = new FakeClock(NOON);
      const dying = await openStorage(database.config, { logger: silent(), clock });
      const importing = dying
        .write(KEY, 0, largeImport({ round: 0, ids: idsUpTo(20_000) }))
        .catch(() => null);
      await eventually(() => stagedIn(database.config).unread === 1);
      await dying.close();
      expect(await importing).toBeNull();
      const storage = await database.open(clock);
      onTestFinished(() => storage.close());
      expect(orphansIn(database.config)).toBeGreaterThan(0);
      expect(await storage.states()).toEqual([]);
      clock.advance(50_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(stagedIn(database.config).unread).toBe(1);
      clock.advance(20_000);
      await eventually(() => stagedIn(database.config).unread === 0);
      expect(orphansIn(database.config)).toBe(0);
    },
  );
});

describe('the rows of a large import into SQLite', () => {
  it('are counted once in a backup, and those that nobody reads are not', { timeout: 60_000 }, async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    const ids = idsUpTo(LARGE);
    await storage.write(KEY, 0, largeImport({ round: 0, ids }));
    await storage.write(
      KEY,
      1,
      largeImport({ round: 1, ids: ids.slice(0, 1_000), removals: ids.slice(1_000) }),
    );
    const unfinished = storage
      .write(OTHER, 0, largeImport({ round: 0, ids: idsUpTo(20_000) }))
      .catch(() => null);
    await eventually(() => stagedIn(database.config).unread === 1);
    await storage.close();
    await unfinished;
    expect(inspectDatabase(fileOf(database.config))).toMatchObject({
      destinations: 1,
      segments: 1_000,
      changes: LARGE + 1_000,
    });
  });

  it('are kept while they wait for another import of the destination', { timeout: 60_000 }, async () => {
    const clock = new FakeClock(NOON);
    const database = await sqliteDatabase();
    const engine = await SqliteEngine.open(fileOf(database.config), { logger: silent(), clock });
    onTestFinished(() => engine.close());
    const content = { key: KEY, generation: 0, commitId: randomUUID() };
    const ids = idsUpTo(LARGE);
    const staged = new StagedCommit(stagingTools(engine), {
      ...content,
      change: largeImport({ round: 0, ids }),
    });
    const { signal } = new AbortController();
    expect(await staged.write(signal)).toBe(true);
    const others = new OverlayKeeper(engine, signal, silent());
    await staged.keptDuring(async () => {
      for (let seconds = 0; seconds < 100; seconds += 20) {
        await clock.timer((ms) => ms === 20_000);
        clock.advance(20_000);
        // The lease is renewed by a statement of its own, before the next one.
        await engine.writer.selectFrom('lease').selectAll().execute();
      }
      await others.run();
    });
    const commit = await engine.writer.transaction().execute((db) => staged.layOver(db));
    expect(commit).toMatchObject({ after: { generation: 1 } });
    expect(stagedIn(database.config).unread).toBe(0);
  });

  it('that others have removed, as the process was suspended, are laid over nothing', async () => {
    const clock = new FakeClock(NOON);
    const database = await sqliteDatabase();
    const engine = await SqliteEngine.open(fileOf(database.config), { logger: silent(), clock });
    onTestFinished(() => engine.close());
    const { signal } = new AbortController();
    const keeper = new OverlayKeeper(engine, signal, silent());
    const stage = (content: ContentChange): StagedCommit =>
      new StagedCommit(stagingTools(engine), {
        key: KEY,
        generation: 0,
        commitId: randomUUID(),
        change: content,
      });
    const staged = stage(largeImport({ round: 0, ids: idsUpTo(50) }));
    expect(await staged.write(signal)).toBe(true);
    clock.advance(61_000);
    await keeper.run();
    expect(stagedIn(database.config).unread).toBe(0);
    const layOver = (): Promise<unknown> => engine.writer.transaction().execute((db) => staged.layOver(db));
    expect(await layOver()).toBeNull();
    await staged.end();
    // The same while the rows are written: it is suspended in the middle of them.
    const { changes, ...imported } = largeImport({ round: 0, ids: idsUpTo(50) }).import!;
    const suspended = function* (): Generator<ImportedChange> {
      yield* Array.from(changes);
      clock.advance(61_000);
      const end = performance.now() + 60;
      while (performance.now() < end);
      void keeper.run();
      yield* Array.from({ length: 500 }, (_, index) => ({
        ...Array.from(changes)[0]!,
        segmentId: `further ${index}`,
      }));
    };
    const writing = stage({
      ...largeImport({ round: 0, ids: idsUpTo(50) }),
      import: { ...imported, changes: { [Symbol.iterator]: suspended } },
    });
    expect(await writing.write(signal)).toBe(false);
    await keeper.run();
    expect(orphansIn(database.config)).toBe(0);
    const storage = await database.open(clock);
    expect((await storage.read(KEY))?.segments ?? []).toHaveLength(0);
    const generation = (await storage.state(KEY))?.generation ?? 0;
    expect(await storage.write(KEY, generation, largeImport({ round: 0, ids: idsUpTo(LARGE) }))).toBe(1);
  });

  it('keep no other large import waiting if they are gone', async () => {
    const database = await sqliteDatabase();
    const storage = await database.open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    await storage.close();
    rawConnection(database.config).exec(
      "update destination set overlay_pk = 99, overlay_at = 1 where destination_id = '314'",
    );
    const again = await database.open();
    expect(await again.write(KEY, 1, largeImport({ round: 1, ids: idsUpTo(LARGE) }))).toBe(2);
    expect((await again.read(KEY))!.segments).toHaveLength(LARGE);
  });

  it('are spoken of in the log once, if they cannot be moved, and when they can again', async () => {
    const database = await sqliteDatabase();
    const engine = await SqliteEngine.open(fileOf(database.config), { logger: silent() });
    onTestFinished(() => engine.close());
    const lines: unknown[] = [];
    const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const logger = createLogger({ redactor: new Redactor(), sink });
    const keeper = new OverlayKeeper(engine, new AbortController().signal, logger);
    await keeper.run();
    const reader = vi.spyOn(engine, 'reader').mockImplementation(() => {
      throw new Error('the disk reports errors');
    });
    await expect(keeper.run()).rejects.toThrow('disk');
    await expect(keeper.run()).rejects.toThrow('disk');
    reader.mockRestore();
    await keeper.run();
    await keeper.run();
    expect(lines).toMatchObject([
      {
        level: 'warn',
        error: expect.stringContaining('the disk reports errors'),
        msg: expect.stringContaining('cannot be moved'),
      },
      { level: 'info', msg: expect.stringContaining('are moved to their place again') },
    ]);
  });
});

describeEngines('three large imports at once', (create) => {
  it('all succeed', { timeout: 60_000 }, async () => {
    const database = await create();
    const storages = [await database.open(), await database.open()];
    const keys = ['1', '2', '3'].map((destinationId) => ({ customerId: 'acme', destinationId }));
    const written = keys.map((key, index) =>
      storages[index % 2]!.write(key, 0, largeImport({ round: 0, ids: idsUpTo(LARGE) })),
    );
    expect(await Promise.all(written)).toEqual([1, 1, 1]);
    for (const key of keys) {
      expect([...(await storages[0]!.read(key))!.segments]).toHaveLength(LARGE);
      expect(await storages[0]!.revisions(key, PAGE)).toMatchObject({ totalCount: LARGE });
    }
  });
});
