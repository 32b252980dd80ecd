import { describe, expect, it } from 'vitest';
import {
  setSegment,
  unsetSegment,
  type Destination,
  type FoundAnywhere,
} from '../../../src/directory/index.js';
import { kindsOfType } from '../../../src/directory/snapshot/id-kinds.js';
import {
  MINUTE,
  SECOND,
  acme,
  destination,
  globex,
  hold,
  mappings,
  startDirectory,
  until,
  type TestDirectory,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';
import { ann } from '../manual/by-hand.js';

const allOf = ({ directory }: TestDirectory): Destination[] =>
  [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);

/** Has everything read and stored. */
async function stored(test: TestDirectory): Promise<void> {
  for (const each of allOf(test)) await each.snapshot();
  await until(() => allOf(test).every(({ isSaved }) => isSaved));
}

/** What an ID is, in short, and the destinations that are left. */
function shown({ findings, left }: FoundAnywhere, id: string): [string[], string[]] {
  const matches = findings.get(id)?.matches ?? [];
  return [
    matches.map((match) => `${match.destination.id} ${match.segment.name} as ${match.idType}`),
    left.map((each) => each.id),
  ];
}

/** Advances the clock until the work is over. @returns its result, and how long it took by the clock */
async function timed<T>({ clock }: TestDirectory, work: Promise<T>): Promise<{ result: T; ms: number }> {
  const start = clock.elapsed();
  let isOver = false as boolean;
  const settled = work.finally(() => {
    isOver = true;
  });
  settled.catch(() => undefined);
  await until(() => {
    if (!isOver) clock.advance(SECOND / 10);
    return isOver;
  });
  return { result: await settled, ms: clock.elapsed() - start };
}

describe('IDs with many separators', () => {
  it('are looked for in parts, and the storage goes on working', async () => {
    const test = await startDirectory({
      segmentIdType: 'AUTO',
      customers: [
        acme({
          ...destination(316, [{ mappingId: 1, sid: 2, alias: 'color', value: '7', name: 'Red' }]),
          type: 'ADS',
          formatType: 'key_value',
          keySeparator: '=',
        }),
      ],
    });
    await stored(test);
    const ids = Array.from({ length: 100 }, (_, index) => `${index}${'=x'.repeat(400)}`);
    const found = await test.directory.find(allOf(test), [...ids, 'color=7']);
    expect(shown(found, 'color=7')).toEqual([['316 Red as KEY_VALUE'], []]);
    expect(found.findings.size).toBe(1);
    expect(test.directory.storageAvailable).toBe(true);
  });
});

describe('an ID that very many segments have', () => {
  it('is found in the other destinations, and it is said where it was not looked for', async () => {
    const many = Array.from({ length: 2_100 }, (_, index) => ({
      mappingId: 1 + index,
      sid: 10_000 + index,
      alias: 'same',
      name: 'Many',
    }));
    const test = await startDirectory({
      segmentIdType: 'ALIAS',
      customers: [
        acme(
          destination(314, many),
          destination(315, [{ mappingId: 1, sid: 1, alias: 'same', name: 'One' }]),
          destination(316, mappings('Other')),
        ),
      ],
    });
    await stored(test);
    const found = await test.directory.find(allOf(test), ['none', 'same', 'other']);
    expect(shown(found, 'same')).toEqual([['315 One as ALIAS'], ['314']]);
    expect(await test.directory.find(allOf(test), ['none'])).toMatchObject({ left: [] });
  });
});

describe('an entry by hand that was taken away', () => {
  it('does not make an ID ambiguous that a segment of another destination has', async () => {
    const test = await startDirectory({
      segmentIdType: 'SID',
      customers: [
        acme(destination(314, [{ mappingId: 7, sid: 4711, name: 'Listed' }]), destination(315, [])),
      ],
    });
    await stored(test);
    const other = test.at('acme', '315');
    for (const id of ['4711', '4712']) {
      await setSegment(other, { idType: 'SID', id, name: 'By hand' }, ann(test));
      await unsetSegment(other, { idType: 'SID', id }, ann(test));
    }
    const found = await test.directory.find(allOf(test), ['4711', '4712']);
    expect(shown(found, '4711')).toEqual([['314 Listed as SID'], []]);
    expect(found.findings.get('4711')).toMatchObject({ segmentCount: 1, matchCount: 1 });
    // Where there is nothing else, it is found as in a lookup.
    expect(shown(found, '4712')).toEqual([['315 By hand as SID'], []]);
  });
});

it('segments that are not deleted are kept before any number of deleted ones', async () => {
  const ids = Array.from({ length: 110 }, (_, index) => 1_000 + index);
  const test = await startDirectory({
    segmentIdType: 'SID',
    customers: [
      acme(
        ...ids.map((id) =>
          destination(id, [{ mappingId: 1, sid: id, alias: '9', name: 'Old', status: 'deleted' }]),
        ),
        destination(2_000, [{ mappingId: 1, sid: 1_000, alias: '9', name: 'Live' }]),
      ),
      globex(destination(3_000, [{ mappingId: 1, sid: 8, alias: '9', name: 'Other' }])),
    ],
    setups: (setups) =>
      setups.map((setup) => ({
        ...setup,
        destinations: setup.destinations.map((each) => ({ ...each, segmentIdType: 'ALIAS' as const })),
      })),
  });
  await stored(test);
  const finding = (await test.directory.find(allOf(test), ['9'])).findings.get('9');
  expect(finding).toMatchObject({ segmentCount: 111, matchCount: 112 });
  expect(finding?.matches.slice(0, 3).map(({ segment }) => segment.name)).toEqual(['Live', 'Other', 'Old']);
  expect(finding?.matches.slice(2).map((match) => Number(match.destination.id))).toEqual(ids.slice(1, 99));
});

describe('a destination whose details cannot be read', () => {
  it('is looked into, and is left until it is known what its IDs are', async () => {
    const test = await startDirectory({
      segmentIdType: 'AUTO',
      customers: [acme(destination(314, [{ mappingId: 7, sid: 9, name: 'Nine' }]))],
    });
    const broken = test.simulator.fault({ endpoint: 'destination', action: { kind: 'status', status: 404 } });
    await stored(test);
    const before = await test.directory.find(allOf(test), ['9']);
    expect(shown(before, '9')).toEqual([['314 Nine as SID'], ['314']]);
    broken.remove();
    test.clock.advance(2 * MINUTE);
    const after = await test.directory.find(allOf(test), ['9']);
    expect(shown(after, '9')).toEqual([['314 Nine as SID'], []]);
  });
});

describe('the time of a request', () => {
  it('is enough for what is there, however long first readings take', async () => {
    const test = await startDirectory({
      segmentIdType: 'AUTO',
      customers: [acme(destination(314, mappings('Known')), destination(315, mappings('Slow')))],
    });
    await test.at().snapshot();
    await until(() => test.at().isSaved);
    const gates = [
      hold(test.simulator),
      hold(test.simulator, { endpoint: 'destination', destinationId: 315 }),
    ];
    const { result, ms } = await timed(
      test,
      test.directory.find(allOf(test), ['101'], { timeMs: 5 * SECOND }),
    );
    expect(shown(result, '101')[0]).toEqual(['314 Known as SID']);
    expect(shown(result, '101')[1]).toEqual(['315']);
    expect(ms).toBeLessThan(5 * SECOND);
    for (const gate of gates) gate.open();
  });

  it('is enough to look into memory, if the storage does not answer', async () => {
    const gates = new GatedStorage();
    const test = await startDirectory({
      segmentIdType: 'SID',
      customers: [acme(destination(314, mappings('Known')))],
      wrap: gates.wrap,
    });
    await stored(test);
    const gate = gates.hold('findByIdentifiers');
    const { result, ms } = await timed(
      test,
      test.directory.find(allOf(test), ['101'], { timeMs: 5 * SECOND }),
    );
    expect(shown(result, '101')).toEqual([['314 Known as SID'], []]);
    expect(ms).toBeLessThan(5 * SECOND);
    expect(test.directory.storageAvailable).toBe(true);
    gate.open();
  });
});

describe('addresses', () => {
  const addressed = (id: number, url: string, count = 1) => ({
    ...destination(
      id,
      Array.from({ length: count }, (_, index) => ({
        mappingId: 1 + index,
        sid: 11 + index,
        name: `Address ${index}`,
        url: index === 0 ? url : `https://ads.example/${index}`,
        secureUrl: null,
      })),
    ),
    type: 'PUSH' as const,
  });

  it('need not have a slash', async () => {
    const test = await startDirectory({
      segmentIdType: 'AUTO',
      customers: [acme(addressed(314, 'ads.example?r=%rnd%'))],
    });
    await stored(test);
    const found = await test.directory.find(allOf(test), ['ads.example?r=5']);
    expect(shown(found, 'ads.example?r=5')).toEqual([['314 Address 0 as URL'], []]);
  });

  it('have nothing built in memory but what compares addresses', async () => {
    const test = await startDirectory({
      segmentIdType: 'AUTO',
      customers: [acme(addressed(314, 'https://ads.example/?r=%rnd%', 2_100))],
    });
    await stored(test);
    const address = 'https://ads.example/?r=5';
    const found = await test.directory.find(allOf(test), [address]);
    expect(shown(found, address)).toEqual([['314 Address 0 as URL'], []]);
    const kinds = test.at().presentKinds('AUTO');
    expect(test.at().cached()?.isPreparedFor(kindsOfType('URL', kinds))).toBe(true);
    expect(test.at().cached()?.isPreparedFor(kinds)).toBe(false);
  });
});
