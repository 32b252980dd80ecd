import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RefreshPriority } from '../../../src/audience-manager/index.js';
import { setSegment } from '../../../src/directory/index.js';
import { WriteBehind } from '../../../src/directory/storing/write-behind.js';
import { openStorage, type DestinationKey } from '../../../src/storage/index.js';
import { change, postgresDatabase, postgresServer, segment as row, silent } from '../../storage/support.js';
import {
  SECOND,
  acme,
  allNames,
  destination,
  hold,
  mappings,
  startDirectory,
  until,
  type DirectorySetUp,
  type Gate,
  type TestDirectory,
} from '../../support/directory.js';
import { FakeClock } from '../../support/fake-clock.js';
import { GatedStorage } from '../../support/gated-storage.js';

const ANN = { by: 'Ann', at: 1 };
const HISTORY = { segmentId: null, since: null, first: 10, order: 'newest-first', after: null } as const;

/** Stores a manual name as another process does that shares the file. */
async function nameElsewhere({ file }: TestDirectory, destinationId: string, name: string): Promise<void> {
  const other = await openStorage({ engine: 'sqlite', path: file }, { logger: silent() });
  onTestFinished(() => other.close());
  const manual = { name, description: null, status: null, ...ANN, base: null };
  const upserts = [row('1', { name, source: 'MANUAL', confirmedAt: 1, manual })];
  await other.write({ customerId: 'acme', destinationId }, 0, change({ upserts }));
}

/** Destinations 1 and 2 are stored; 3 has been listed and waits to be stored, because 4 is still being listed. */
async function startWaiting(
  setUp: DirectorySetUp = {},
  afterTwo: () => unknown = () => undefined,
): Promise<TestDirectory & { readonly gate: Gate }> {
  const test = await startDirectory({
    ...setUp,
    customers: [
      acme(
        destination(1, mappings('Apple', 'Fig')),
        destination(2, mappings('Cherry')),
        destination(3, mappings('Banana', 'Elder', 'Grape')),
        destination(4, mappings('Date')),
      ),
    ],
  });
  for (const id of ['1', '2']) {
    await test.at('acme', id).snapshot();
    await until(() => test.at('acme', id).isSaved);
  }
  afterTwo();
  const gate = hold(test.simulator, { destinationId: 4 });
  const waiting = test.at('acme', '4').snapshot();
  waiting.catch(() => undefined);
  await gate.arrival;
  await test.at('acme', '3').snapshot();
  return { ...test, gate };
}

