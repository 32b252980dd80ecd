import { describe, expect, it } from 'vitest';
import { setSegment, type Destination, type IdFinding, type IdMatch } from '../../../src/directory/index.js';
import { StorageError } from '../../../src/storage/index.js';
import {
  SECOND,
  acme,
  destination,
  globex,
  hold,
  mappings,
  startDirectory,
  until,
  withIdType,
  type DirectorySetUp,
  type TestDirectory,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';
import { CASES } from '../lookup/destination-cases.js';
import { startDocumented } from '../lookup/documented.js';
import { ann } from '../manual/by-hand.js';
import { begun } from '../../support/waiting.js';

const allOf = ({ directory }: TestDirectory): Destination[] =>
  [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);

const idsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => 1_000 + index);

/** A match in short: `314 Loyal as SID`. */
const shown = ({ destination: { id }, segment, idType }: IdMatch): string =>
  `${id} ${segment.name} as ${idType}`;

/** What IDs are found to be, by ID. */
async function findIn(
  test: TestDirectory,
  ids: readonly string[],
  destinations = allOf(test),
): Promise<Record<string, string[]>> {
  const { findings } = await test.directory.find(destinations, ids);
  return Object.fromEntries(ids.map((id) => [id, findings.get(id)?.matches.map(shown) ?? []]));
}

async function findingOf(test: TestDirectory, id: string): Promise<IdFinding | undefined> {
  return (await test.directory.find(allOf(test), [id])).findings.get(id);
}

/** Has everything read and stored. */
async function stored(test: TestDirectory): Promise<void> {
  for (const each of allOf(test)) await each.snapshot();
  await until(() => allOf(test).every(({ isSaved }) => isSaved));
}

/** Two customers, whose numbers mean different things in different destinations. */
async function startTwo(setUp: DirectorySetUp = {}): Promise<TestDirectory> {
  const test = await startDirectory({
    segmentIdType: 'AUTO',
    customers: [
      acme(
        destination(314, [
          { mappingId: 7, sid: 80920, alias: 'cart', name: 'Cart' },
          { mappingId: 8, sid: 9, name: 'Nine' },
        ]),
        destination(315, [
          { mappingId: 70, sid: 80920, name: 'Cart' },
          { mappingId: 9, sid: 80999, name: 'Other' },
        ]),
      ),
      globex(
        destination(566, [
          { mappingId: 1, sid: 80920, name: 'Foreign', status: 'deleted' },
          { mappingId: 2, sid: 5, alias: '80920', name: 'Alias' },
        ]),
      ),
    ],
    ...setUp,
  });
  await stored(test);
  return test;
}

describe('without a destination, the IDs of one that is', () => {
  it.each(CASES.map((each) => [each.destination, each] as const))(
    '%s, are what a lookup in it finds',
    async (_, { auto, ...documented }) => {
      const gates = new GatedStorage();
      const test = await startDocumented(documented, { wrap: gates.wrap });
      const ids = Object.keys(auto);
      const expected = Object.fromEntries(
        Object.entries(auto).map(([id, found]) => [id, found === 'UNKNOWN' ? [] : [`314 ${found}`]]),
      );
      // First as it was listed, when it may not be stored yet; then from the storage; then from memory, as that fails.
      expect(await findIn(test, ids)).toEqual(expected);
      await stored(test);
      expect(await findIn(test, ids)).toEqual(expected);
      gates.refuse('findByIdentifiers');
      gates.refuse('destinationsWithAddresses');
      expect(await findIn(test, ids)).toEqual(expected);
    },
  );
});

