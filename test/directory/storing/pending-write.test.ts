import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inlineJoiner } from '../../../src/audience-manager/index.js';
import { inlineDiffer, setSegment } from '../../../src/directory/index.js';
import {
  SECOND,
  acme,
  allNames,
  destination,
  mappings,
  startDirectory,
  until,
  type DirectorySetUp,
  type TestDirectory,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';

const BY_HAND = { idType: 'MAPPING_ID', id: '2', name: 'By hand' } as const;
const ANN = { by: 'Ann', at: 1 };

/** The methods that fail if the disk is full, and if the storage does not respond at all. */
const FULL = ['write', 'saveState'] as const;
const UNAVAILABLE = [...FULL, 'read', 'state', 'states', 'search', 'revisions'] as const;

async function start(setUp: DirectorySetUp = {}): Promise<
  TestDirectory & {
    readonly breakDown: (methods: typeof FULL | typeof UNAVAILABLE) => void;
    readonly repair: () => Promise<void>;
    readonly gates: GatedStorage;
  }
> {
  const gates = new GatedStorage();
  const test = await startDirectory({ ...setUp, wrap: gates.wrap });
  return {
    ...test,
    gates,
    breakDown: (methods) => methods.forEach((method) => gates.refuse(method)),
    repair: async () => {
      UNAVAILABLE.forEach((method) => gates.allow(method));
      await pingUntil(test, () => test.directory.storageAvailable);
    },
  };
}

/** Lets the storage be pinged until something holds. A ping that is under way may fail, because it began before. */
async function pingUntil({ clock }: Pick<TestDirectory, 'clock'>, holds: () => boolean): Promise<void> {
  while (!holds()) {
    const [next = Infinity] = clock.pending();
    if (next <= 5 * SECOND) clock.advance(next);
    await setImmediate();
  }
}

describe.each([
  ['accepts no writes', FULL],
  ['does not respond', UNAVAILABLE],
])('while the storage %s', (_, methods) => {
  it('a name that was only in an earlier pending listing is kept, also after the outage', async () => {
    const { simulator, directory, at, names, clock, breakDown, repair } = await start();
    await at().snapshot();
    breakDown(methods);
    const list = simulator.destination('acme', 314).mappings;
    list.push({ mappingId: 9, name: 'Comet' });
    clock.advance(SECOND);
    await at().refresh('schedule');
    list.pop();
    list[0]!.name = 'Aleph';
    clock.advance(SECOND);
    await at().refresh('schedule');
    expect(at().cached()?.find('9')).toMatchObject({ name: 'Comet', status: 'DELETED' });
    await repair();
    expect(at().isSaved).toBe(true);
    expect(await names(at(), '1', '2', '3', '9')).toEqual(['Aleph', 'Beta', 'Gamma', 'Comet']);
    const stored = await directory.search([at()], { text: 'comet' }, 9, null);
    expect(stored.items).toMatchObject([{ segment: { id: '9', name: 'Comet', status: 'DELETED' } }]);
  });

  it('a name that was only in the pending first listing is kept after the second one', async () => {
    const { simulator, at, names, breakDown, repair, clock } = await start();
    // The storage has been read and is empty, which is the condition for deferring the first listing.
    simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'status', status: 403 } });
    await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    clock.advance(SECOND);
    breakDown(methods);
    expect(allNames(await at().snapshot())).toEqual(['Alpha', 'Beta', 'Gamma']);
    simulator.destination('acme', 314).mappings.pop();
    clock.advance(SECOND);
    await at().refresh('schedule');
    await repair();
    expect(at().isSaved).toBe(true);
    expect(await names(at(), '1', '2', '3')).toEqual(['Alpha', 'Beta', 'Gamma']);
    const { revisions } = await at().revisions({
      segmentId: '3',
      since: null,
      first: 9,
      order: 'newest-first',
      after: null,
    });
    expect(revisions).toMatchObject([{ kind: 'CREATED', name: 'Gamma', status: 'DELETED' }]);
  });

  it('a manual name is served even if Audience Manager fails, too', async () => {
    const { simulator, at, names, clock, breakDown } = await start();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await setSegment(at(), BY_HAND, ANN);
    breakDown(methods);
    clock.advance(SECOND);
    expect(await names(at(), '2')).toEqual(['By hand']);
  });
});

