import { describe, expect, it } from 'vitest';
import { setSegment, type CustomerSetup } from '../../src/directory/index.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  acme,
  allNames,
  counts,
  destination,
  globex,
  hold,
  listingUnderWay,
  mappings,
  startDirectory,
  startScheduled,
  withPassword,
  type DirectorySetUp,
  type TestDirectory,
  until,
} from '../support/directory.js';
import { GatedStorage } from '../support/gated-storage.js';

const twoCustomers = (): DirectorySetUp => ({
  customers: [
    acme(destination(314, mappings('Alpha', 'Beta')), destination(315, mappings('Other'))),
    globex(destination(566, mappings('Globex one'))),
  ],
});

const without = (setups: readonly CustomerSetup[], destinationId: string): CustomerSetup[] =>
  setups.map((setup) => ({
    ...setup,
    destinations: setup.destinations.filter(({ id }) => id !== destinationId),
  }));

const known = ({ directory }: TestDirectory): string[] =>
  [...directory.customers.values()].flatMap((customer) =>
    [...customer.destinations.keys()].map((id) => `${customer.id} ${id}`),
  );

describe('a changed configuration', () => {
  it('adds and removes customers and destinations', async () => {
    const test = await startDirectory(twoCustomers());
    const { directory, setups, at, names } = test;
    directory.configure(without(setups, '315').slice(0, 1));
    expect(known(test)).toEqual(['acme 314']);
    directory.configure(setups);
    expect(known(test)).toEqual(['acme 314', 'acme 315', 'globex 566']);
    expect(await names(at('acme', '315'), '1')).toEqual(['Other']);
    expect(await names(at('globex', '566'), '1')).toEqual(['Globex one']);
    directory.configure([]);
    expect(known(test)).toEqual([]);
  });

  it('leaves the times of a destination that was added again to itself', async () => {
    const { directory, setups, clock, at } = await startDirectory(twoCustomers());
    const removed = at();
    await removed.snapshot();
    await until(() => removed.isSaved);
    directory.configure(without(setups, '314'));
    directory.configure(setups);
    clock.advance(MINUTE);
    const { asOf } = await at().refresh('request');
    expect(asOf).toBe(clock.now());
    expect(removed.cached()?.asOf).toBe(asOf);
    expect(at().cached()?.asOf).toBe(asOf);
  });

  it('keeps everything known of the destinations that stay, without calling Audience Manager', async () => {
    const test = await startDirectory(twoCustomers());
    const { simulator, directory, setups, at, names } = test;
    const before = at();
    const snapshot = await before.snapshot();
    await before.details.get();
    simulator.resetCalls();
    directory.configure(without(structuredClone([...setups]), '315'));
    expect(at()).toBe(before);
    expect(at().cached()?.segments).toBe(snapshot.segments);
    expect(await names(at(), '1')).toEqual(['Alpha']);
    expect(at().details.get()).toMatchObject({ name: 'Destination 314' });
    expect(at().sync().status).toBe('FRESH');
    expect(simulator.count()).toBe(0);
  });

  it('serves what was being stored of a destination that it removes and adds again', async () => {
    const gates = new GatedStorage();
    const test = await startDirectory({ ...twoCustomers(), wrap: gates.wrap });
    const { directory, setups, at, names } = test;
    expect(await names(at(), '1')).toEqual(['Alpha']);
    await directory.start();
    const gate = gates.hold('write');
    const entry = { id: '1', idType: 'MAPPING_ID', name: 'By hand' } as const;
    const setting = setSegment(at(), entry, { by: 'somebody', at: test.clock.now() });
    await gate.arrival;
    directory.configure(without(setups, '314'));
    directory.configure(setups);
    expect(await names(at(), '1')).toEqual(['Alpha']);
    gate.open();
    await setting;
    await until(() => at().cached()?.find('1')?.name === 'By hand');
  });

  it('neither ends the delay after a failure nor moves the next refresh of an unchanged destination', async () => {
    const { simulator, directory, clock, setups, at } = await startDirectory({
      freshness: { refreshEveryMs: HOUR },
    });
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    const failing = at().sync();
    clock.advance(500);
    directory.configure(structuredClone([...setups]));
    expect(at().sync()).toEqual(failing);
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    expect(simulator.listings()).toBe(1);
  });

  it('does not abort a listing in flight of a destination that stays', async () => {
    const { simulator, directory, setups, at } = await startDirectory(twoCustomers());
    const gate = hold(simulator, { destinationId: 314 });
    const asked = at().snapshot();
    await gate.arrival;
    directory.configure(without(setups, '315'));
    gate.open();
    expect(allNames(await asked)).toEqual(['Alpha', 'Beta']);
    expect(at().cached()).toBe(await asked);
    expect(simulator.listings()).toBe(1);
  });

  it('applies changed names, order and types at once', async () => {
    const { directory, setups, at } = await startDirectory(twoCustomers());
    directory.configure(
      setups.map((setup) => ({
        ...setup,
        name: setup.id === 'acme' ? 'Zulu (formerly Acme)' : 'Globex Media',
        destinations: setup.destinations.map((each) => ({ ...each, name: `Our ${each.id}`, type: 'COOKIE' })),
      })),
    );
    expect([...directory.customers.values()].map(({ name }) => name)).toEqual([
      'Globex Media',
      'Zulu (formerly Acme)',
    ]);
    expect(at().customer).toBe(directory.customers.get('acme'));
    expect(at().settings).toMatchObject({ name: 'Our 314', type: 'COOKIE' });
  });

  it('applies a changed segmentIdType to the snapshot in memory', async () => {
    const { simulator, directory, setups, at, names } = await startDirectory();
    expect(await names(at(), '101', '1')).toEqual([null, 'Alpha']);
    simulator.resetCalls();
    directory.configure(
      setups.map((setup) => ({
        ...setup,
        destinations: setup.destinations.map((each) => ({ ...each, segmentIdType: 'SID' })),
      })),
    );
    expect(await names(at(), '101', '1')).toEqual(['Alpha', null]);
    expect(simulator.count()).toBe(0);
  });

  it('starts the scheduled refreshes of added destinations and ends those of removed ones', async () => {
    const { simulator, directory, clock, setups, at } = await startScheduled(twoCustomers());
    directory.configure(without(setups, '314').slice(0, 1));
    clock.advance(20 * MINUTE);
    directory.configure(setups.slice(0, 1));
    clock.advance(10 * MINUTE);
    await listingUnderWay(at('acme', '315'));
    expect(at().sync().lastAttemptAt).toBeNull();
    clock.advance(20 * MINUTE);
    await listingUnderWay(at());
    expect(simulator.listings({ destinationId: 315 })).toBe(1);
    expect(simulator.listings({ destinationId: 314 })).toBe(1);
    expect(simulator.listings({ customer: 'globex' })).toBe(0);
    directory.configure([]);
    expect(clock.pending()).toEqual([]);
  });
});