describe('a first listing', () => {
  it('is served before it is stored, and stored when no first listing is in flight', async () => {
    const { at, names, simulator, gate } = await startWaiting();
    const three = at('acme', '3');
    expect(three.isSaved).toBe(false);
    expect(await names(three, '1', '2', '3')).toEqual(['Banana', 'Elder', 'Grape']);
    expect(three.sync()).toMatchObject({ status: 'FRESH', segmentCount: 3 });
    gate.open();
    await until(() => three.isSaved && at('acme', '4').isSaved);
    expect(three.cached()?.generation).toBe(1);
    expect(simulator.listings()).toBe(4);
  });

  it('is stored after 30 seconds even if another first listing is still in flight', async () => {
    const { at, clock } = await startWaiting();
    clock.advance(29 * SECOND);
    expect(at('acme', '3').isSaved).toBe(false);
    clock.advance(SECOND);
    await until(() => at('acme', '3').isSaved);
  });

  it('is found by a search together with stored segments', async () => {
    const { directory, at } = await startWaiting();
    const all = ['1', '2', '3'].map((id) => at('acme', id));
    const found: (string | null)[] = [];
    let after = null;
    for (let count = 0; count < 6; count += 2) {
      const page = await directory.search(all, {}, 2, after);
      expect(page).toMatchObject({ totalCount: 6, hasPreviousPage: count > 0, hasNextPage: count < 4 });
      const last = page.items.at(-1)!;
      found.push(...page.items.map(({ segment }) => segment.name));
      const { segment, destination: from } = last;
      after = { name: segment.name, id: segment.id, customerId: 'acme', destinationId: from.id };
    }
    expect(found).toEqual(['Apple', 'Banana', 'Cherry', 'Elder', 'Fig', 'Grape']);
    const { items } = await directory.search(all, { text: 'elder' }, 9, null);
    expect(items).toMatchObject([{ segment: { name: 'Elder' }, asOf: at('acme', '3').asOf }]);
    expect(at('acme', '3').isSaved).toBe(false);
  });

  it('is stored at once if its history is requested', async () => {
    const { at } = await startWaiting();
    const request = { segmentId: null, since: null, first: 10, order: 'newest-first', after: null } as const;
    const { revisions } = await at('acme', '3').revisions(request);
    expect(revisions.map(({ kind, name }) => [kind, name])).toEqual(
      expect.arrayContaining(['Banana', 'Elder', 'Grape'].map((name) => ['CREATED', name])),
    );
    expect(at('acme', '3').isSaved).toBe(true);
  });

  it('is stored before a later listing, so that its history has no gap', async () => {
    const { at, simulator } = await startWaiting();
    simulator.destination('acme', 3).mappings[0]!.name = 'Zucchini';
    expect(allNames(await at('acme', '3').refresh('schedule'))).toEqual(['Elder', 'Grape', 'Zucchini']);
    const request = { segmentId: '1', since: null, first: 10, order: 'newest-first', after: null } as const;
    const { revisions } = await at('acme', '3').revisions(request);
    expect(revisions.map(({ kind, name }) => [kind, name])).toEqual([
      ['RENAMED', 'Zucchini'],
      ['CREATED', 'Banana'],
    ]);
  });

  it('is stored when the directory stops', async () => {
    const { at, directory } = await startWaiting();
    const three = at('acme', '3');
    await directory.stop();
    expect(three.isSaved).toBe(true);
  });

  it('is stored before it is served if it exceeds the size limit of the queue', async () => {
    const { at, simulator } = await startDirectory({
      customers: [acme(destination(1, mappings('Apple')), destination(2, mappings('Cherry')))],
      maxMemoryBytes: 1,
    });
    const gate = hold(simulator, { destinationId: 2 });
    at('acme', '2')
      .snapshot()
      .catch(() => undefined);
    await gate.arrival;
    expect(allNames(await at('acme', '1').snapshot())).toEqual(['Apple']);
    expect(at('acme', '1').isSaved).toBe(true);
  });

  it('is stored before a manual name, which takes precedence', async () => {
    const { at, names } = await startWaiting();
    const three = at('acme', '3');
    const entry = { idType: 'SID', id: '101', name: 'Blueberry' } as const;
    const { segment } = (await setSegment(three, entry, ANN))!;
    expect(segment).toMatchObject({ id: '1', name: 'Blueberry', manual: { base: { name: 'Banana' } } });
    expect(three.isSaved).toBe(true);
    expect(await names(three, '1', '2')).toEqual(['Blueberry', 'Elder']);
    const { revisions } = await three.revisions({ ...HISTORY, segmentId: '1' });
    expect(revisions.map(({ kind, name, by }) => [kind, name, by])).toEqual([
      ['RENAMED', 'Blueberry', 'Ann'],
      ['CREATED', 'Banana', null],
    ]);
  });

  it('is stored at once if another process has stored a manual name, which takes precedence', async () => {
    const test = await startWaiting();
    const three = test.at('acme', '3');
    await nameElsewhere(test, '3', 'Blueberry');
    await three.reloadAfterRemoteChange();
    expect(await test.names(three, '1', '2', '3')).toEqual(['Blueberry', 'Elder', 'Grape']);
    expect(three.isSaved).toBe(true);
  });

  it('is stored before it is served if another process stored a manual name during the listing', async () => {
    const test = await startWaiting();
    const { directory, simulator, at } = test;
    simulator.addDestination('acme', destination(5, mappings('Banana', 'Elder')));
    directory.configure(
      test.setups.map((setup) => ({
        ...setup,
        destinations: [...setup.destinations, { ...setup.destinations[0]!, id: '5' }],
      })),
    );
    const gate = hold(simulator, { destinationId: 5 });
    const read = at('acme', '5').snapshot();
    await gate.arrival;
    await nameElsewhere(test, '5', 'Blueberry');
    await at('acme', '5').reloadAfterRemoteChange();
    gate.open();
    expect(allNames(await read)).toEqual(['Blueberry', 'Elder']);
    expect(at('acme', '5').isSaved).toBe(true);
    expect(at('acme', '3').isSaved).toBe(false);
  });

  it('is served again, without another listing, after it was evicted', async () => {
    const gates = new GatedStorage();
    const writes: Gate[] = [];
    // Enough for two of the three snapshots, and too little to wait for the fourth before writing.
    const { at, simulator, gate } = await startWaiting(
      { maxMemoryBytes: 3_000, wrap: gates.wrap },
      () => void writes.push(gates.hold('write')),
    );
    const three = at('acme', '3');
    for (const id of ['1', '2']) await at('acme', id).snapshot();
    expect(three.cached()).toBeUndefined();
    expect(allNames(await three.snapshot())).toEqual(['Banana', 'Elder', 'Grape']);
    expect(three.isSaved).toBe(false);
    expect(simulator.listings()).toBe(4);
    gate.open();
    for (const write of writes) write.open();
  });

  it('is stored even if another write of its destination was in flight when it was fetched', async () => {
    const gates = new GatedStorage();
    const { at, simulator, clock, file } = await startDirectory({ wrap: gates.wrap });
    // The sync state after the failed attempt cannot be stored.
    gates.refuse('saveState');
    gates.refuse('ping');
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    fault.remove();
    clock.advance(SECOND);
    // The second ping.
    await clock.timer((ms) => ms === 500);
    const listing = hold(simulator);
    const read = at().snapshot();
    await listing.arrival;
    // The sync state is being stored slowly while the listing arrives.
    const slow = gates.hold('saveState');
    gates.allow('saveState');
    gates.allow('ping');
    clock.advance(500);
    await slow.arrival;
    listing.open();
    await clock.timer((ms) => ms === SECOND);
    expect(at().cached()).toBeUndefined();
    expect(at().sync()).toMatchObject({ lastSuccessAt: null, segmentCount: 0 });
    clock.advance(SECOND);
    expect(allNames(await read)).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(at().isSaved).toBe(false);
    slow.open();
    await until(() => at().isSaved);
    const other = await openStorage({ engine: 'sqlite', path: file }, { logger: silent() });
    onTestFinished(() => other.close());
    const stored = await other.read({ customerId: 'acme', destinationId: '314' });
    expect(stored?.segments).toHaveLength(3);
  });

  it('is not stored if its turn comes more than 5 seconds after stop(); a write in flight is completed', async () => {
    const gates = new GatedStorage();
    const { at, directory, clock, gate } = await startWaiting({ wrap: gates.wrap });
    const three = at('acme', '3');
    const slow = gates.hold('write');
    gate.open();
    await slow.arrival;
    // Destination 4 is served while 3 is being stored, and waits for its turn.
    await at('acme', '4').snapshot();
    let hasStopped = false;
    const stopping = directory.stop().then(() => {
      hasStopped = true;
    });
    clock.advance(5 * SECOND - 1);
    await three.snapshot();
    expect(hasStopped).toBe(false);
    clock.advance(1);
    slow.open();
    await stopping;
    expect(three.isSaved).toBe(true);
    expect(at('acme', '4').isSaved).toBe(false);
  });

  it.skipIf(postgresServer === null)(
    'is stored before it is served if the storage is shared with other processes',
    async () => {
      const { config } = await postgresDatabase();
      const { at } = await startWaiting({ storage: config });
      expect(at('acme', '3').isSaved).toBe(true);
      expect(at('acme', '3').cached()?.generation).toBe(1);
    },
  );
});