describe('an ID in several destinations', () => {
  it('is found in each of them, and is one segment where customer and sid are the same', async () => {
    const test = await startTwo();
    expect(await findIn(test, ['80920', 'cart', '9', '5', 'none', '80920'])).toEqual({
      // One match of each segment first, and deleted ones behind the others.
      80920: ['314 Cart as SID', '566 Alias as ALIAS', '566 Foreign as SID', '315 Cart as SID'],
      cart: ['314 Cart as ALIAS'],
      9: ['314 Nine as SID', '315 Other as MAPPING_ID'],
      5: ['566 Alias as SID'],
      none: [],
    });
    expect(await findingOf(test, '80920')).toMatchObject({ segmentCount: 3, matchCount: 4 });
    expect(await findingOf(test, '9')).toMatchObject({ segmentCount: 2, matchCount: 2 });
    const [, ofAcme] = allOf(test);
    expect(await findIn(test, ['80920'], [ofAcme!])).toEqual({ 80920: ['315 Cart as SID'] });
    expect(await findIn(test, ['80920'], [])).toEqual({ 80920: [] });
  });

  it('follows the kind that is configured for each', async () => {
    const test = await startTwo();
    test.directory.configure(
      test.setups.map((setup) => withIdType(setup, setup.id === 'acme' ? 'MAPPING_ID' : 'SID')),
    );
    expect(await findIn(test, ['80920', '9', '7', 'cart'])).toEqual({
      80920: ['566 Foreign as SID'],
      9: ['315 Other as MAPPING_ID'],
      7: ['314 Cart as MAPPING_ID'],
      cart: [],
    });
  });

  it('is found by what was given by hand', async () => {
    const test = await startTwo();
    await setSegment(test.at(), { idType: 'AUTO', id: 'by hand', name: 'Unstated' }, ann(test));
    await setSegment(test.at('acme', '315'), { idType: 'SID', id: '4711', name: 'Stated' }, ann(test));
    await setSegment(test.at('globex', '566'), { idType: 'VALUE', id: '4711', name: 'Value' }, ann(test));
    await setSegment(test.at('globex', '566'), { idType: 'SID', id: '5', name: 'Renamed' }, ann(test));
    expect(await findIn(test, ['by hand', '4711', '5'])).toEqual({
      'by hand': ['314 Unstated as AUTO'],
      4711: ['315 Stated as SID', '566 Value as VALUE'],
      5: ['566 Renamed as SID'],
    });
  });

  it('has a bounded number of matches, and the number of all of them', async () => {
    const test = await startDirectory({
      segmentIdType: 'SID',
      customers: [acme(...idsOf(120).map((id) => destination(id, mappings(`Name ${id}`))))],
    });
    await stored(test);
    const finding = await findingOf(test, '101');
    expect(finding).toMatchObject({ segmentCount: 1, matchCount: 120 });
    expect(finding?.matches.map(({ destination: { id } }) => Number(id))).toEqual(idsOf(100));
  });
});

it('many IDs that many destinations have are found in as many statements as it takes', async () => {
  const gates = new GatedStorage();
  const segments = Array.from({ length: 500 }, (_, index) => ({
    mappingId: 100_000 + index,
    sid: 1 + index,
    name: `Name ${index}`,
  }));
  const test = await startDirectory({
    segmentIdType: 'SID',
    customers: [acme(...idsOf(41).map((id) => destination(id, segments)))],
    wrap: gates.wrap,
  });
  await stored(test);
  const ids = segments.map(({ sid }) => String(sid));
  const { findings } = await test.directory.find(allOf(test), ids);
  // Together they are more segments than one statement returns: it takes four to find out for how few IDs one is enough.
  expect(gates.callsOf('findByIdentifiers')).toBe(4 + Math.ceil(500 / 32));
  expect(findings.size).toBe(500);
  for (const { sid, name } of segments) {
    const finding = findings.get(String(sid));
    expect([finding?.matchCount, finding?.matches.length]).toEqual([41, 41]);
    expect(new Set(finding?.matches.map(({ segment }) => segment.name))).toEqual(new Set([name]));
  }
});