it('a full disk, which can be read, loses no segments of an evicted destination', async () => {
  const customers = [acme(destination(1, mappings('Alpha', 'Beta')), destination(2, mappings('Cherry')))];
  const { simulator, at, clock, breakDown, repair } = await start({
    customers,
    maxMemoryBytes: 1,
  });
  const one = at('acme', '1');
  await one.snapshot();
  await setSegment(one, BY_HAND, ANN);
  simulator.destination('acme', 1).mappings.shift();
  await at('acme', '2').snapshot();
  expect(one.cached()).toBeUndefined();
  breakDown(FULL);
  clock.advance(SECOND);
  const all = [
    { name: 'Alpha', status: 'DELETED' },
    { name: 'By hand', status: 'ACTIVE' },
  ];
  expect([...(await one.refresh('schedule')).segments]).toMatchObject(all);
  await at('acme', '2').snapshot();
  expect(one.cached()).toBeUndefined();
  expect([...(await one.snapshot()).segments]).toMatchObject(all);
  await repair();
  expect([...(await one.snapshot()).segments]).toMatchObject(all);
});

it('a manual change is rejected while a pending listing cannot be stored', async () => {
  let isBroken = false;
  const background = {
    ...inlineJoiner,
    ...inlineDiffer,
    diff: (...made: Parameters<typeof inlineDiffer.diff>) =>
      isBroken ? Promise.reject(new Error('the thread has died')) : inlineDiffer.diff(...made),
  };
  const { simulator, at, names, clock, breakDown, repair } = await start({ background });
  await at().snapshot();
  breakDown(FULL);
  simulator.destination('acme', 314).mappings.push({ mappingId: 9, name: 'Comet' });
  clock.advance(SECOND);
  await at().refresh('schedule');
  isBroken = true;
  await repair();
  await expect(setSegment(at(), BY_HAND, ANN)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  expect(await names(at(), '2', '9')).toEqual(['Beta', 'Comet']);
  isBroken = false;
  await setSegment(at(), BY_HAND, ANN);
  expect(await names(at(), '2', '9')).toEqual(['By hand', 'Comet']);
});

it('a snapshot that is still in use can be read after the listing behind it is merged and stored', async () => {
  let merging: 'not begun' | 'held' | 'allowed' | null = null;
  const background = {
    ...inlineJoiner,
    ...inlineDiffer,
    diff: async (...made: Parameters<typeof inlineDiffer.diff>) => {
      if (merging === 'not begun') {
        merging = 'held';
        await until(() => merging === 'allowed');
      }
      return await inlineDiffer.diff(...made);
    },
  };
  const { simulator, at, clock, breakDown, gates } = await start({ background });
  // The storage has been read and is empty, which is the condition for deferring the first listing.
  simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'status', status: 403 } });
  await expect(at().snapshot()).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
  clock.advance(SECOND);
  breakDown(FULL);
  const inUse = await at().snapshot();
  clock.advance(SECOND);
  // The second listing is the same. While both are merged, the storage recovers and takes the first one.
  merging = 'not begun';
  const refreshed = at().refresh('schedule');
  await until(() => merging === 'held');
  FULL.forEach((method) => gates.allow(method));
  const writes = gates.callsOf('write');
  const gate = gates.hold('write');
  await pingUntil({ clock }, () => gates.callsOf('write') === writes + 1);
  merging = 'allowed';
  await until(() => gates.callsOf('write') === writes + 2);
  gate.open();
  expect(allNames(await refreshed)).toEqual(['Alpha', 'Beta', 'Gamma']);
  expect(at().isSaved).toBe(true);
  expect(allNames(inUse)).toEqual(['Alpha', 'Beta', 'Gamma']);
});

it('a listing that could not be stored counts no longer when its destination is removed', async () => {
  const { simulator, directory, metrics, setups, at, clock, breakDown } = await start();
  await at().snapshot();
  breakDown(FULL);
  simulator.destination('acme', 314).mappings.pop();
  clock.advance(SECOND);
  await at().refresh('schedule');
  const backlog = async (): Promise<number | undefined> =>
    (await metrics.registry.getSingleMetric('aam_gateway_unstored_listings')?.get())?.values[0]?.value;
  expect(await backlog()).toBe(1);
  directory.configure(setups.map((setup) => ({ ...setup, destinations: [] })));
  expect(await backlog()).toBe(0);
});