const KEY = { customerId: 'acme', destinationId: '314' };

/** A queue of writes in front of a memory of which a quarter is used, and more if the test says so. */
function startBehind(memory = { isFull: false, isTight: false }): { behind: WriteBehind; clock: FakeClock } {
  const clock = new FakeClock();
  return { behind: new WriteBehind({ memory, clock }), clock };
}

it('drain() writes the whole queue, at whatever moment it is called', async () => {
  // More microtasks than there are between two steps of the queue.
  for (let later = 0; later < 12; later++) {
    const { behind } = startBehind();
    const written: number[] = [];
    let finish = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      finish = resolve;
    });
    void behind.add({
      key: KEY,
      write: async () => {
        await first;
        return written.push(1) > 0;
      },
    });
    void behind.whileFetching(new RefreshPriority('lookup'), () => new Promise(() => undefined));
    void behind.add({
      key: KEY,
      write: async () => {
        await setImmediate();
        return written.push(2) > 0;
      },
    });
    finish();
    for (let turn = 0; turn < later; turn++) await Promise.resolve();
    await behind.drain(1_000);
    expect(written, `${later} microtasks later`).toEqual([1, 2]);
  }
});

it('drain() says what was stored and what is lost', async () => {
  const { behind, clock } = startBehind();
  void behind.whileFetching(new RefreshPriority('lookup'), () => new Promise(() => undefined));
  const keys = ['1', '2', '3', '4'].map((destinationId) => ({ ...KEY, destinationId }));
  const [one, two, three, four] = keys as [DestinationKey, DestinationKey, DestinationKey, DestinationKey];
  void behind.add({ key: one, write: () => Promise.resolve(true) });
  void behind.add({ key: two, write: () => Promise.resolve(false) });
  void behind.add({ key: three, write: () => new Promise(() => undefined) });
  void behind.add({ key: four, write: () => Promise.resolve(true) });
  const drained = behind.drain(2_000);
  await clock.timer((ms) => ms === 2_000);
  await setImmediate();
  clock.advance(2_000);
  expect(await drained).toEqual({ stored: 1, lost: [two, four] });
});

it('a first listing is stored although a lookup waits for another one, if listings take much memory', async () => {
  const memory = { isFull: false, isTight: false };
  const { behind } = startBehind(memory);
  void behind.whileFetching(new RefreshPriority('lookup'), () => new Promise(() => undefined));
  const written: number[] = [];
  const add = (each: number): void =>
    void behind.add({ key: KEY, write: () => Promise.resolve(written.push(each) > 0) });
  add(1);
  await setImmediate();
  expect(written).toEqual([]);
  memory.isTight = true;
  add(2);
  await setImmediate();
  expect(written).toEqual([1, 2]);
});

it('a first listing is stored while a search waits for another one', async () => {
  const { behind } = startBehind();
  const priority = new RefreshPriority('search');
  void behind.whileFetching(priority, () => new Promise(() => undefined));
  const written: number[] = [];
  const add = (each: number): void =>
    void behind.add({ key: KEY, write: () => Promise.resolve(written.push(each) > 0) });
  add(1);
  await setImmediate();
  expect(written).toEqual([1]);
  priority.raise('lookup');
  add(2);
  await setImmediate();
  expect(written).toEqual([1]);
});