describe('changed credentials', () => {
  it('end the delay after rejected credentials: the next lookup uses the new ones', async () => {
    const { simulator, directory, setups, at } = await startDirectory();
    simulator.setPassword('acme', 'changed');
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_AUTH_FAILED' });
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_AUTH_FAILED' });
    expect(simulator.count({ endpoint: 'token' })).toBe(1);

    directory.configure(withPassword(setups, 'changed'));
    expect(at().sync()).toMatchObject({ status: 'NEVER', lastError: null });
    expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
  });

  it('reset the delay after failures', async () => {
    const { simulator, directory, clock, setups, at } = await startDirectory();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    for (const pause of [750, 1_500, 3_000]) {
      await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
      clock.advance(pause);
    }
    simulator.setPassword('acme', 'changed');
    directory.configure(withPassword(setups, 'changed'));
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    expect(simulator.listings()).toBe(4);
    clock.advance(750);
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    expect(simulator.listings()).toBe(5);
  });

  it('keep the known names', async () => {
    const { simulator, directory, setups, at, names } = await startDirectory();
    const snapshot = await at().snapshot();
    simulator.resetCalls();
    directory.configure(withPassword(setups, 'wrong'));
    expect(at().cached()?.segments).toBe(snapshot.segments);
    expect(await names(at(), '1')).toEqual(['Alpha']);
    expect(simulator.count()).toBe(0);
    await expect(at().refresh('schedule')).rejects.toMatchObject({ code: 'AAM_AUTH_FAILED' });
    expect(await names(at(), '1')).toEqual(['Alpha']);
  });

  it('are used by the scheduler', async () => {
    const { simulator, directory, clock, setups, at } = await startScheduled();
    simulator.setPassword('acme', 'changed');
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_AUTH_FAILED' });
    directory.configure(withPassword(setups, 'changed'));
    clock.advance(HOUR / 2);
    await listingUnderWay(at());
    expect(at().sync().status).toBe('FRESH');
    expect(simulator.listings()).toBe(1);
  });

  it('allow reading the details that could not be read with the old ones', async () => {
    const { simulator, directory, setups, at } = await startDirectory();
    simulator.setPassword('acme', 'changed');
    expect(await at().details.get()).toBeNull();
    directory.configure(withPassword(setups, 'changed'));
    expect(await at().details.get()).toMatchObject({ name: 'Destination 314' });
  });

  it('are used at once after a listing in flight failed with the old ones, without counting that failure', async () => {
    const { simulator, directory, setups, at } = await startDirectory();
    simulator.setPassword('acme', 'changed');
    const gate = hold(simulator, { endpoint: 'token' });
    const asked = at().snapshot();
    await gate.arrival;
    directory.configure(withPassword(setups, 'changed'));
    gate.open();
    expect(allNames(await asked)).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(at().cached()).toBe(await asked);
    expect(at().sync()).toMatchObject({ status: 'FRESH', lastError: null });
    expect(simulator.listings()).toBe(1);
  });

  it('cause the reported error if the old ones and the new ones fail', async () => {
    const { simulator, directory, setups, at } = await startDirectory();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 404 } });
    const gate = hold(simulator);
    const asked = at().snapshot();
    await gate.arrival;
    directory.configure(withPassword(setups, 'wrong'));
    gate.open();
    await expect(asked).rejects.toMatchObject({ code: 'AAM_AUTH_FAILED' });
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code: 'AAM_AUTH_FAILED' } });
  });
});

