import { describe, expect, it } from 'vitest';
import { purgeSegment, setSegment, unsetSegment } from '../../../src/directory/index.js';
import type { Storage } from '../../../src/storage/index.js';
import { describeEngines, postgresDatabase, postgresServer, queryPostgres } from '../../storage/support.js';
import { SECOND, MINUTE, allNames, startDirectory, until } from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';
import { importText } from '../../support/import-text.js';
import { begun, eventually } from '../../support/waiting.js';

const BY_HAND = { idType: 'MAPPING_ID', id: '1', name: 'By hand' } as const;
const ANN = { by: 'Ann', at: 1 };
const READS = ['read', 'state', 'states'] as const;

/** The storage without reports of what others have committed. */
const deaf = (storage: Storage): Storage => replacing(storage, { onChange: () => undefined });

/** The storage with some methods replaced. */
function replacing(storage: Storage, methods: Partial<Storage>): Storage {
  return new Proxy(storage, {
    get: (_, name) => {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(storage, name, storage);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => Reflect.apply(value, storage, args);
    },
  });
}

describeEngines('what another gateway has committed', (create) => {
  /** Two directories on one storage. Both have loaded the destination. */
  async function start({ leases = true } = {}) {
    const { config } = await create();
    const gates = new GatedStorage();
    const first = await startDirectory({ storage: config });
    const wrap = (storage: Storage): Storage =>
      gates.wrap(leases ? storage : replacing(storage, { claim: () => Promise.resolve(true) }));
    const second = await startDirectory({ storage: config, wrap });
    await first.at().snapshot();
    await until(() => first.at().isSaved);
    await second.at().snapshot();
    return { first, second, gates, config };
  }

  /** A gateway that has read the destination, and stored it. */
  async function startSaved() {
    const { config } = await create();
    const first = await startDirectory({ storage: config });
    await first.at().snapshot();
    await until(() => first.at().isSaved);
    return { config, first };
  }

  const serves = (test: Awaited<ReturnType<typeof start>>['first'], name: string) => (): boolean =>
    test.at().cached()?.find('1')?.name === name;

  it('stays due if it cannot be loaded', async () => {
    const { first, second, gates } = await start();
    READS.forEach((method) => gates.refuse(method));
    await setSegment(first.at(), BY_HAND, ANN);
    await expect(second.at().reloadAfterRemoteChange()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(serves(second, 'Alpha')()).toBe(true);
  });

  it('is what a change by hand is held against, also before it is in memory', async () => {
    const { config, first } = await startSaved();
    const second = await startDirectory({ storage: config, wrap: deaf });
    await second.at().snapshot();
    await setSegment(first.at(), BY_HAND, ANN);
    expect(serves(second, 'Alpha')()).toBe(true);
    const unset = await unsetSegment(second.at(), BY_HAND, ANN);
    expect(unset?.segment).toMatchObject({ name: 'Alpha', source: 'AUDIENCE_MANAGER' });
    await first.at().reloadAfterRemoteChange();
    expect(serves(first, 'Alpha')()).toBe(true);
    await setSegment(second.at(), BY_HAND, ANN);
    await first.at().reloadAfterRemoteChange();
    await setSegment(first.at(), { ...BY_HAND, name: 'Other' }, ANN);
    await setSegment(second.at(), BY_HAND, ANN);
    await first.at().reloadAfterRemoteChange();
    expect(serves(first, 'By hand')()).toBe(true);
  });

  it('is what a file is held against, also before it is in memory', async () => {
    const { config, first } = await startSaved();
    const second = await startDirectory({ storage: config, wrap: deaf });
    await setSegment(first.at(), BY_HAND, ANN);
    await second.at().snapshot();
    await unsetSegment(first.at(), BY_HAND, ANN);
    expect(serves(second, 'By hand')()).toBe(true);
    const imported = await importText(second.at(), 'mappingId,name\n1,Of the file', { ...ANN, at: 2 });
    expect(imported).toMatchObject({ applied: true, renamed: 1, kept: 0 });
    expect(serves(second, 'Of the file')()).toBe(true);
  });

  it('can be purged before it is in memory', async () => {
    const { config, first } = await startSaved();
    const second = await startDirectory({ storage: config, wrap: deaf });
    await second.at().snapshot();
    await setSegment(first.at(), { ...BY_HAND, id: '9' }, ANN);
    const purged = await purgeSegment(second.at(), { idType: 'MAPPING_ID', id: '9' }, 'Ben');
    expect(purged?.segment.name).toBe('By hand');
  });

  it('is served, although more was committed again and again while it was read', async () => {
    const { config, first } = await startSaved();
    const gates = new GatedStorage();
    const second = await startDirectory({ storage: config, wrap: gates.wrap });
    let read = gates.holdResult('read');
    const loaded = begun(second.at().snapshot());
    for (const id of ['7', '8', '9']) {
      await read.arrival;
      const known = second.at().sync().segmentCount;
      await setSegment(first.at(), { ...BY_HAND, id }, ANN);
      if (config.engine === 'sqlite') await second.at().reloadAfterRemoteChange();
      await eventually(() => second.at().sync().segmentCount > known);
      read.open();
      read = gates.holdResult('read');
    }
    await read.arrival;
    read.open();
    expect((await loaded).segments.length).toBe(6);
  });

  it('is served before all of it is read, if others commit faster than it can be read', async () => {
    const { config, first } = await startSaved();
    const late: { second?: typeof first } = {};
    let reads = 0;
    const overtaken = (storage: Storage): Storage =>
      replacing(storage, {
        read: async (...asked) => {
          const stored = await storage.read(...asked);
          reads += 1;
          if (late.second === undefined || reads > 5) return stored;
          await setSegment(first.at(), { ...BY_HAND, id: `${10 + reads}` }, ANN);
          await late.second.at().reloadAfterRemoteChange();
          return stored;
        },
      });
    const second = await startDirectory({ storage: config, wrap: overtaken });
    late.second = second;
    expect((await second.at().snapshot()).segments.length).toBe(7);
    expect(reads).toBe(5);
    second.clock.advance(SECOND);
    await until(() => second.at().cached()?.segments.length === 8);
  });

  it('is served of a database that was restored in between', async () => {
    const { config } = await create();
    const first = await startDirectory({ storage: config });
    await first.at().refresh('schedule');
    const restored = (storage: Storage): Storage =>
      replacing(storage, {
        states: async () => {
          const states = await storage.states();
          return states.map((each) => ({ ...each, state: { ...each.state, generation: 9 } }));
        },
      });
    const second = await startDirectory({ storage: config, wrap: restored });
    await second.directory.restore();
    expect(allNames(await second.at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
  });

  it('is not taken for nothing while the storage cannot be read', async () => {
    const { first, config } = await start();
    await setSegment(first.at(), BY_HAND, ANN);
    const gates = new GatedStorage();
    const third = await startDirectory({ storage: config, wrap: (storage) => gates.wrap(storage) });
    READS.forEach((method) => gates.refuse(method));
    await expect(unsetSegment(third.at(), BY_HAND, ANN)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    await expect(unsetSegment(third.at(), { ...BY_HAND, id: 'unknown' }, ANN)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
  });

  it('is served when the storage responds again, even if nothing reports it once more', async () => {
    const { first, second, gates } = await start();
    gates.refuse('read');
    await setSegment(first.at(), BY_HAND, ANN);
    await eventually(() => !second.directory.storageAvailable);
    gates.refuse('state');
    gates.allow('read');
    gates.allow('state');
    second.clock.advance(5 * SECOND);
    await until(() => second.directory.storageAvailable);
    expect(serves(second, 'By hand')()).toBe(true);
    expect(second.at().sync().segmentCount).toBe(3);
  });

  it('is served after an outage, although the storage was busy when it responded again', async () => {
    const { config } = await create();
    const first = await startDirectory({ storage: config });
    const gates = new GatedStorage();
    const second = await startDirectory({ storage: config, wrap: (storage) => deaf(gates.wrap(storage)) });
    await first.at().snapshot();
    await until(() => first.at().isSaved);
    await second.at().snapshot();
    await setSegment(first.at(), BY_HAND, ANN);
    READS.forEach((method) => gates.refuse(method));
    await expect(second.at().reloadAfterRemoteChange()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    READS.forEach((method) => gates.refuse(method, 'BUSY'));
    second.clock.advance(SECOND);
    await until(() => second.directory.storageAvailable);
    expect(serves(second, 'Alpha')()).toBe(true);
    READS.forEach((method) => gates.allow(method));
    second.clock.advance(SECOND);
    await until(serves(second, 'By hand'));
  });

  it('is known after a start at which the storage was busy', async () => {
    const { config } = await create();
    const first = await startDirectory({ storage: config });
    await first.at().refresh('schedule');
    const gates = new GatedStorage();
    const second = await startDirectory({ storage: config, wrap: gates.wrap });
    gates.refuse('states', 'BUSY');
    await second.directory.start();
    expect(second.at().sync()).toMatchObject({ status: 'NEVER', segmentCount: 0 });
    gates.allow('states');
    second.clock.advance(SECOND);
    await until(() => second.at().sync().segmentCount === 3);
    expect(second.at().sync().status).toBe('FRESH');
  });

  it('is served beneath a listing that cannot be stored', async () => {
    const { first, second, gates } = await start();
    gates.refuse('write');
    second.simulator.destination('acme', 314).mappings.push({ mappingId: 9, name: 'Comet' });
    second.clock.advance(SECOND);
    const refreshed = begun(second.at().refresh('schedule'));
    // On PostgreSQL the listing waits for the lease.
    await eventually(() => !second.at().isSaved);
    await refreshed;
    await setSegment(first.at(), BY_HAND, ANN);
    await second.at().reloadAfterRemoteChange();
    expect(second.at().isSaved).toBe(false);
    expect(allNames(second.at().cached()!)).toEqual(['Beta', 'By hand', 'Comet', 'Gamma']);
  });

  it('is not overwritten in memory by an own commit that ends later', async () => {
    const { first, second, gates } = await start();
    const write = gates.holdResult('write');
    second.clock.advance(SECOND);
    second.simulator.destination('acme', 314).mappings[1]!.name = 'Beth';
    const refreshed = begun(second.at().refresh('schedule'));
    await write.arrival;
    await first.at().reloadAfterRemoteChange();
    await setSegment(first.at(), BY_HAND, ANN);
    await second.at().reloadAfterRemoteChange();
    write.open();
    await refreshed;
    expect(allNames(second.at().cached()!)).toEqual(['Beth', 'By hand', 'Gamma']);
    expect(second.at().cached()?.generation).toBe(3);
  });

  it('is not overwritten by an older listing, if two gateways list at once', async () => {
    const { first, second, gates } = await start({ leases: false });
    second.clock.advance(SECOND);
    first.clock.advance(2 * SECOND);
    const write = gates.hold('write');
    second.simulator.destination('acme', 314).mappings[1]!.name = 'Older';
    const older = begun(second.at().refresh('schedule'));
    await write.arrival;
    first.simulator.destination('acme', 314).mappings[1]!.name = 'Newer';
    await first.at().refresh('schedule');
    write.open();
    expect(allNames(await older)).toEqual(['Alpha', 'Gamma', 'Newer']);
    await first.at().reloadAfterRemoteChange();
    expect(allNames(first.at().cached()!)).toEqual(['Alpha', 'Gamma', 'Newer']);
    expect(second.at().asOf).toBe(first.at().asOf);
  });

  it('is known after a start at which the storage did not respond', async () => {
    const { config } = await create();
    const first = await startDirectory({ storage: config });
    await first.at().refresh('schedule');
    const gates = new GatedStorage();
    const second = await startDirectory({ storage: config, wrap: gates.wrap });
    gates.refuse('states');
    await second.directory.start();
    expect(second.at().sync()).toMatchObject({ status: 'NEVER', segmentCount: 0 });
    gates.allow('states');
    second.clock.advance(5 * SECOND);
    await until(() => second.directory.storageAvailable);
    expect(second.at().sync()).toMatchObject({ status: 'FRESH', segmentCount: 3 });
  });

  it('is known of an added destination, once the storage responds', async () => {
    const { config } = await create();
    const first = await startDirectory({ storage: config });
    await first.at().refresh('schedule');
    const gates = new GatedStorage();
    const second = await startDirectory({
      storage: config,
      wrap: gates.wrap,
      setups: (all) => all.map((setup) => ({ ...setup, destinations: [] })),
    });
    await second.directory.start();
    READS.forEach((method) => gates.refuse(method));
    second.directory.configure(first.setups);
    await until(() => !second.directory.storageAvailable);
    READS.forEach((method) => gates.allow(method));
    second.clock.advance(5 * SECOND);
    await until(() => second.directory.storageAvailable);
    expect(second.at().sync()).toMatchObject({ segmentCount: 3, lastSuccessAt: first.at().asOf });
  });
});

describe('a listing that could not be stored although the storage responds', () => {
  it('is stored five seconds later', async () => {
    let isBroken = false;
    const { at, clock, simulator } = await startDirectory({
      // As if another process were always faster.
      wrap: (storage) =>
        replacing(storage, {
          write: (...made) => (isBroken ? Promise.resolve(null) : storage.write(...made)),
        }),
    });
    await at().snapshot();
    isBroken = true;
    simulator.destination('acme', 314).mappings.push({ mappingId: 9, name: 'Comet' });
    clock.advance(MINUTE);
    await at().refresh('schedule');
    await at().save();
    expect(at().isSaved).toBe(false);
    isBroken = false;
    clock.advance(5 * SECOND);
    await until(() => at().isSaved);
    expect(allNames(at().cached()!)).toContain('Comet');
  });
});

describe.skipIf(postgresServer === null)('a gateway whose connections PostgreSQL ends', () => {
  it('serves the name that another has set meanwhile', async () => {
    const { config } = await postgresDatabase();
    const url = config.engine === 'postgres' ? config.url : '';
    const first = await startDirectory({ storage: config });
    await first.at().snapshot();
    const gates = new GatedStorage();
    const second = await startDirectory({ storage: config, wrap: gates.wrap });
    await second.at().snapshot();
    // The reload has begun when its connection is ended.
    const read = gates.hold('state');
    await setSegment(first.at(), BY_HAND, ANN);
    await read.arrival;
    await queryPostgres(
      url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    read.open();
    await eventually(() => {
      second.clock.advance(SECOND);
      return second.at().cached()?.find('1')?.name === 'By hand';
    });
  });
});
