import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Destination } from '../../../src/directory/index.js';
import {
  SECOND,
  acme,
  allNames,
  counts,
  destination,
  globex,
  hold,
  mappings,
  startDirectory,
  startScheduled,
  until,
  type TestDirectory,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';
import { begun } from '../../support/waiting.js';

const MEBIBYTE = 1024 * 1024;

const idsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => 1_000 + index);

const allOf = ({ directory }: TestDirectory): Destination[] =>
  [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);

/** IDs of the destinations whose listings were asked for, in order. */
const listed = ({ simulator }: TestDirectory): (string | undefined)[] =>
  simulator.calls.filter(({ endpoint }) => endpoint === 'mappings').map(({ destinationId }) => destinationId);

/** Waits until a call of this priority waits for its turn. */
async function callWaiting({ metrics }: TestDirectory, priority: string): Promise<void> {
  const waiting = metrics.registry.getSingleMetric('aam_gateway_upstream_waiting')!;
  for (;;) {
    const { values } = await waiting.get();
    if (values.some(({ labels, value }) => Object.values(labels).includes(priority) && value > 0)) return;
    await setImmediate();
  }
}

async function gauge({ metrics }: TestDirectory, name: string): Promise<number> {
  const metric = await metrics.registry.getSingleMetric(`aam_gateway_${name}`)?.get();
  return metric?.values[0]?.value ?? NaN;
}

describe('a search in destinations that were never read', () => {
  it('waits for the first reading of 20, and has the others read behind, a few at once', async () => {
    const test = await startDirectory({
      customers: [acme(...idsOf(60).map((id) => destination(id, mappings(`Name ${id}`))))],
      concurrency: 3,
    });
    const gate = hold(test.simulator);
    const asked = test.directory.search(allOf(test), { text: 'name' }, 100, null);
    await until(() => test.simulator.listings() === 23);
    await fetch(test.simulator.url);
    expect(test.simulator.listings()).toBe(23);
    gate.open();
    const { totalCount } = await asked;
    expect(totalCount).toBeGreaterThanOrEqual(20);
    await until(() => allOf(test).every(({ asOf, isSaved }) => asOf !== null && isSaved));
    expect(test.simulator.listings()).toBe(60);
    const again = await test.directory.search(allOf(test), { text: 'name' }, 100, null);
    expect([again.totalCount, again.left]).toEqual([60, []]);
  });

  it('does not wait longer for those that hang, and asks for none of them twice', async () => {
    const test = await startDirectory({
      customers: [acme(...idsOf(40).map((id) => destination(id, mappings(`Name ${id}`))))],
      concurrency: 1,
    });
    hold(test.simulator);
    const first = test.directory.search(allOf(test), {}, 100, null);
    await until(() => test.simulator.listings() === 21);
    const second = test.directory.search(allOf(test), {}, 100, null);
    await test.clock.timer((ms) => ms === 10 * SECOND);
    await setImmediate();
    test.clock.advance(10 * SECOND);
    expect((await Promise.all([first, second])).map(({ totalCount }) => totalCount)).toEqual([0, 0]);
    expect(test.simulator.listings()).toBe(21);
  });

  it('is overtaken by a lookup', async () => {
    const test = await startDirectory({
      customers: [acme(...idsOf(40).map((id) => destination(id, mappings(`Name ${id}`))))],
      calls: 1,
    });
    const gate = hold(test.simulator);
    const asked = test.directory.search(allOf(test), {}, 100, null);
    await gate.arrival;
    const alone = test.at('acme', '1039').snapshot();
    await callWaiting(test, 'lookup');
    gate.open();
    expect(allNames(await alone)).toEqual(['Name 1039']);
    await asked;
    expect(listed(test).slice(0, 3)).toEqual(['1000', '1039', '1001']);
  });

  it('names those that are left out because the storage does not respond and they are not in memory', async () => {
    const gates = new GatedStorage();
    const test = await startDirectory({
      customers: [acme(...idsOf(30).map((id) => destination(id, mappings(`Name ${id}`))))],
      wrap: gates.wrap,
      // Room for none of the snapshots besides the last one.
      maxMemoryBytes: 1,
    });
    for (const each of allOf(test)) await each.snapshot();
    await until(() => allOf(test).every(({ isSaved }) => isSaved));
    test.simulator.fault({ action: { kind: 'status', status: 503 } });
    for (const method of ['search', 'read', 'state', 'ping'] as const) gates.refuse(method);
    const searching = test.directory.search(allOf(test), {}, 100, null);
    await until(() => test.clock.pending().filter((ms) => ms === 2 * SECOND).length === 20);
    test.clock.advance(2 * SECOND);
    const { totalCount, left } = await searching;
    expect(totalCount).toBe(1);
    expect(left).toHaveLength(29);
  });
});