describe('removed credentials', () => {
  const manual = (setups: readonly CustomerSetup[]): CustomerSetup[] =>
    setups.map((setup) => ({ ...setup, account: null }));

  it('leave the known names, with status MANUAL and without refreshes', async () => {
    const { simulator, directory, clock, setups, at, names } = await startScheduled();
    const snapshot = await at().snapshot();
    directory.configure(manual(setups));
    expect(clock.pending()).toEqual([]);
    clock.advance(10 * HOUR);
    expect(at().isStale(snapshot)).toBe(false);
    expect(await names(at(), '1', '9')).toEqual(['Alpha', null]);
    expect(at().sync()).toMatchObject({ status: 'MANUAL', segmentCount: 3, nextAttemptAt: null });
    expect(simulator.listings()).toBe(1);
  });

  it.each([
    ['succeeds', 200, ['Alpha', 'Beta', 'Gamma']],
    ['fails', 403, []],
  ])(
    'while a listing is in flight that %s cause neither a scheduled refresh nor an error',
    async (_, status, expected) => {
      const { simulator, directory, clock, setups, at } = await startScheduled();
      const gate = hold(simulator);
      if (status !== 200) simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status } });
      const asked = at().snapshot();
      await gate.arrival;
      directory.configure(manual(setups));
      gate.open();
      expect(allNames(await asked)).toEqual(expected);
      expect(at().sync()).toMatchObject({ status: 'MANUAL', nextAttemptAt: null, lastError: null });
      expect(clock.pending()).toEqual([]);
      expect(simulator.listings()).toBe(1);
    },
  );

  it('are used at once when they are added again', async () => {
    const { directory, setups, at } = await startDirectory();
    directory.configure(manual(setups));
    expect(allNames(await at().snapshot())).toEqual([]);
    directory.configure(setups);
    expect(at().sync().status).toBe('NEVER');
    expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
  });
});

describe('a removed destination', () => {
  it('has its listing in flight aborted, without error logs or metrics', async () => {
    const { simulator, directory, metrics, logs, setups, at } = await startDirectory(twoCustomers());
    const removed = at();
    const gate = hold(simulator);
    const detailsGate = hold(simulator, { endpoint: 'destination' });
    const asked = removed.snapshot();
    const details = removed.details.get();
    await Promise.all([gate.arrival, detailsGate.arrival]);
    directory.configure(without(setups, '314'));
    await expect(asked).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    expect(await details).toBeNull();
    gate.open();
    detailsGate.open();

    expect(removed.cached()).toBeUndefined();
    expect(await counts(metrics.refreshes)).toEqual({});
    expect(logs.filter(({ level }) => level !== 'info')).toEqual([]);
    directory.configure(setups);
    expect(at()).not.toBe(removed);
    expect(at().sync()).toMatchObject({ status: 'NEVER', segmentCount: 0, lastAttemptAt: null });
  });

  it('has its stored segments when it is added again', async () => {
    const { simulator, directory, setups, at, names } = await startDirectory(twoCustomers());
    await at().snapshot();
    await until(() => at().isSaved);
    directory.configure(without(setups, '314'));
    directory.configure(setups);
    expect(at().cached()).toBeUndefined();
    expect(await names(at(), '1', '2')).toEqual(['Alpha', 'Beta']);
    expect(simulator.listings({ destinationId: 314 })).toBe(1);
  });

  it('cannot replace the snapshot of the destination that was added again', async () => {
    const { simulator, directory, clock, setups, at } = await startDirectory(twoCustomers());
    const gate = hold(simulator);
    const ended = expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    await gate.arrival;
    directory.configure(without(setups, '314'));
    directory.configure(setups);
    const arrival = simulator.nextCall({ destinationId: 314 });
    const fresh = at().snapshot();
    await arrival;
    clock.advance(SECOND);
    gate.open();
    await ended;
    const snapshot = await fresh;
    expect(at().cached()?.segments).toBe(snapshot.segments);
  });
});