describe('destinations that were never read', () => {
  it('are read, a few before the answer and the others behind it', async () => {
    const test = await startDirectory({
      segmentIdType: 'SID',
      customers: [acme(...idsOf(60).map((id) => destination(id, mappings(`Name ${id}`))))],
      concurrency: 3,
    });
    const gate = hold(test.simulator);
    const asked = test.directory.find(allOf(test), ['101']);
    await until(() => test.simulator.listings() === 23);
    await fetch(test.simulator.url);
    expect(test.simulator.listings()).toBe(23);
    gate.open();
    expect((await asked).findings.get('101')?.matchCount).toBeGreaterThanOrEqual(20);
    await stored(test);
    expect((await findingOf(test, '101'))?.matchCount).toBe(60);
    expect(test.simulator.listings()).toBe(60);
  });

  it('cause no listing because an ID is unknown, or because they are stale', async () => {
    const test = await startTwo();
    const before = test.simulator.listings();
    test.clock.advance(24 * 3_600_000);
    expect(await findIn(test, ['nowhere', 'https://nowhere.example/'])).toEqual({
      nowhere: [],
      'https://nowhere.example/': [],
    });
    await fetch(test.simulator.url);
    expect(test.simulator.listings()).toBe(before);
  });
});

describe('addresses', () => {
  const urlDestination = (id: number) => ({
    ...destination(id, [
      {
        mappingId: 1,
        sid: 11,
        name: `Address ${id}`,
        url: `https://ads.example/${id}?r=%rnd%`,
        secureUrl: null,
      },
    ]),
    type: 'PUSH',
  });

  it('are compared in the destinations that have any, of which a few are read into memory', async () => {
    const test = await startDirectory({
      segmentIdType: 'AUTO',
      customers: [acme(destination(314, mappings('A')), ...idsOf(30).map(urlDestination))],
      // Room for none of the snapshots besides the last one.
      maxMemoryBytes: 1,
    });
    await stored(test);
    const { findings, left } = await test.directory.find(allOf(test), ['https://ads.example/1000?r=5', '11']);
    expect(findings.get('https://ads.example/1000?r=5')?.matches.map(shown)).toEqual([
      '1000 Address 1000 as URL',
    ]);
    // The last one read is in memory, and 20 others were read.
    expect(left.map(({ id }) => Number(id))).toEqual(idsOf(29).slice(20));
    expect((await test.directory.find(allOf(test), ['11'])).left).toEqual([]);
  });
});

describe('if the storage does not respond', () => {
  it('what is in memory is looked into, and the rest is named', async () => {
    const gates = new GatedStorage();
    const test = await startDirectory({
      segmentIdType: 'SID',
      customers: [acme(...idsOf(30).map((id) => destination(id, mappings(`Name ${id}`))))],
      wrap: gates.wrap,
      maxMemoryBytes: 1,
    });
    await stored(test);
    test.simulator.fault({ action: { kind: 'status', status: 503 } });
    for (const method of ['findByIdentifiers', 'read', 'state', 'ping'] as const) gates.refuse(method);
    let isOver = false as boolean;
    const asked = begun(
      test.directory.find(allOf(test), ['101']).finally(() => {
        isOver = true;
      }),
    );
    // Calls wait for a host that fails.
    await until(() => {
      test.clock.advance(SECOND);
      return isOver;
    });
    const { findings, left } = await asked;
    expect(findings.get('101')?.matches.map(shown)).toEqual(['1029 Name 1029 as SID']);
    expect(left).toHaveLength(29);
  });

  it('because too many searches wait, the caller is told so', async () => {
    const test = await startDirectory({
      segmentIdType: 'SID',
      wrap: (storage) => {
        const busy = (): Promise<never> => Promise.reject(new StorageError('BUSY', 'too many searches wait'));
        return Object.assign(new GatedStorage().wrap(storage), { findByIdentifiers: busy });
      },
    });
    await stored(test);
    await expect(test.directory.find(allOf(test), ['101'])).rejects.toMatchObject({ code: 'BUSY' });
  });
});