describe('a scheduled refresh', () => {
  it('is raised when a lookup begins to wait for it', async () => {
    const test = await startScheduled({
      customers: [acme(...idsOf(6).map((id) => destination(id, mappings(`Name ${id}`))))],
      calls: 1,
      random: () => 0,
    });
    const gate = hold(test.simulator, { times: 1 });
    test.clock.advance(0);
    await gate.arrival;
    // All six are due, and the second one is the first to wait. Somebody needs the last one.
    await until(() => test.at('acme', '1005').sync().lastAttemptAt !== null);
    const alone = test.at('acme', '1005').snapshot();
    await callWaiting(test, 'lookup');
    gate.open();
    expect(allNames(await alone)).toEqual(['Name 1005']);
    await until(() => allOf(test).every(({ asOf }) => asOf !== null));
    expect(listed(test)).toEqual(['1000', '1005', '1001', '1002', '1003', '1004']);
    expect(await counts(test.metrics.refreshes)).toMatchObject({ 'schedule ok': 6 });
  });

  it('of one host keeps none of another one waiting', async () => {
    const test = await startScheduled({
      customers: [
        acme(...idsOf(5).map((id) => destination(id, mappings('A')))),
        globex(destination(9, mappings('B'))),
      ],
      setups: (setups) =>
        setups.map((setup) =>
          setup.id === 'globex' && setup.account !== null
            ? {
                ...setup,
                account: {
                  ...setup.account,
                  baseUrl: setup.account.baseUrl.replace('127.0.0.1', 'localhost'),
                },
              }
            : setup,
        ),
      concurrency: 2,
      random: () => 0,
    });
    hold(test.simulator, { customer: 'acme' });
    test.clock.advance(0);
    await until(() => test.at('globex', '9').asOf !== null);
    await until(() => test.simulator.listings({ customer: 'acme' }) === 2);
  });
});

describe('listings that wait to be stored', () => {
  const SEGMENTS = 2_000;

  it('are bounded: searched ones are read as fast as they are stored, a lookup may go first', async () => {
    const gates = new GatedStorage();
    const names = mappings(...Array.from({ length: SEGMENTS }, (_, index) => `Segment with number ${index}`));
    for (const each of names) each.description = 'Words that describe it in some detail. '.repeat(8);
    const test = await startDirectory({
      customers: [acme(...idsOf(30).map((id) => destination(id, names)))],
      maxMemoryBytes: 32 * MEBIBYTE,
      calls: 2,
      wrap: gates.wrap,
    });
    const writing = gates.hold('write');
    const asked = begun(test.directory.search(allOf(test), { text: 'number 7' }, 10, null));
    await writing.arrival;
    // Reading stops when half of the memory is taken.
    while ((await gauge(test, 'unstored_bytes')) < 14 * MEBIBYTE) await setImmediate();
    for (let turn = 0; turn < 50; turn++) await fetch(test.simulator.url);
    while ((await gauge(test, 'unstored_listings')) < test.simulator.listings()) await setImmediate();
    const before = test.simulator.listings();
    expect(before).toBeLessThan(28);
    expect(await gauge(test, 'unstored_bytes')).toBeLessThan(20 * MEBIBYTE);
    expect(await gauge(test, 'unstored_listings')).toBe(before);

    expect((await test.at('acme', '1029').snapshot()).segments).toHaveLength(SEGMENTS);
    expect(test.simulator.listings()).toBe(before + 1);

    // Reading goes on as room is freed.
    writing.open();
    await until(() => test.simulator.listings() === 30);
    const backlog = await gauge(test, 'unstored_listings');
    while ((await gauge(test, 'unstored_listings')) >= backlog) await setImmediate();
    // The rest need not be stored for this test.
    gates.refuse('write');
    test.clock.advance(10 * SECOND);
    await asked;
  });

  it('count no more when a listing fails', async () => {
    const test = await startDirectory();
    test.simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'body', body: '{' } });
    await expect(test.at().snapshot()).rejects.toMatchObject({ code: 'AAM_BAD_RESPONSE' });
    expect(await gauge(test, 'unstored_bytes')).toBe(0);
  });

  it('are named by stop() if they could not be stored', async () => {
    const gates = new GatedStorage();
    const test = await startDirectory({ wrap: gates.wrap });
    gates.refuse('write');
    await test.at().snapshot();
    expect(await test.directory.stop()).toEqual({
      stored: 0,
      lost: [{ customerId: 'acme', destinationId: '314' }],
    });
    expect(test.logs.find(({ count }) => count === 1)).toMatchObject({
      level: 'warn',
      destinations: ['acme/314'],
    });
  });
});
