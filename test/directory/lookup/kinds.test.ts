import { describe, expect, it } from 'vitest';
import type { DestinationDetails } from '../../../src/audience-manager/index.js';
import type { IdentifierType } from '../../../src/segments/index.js';
import { SECOND, hold, startDirectory, until, withIdType } from '../../support/directory.js';
import { CASES } from './destination-cases.js';
import { lookUp, startDocumented, type Documented } from './documented.js';

const ALL_TYPES: readonly IdentifierType[] = ['SID', 'MAPPING_ID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL'];

describe('without a stated kind, the IDs of a destination that is', () => {
  it.each(CASES.map((each) => [each.destination, each] as const))(
    '%s, are those that it sends',
    async (_, { auto, ...documented }) => {
      const test = await startDocumented(documented);
      expect(await lookUp(test, test.at(), Object.keys(auto))).toEqual(auto);
      expect(test.simulator.count({ endpoint: 'destination' })).toBe(1);
    },
  );
});

describe('of a stated kind, the IDs of a destination that is', () => {
  const cases = CASES.filter((each) => each.stated !== undefined).map(
    (each) => [each.destination, each] as const,
  );

  it.each(cases)('%s, are of that kind and no other', async (_, { stated = {}, ...documented }) => {
    const test = await startDocumented(documented);
    const ids = [...new Set(Object.values(stated).flatMap((names) => Object.keys(names)))];
    for (const idType of ALL_TYPES) {
      const names = stated[idType] ?? {};
      const expected = ids.map((id) => [id, id in names ? `${names[id]} as ${idType}` : 'UNKNOWN']);
      expect(await lookUp(test, test.at(), ids, idType)).toEqual(Object.fromEntries(expected));
    }
  });

  it.each(cases)('%s, are the same if the configuration states it', async (_, documented) => {
    const test = await startDocumented(documented, { segmentIdType: 'SID' });
    for (const [idType, names] of Object.entries(documented.stated ?? {})) {
      test.directory.configure(test.setups.map((setup) => withIdType(setup, idType as IdentifierType)));
      const expected = Object.entries(names).map(([id, name]) => [id, `${name} as ${idType}`]);
      expect(await lookUp(test, test.at(), Object.keys(names))).toEqual(Object.fromEntries(expected));
    }
    // The destination itself is read only for the separator of key and value.
    const reads = documented.stated?.KEY_VALUE === undefined ? 0 : 1;
    expect(test.simulator.count({ endpoint: 'destination' })).toBe(reads);
  });
});

it('an ID of a stated kind is never found as another kind', async () => {
  const row = {
    destinationMappingId: 1,
    sid: 2,
    traitAlias: '3',
    valueAlias: '4',
    url: '5',
    secureUrl: '6',
    elementName: 'Loyal',
  };
  const own: Record<IdentifierType, string[]> = {
    MAPPING_ID: ['1'],
    SID: ['2'],
    ALIAS: ['3'],
    VALUE: ['4'],
    KEY_VALUE: ['3=4'],
    URL: ['5', '6'],
  };
  const ids = Object.values(own).flat();
  for (const destinationType of ['S2S', 'PUSH', 'ADS', 'OTHER']) {
    const test = await startDocumented({ fields: { destinationType }, rows: [row] });
    for (const idType of ALL_TYPES) {
      const expected = ids.map((id) => [id, own[idType].includes(id) ? `Loyal as ${idType}` : 'UNKNOWN']);
      expect(await lookUp(test, test.at(), ids, idType)).toEqual(Object.fromEntries(expected));
    }
  }
});

describe('the type of a destination', () => {
  const cookie: Documented = {
    fields: { destinationType: 'S2S' },
    rows: [{ destinationMappingId: 1, sid: 7, valueAlias: 'v', elementName: 'Loyal' }],
  };

  it('is that of the configuration, if that gives one', async () => {
    const test = await startDocumented(cookie, {
      setups: (setups) =>
        setups.map((setup) => ({
          ...setup,
          destinations: setup.destinations.map((each) => ({ ...each, type: 'COOKIE' })),
        })),
    });
    expect(await lookUp(test, test.at(), ['v', '7', '1'])).toEqual({
      v: 'Loyal as VALUE',
      7: 'UNKNOWN',
      1: 'UNKNOWN',
    });
  });

  it('is taken for an unknown one while it cannot be read, and counts as soon as it is known', async () => {
    const test = await startDocumented(cookie);
    const gate = hold(test.simulator, { endpoint: 'destination' });
    const asked = lookUp(test, test.at(), ['v', '7', '1']);
    await gate.arrival;
    await test.clock.timer((ms) => ms === 2 * SECOND);
    test.clock.advance(2 * SECOND);
    expect(await asked).toEqual({ v: 'Loyal as VALUE', 7: 'Loyal as SID', 1: 'Loyal as MAPPING_ID' });
    gate.open();
    await until(() => test.at().details.known !== null);
    expect(await lookUp(test, test.at(), ['v', '7', '1'])).toEqual({
      v: 'UNKNOWN',
      7: 'Loyal as SID',
      1: 'Loyal as MAPPING_ID',
    });
  });

  it('is known from what an earlier version has stored, which lacks most of the details', async () => {
    const test = await startDocumented(cookie);
    const { at, clock, simulator } = test;
    const details = { name: 'Old', description: null, type: 'COOKIE', active: true };
    at().details.restore({ details: details as DestinationDetails, detailsReadAt: clock.now() });
    expect(await lookUp(test, at(), ['v', '7'])).toEqual({ v: 'Loyal as VALUE', 7: 'UNKNOWN' });
    expect(simulator.count({ endpoint: 'destination' })).toBe(0);
  });

  it('does not matter for customers without access to Audience Manager unless it is configured', async () => {
    const { at, find } = await startDirectory({
      segmentIdType: 'AUTO',
      setups: (setups) => setups.map((setup) => ({ ...setup, account: null })),
    });
    const kinds = at().kinds();
    expect(kinds).toMatchObject({ types: { length: 6 }, isAuto: true, isCertain: false });
    expect((await find(at(), ['7'])).results).toEqual([{ status: 'UNKNOWN' }]);
  });
});

describe('the identifier by which a segment is shown', () => {
  const row = {
    destinationMappingId: 1,
    sid: 2,
    traitAlias: '3',
    valueAlias: '4',
    url: 'http://p.example/',
    elementName: null,
  };

  it.each([
    ['S2S', {}, '2'],
    ['PUSH', { serializationEnabled: true }, '3'],
    ['PUSH', { serializationEnabled: false }, 'http://p.example/'],
    ['ADS', { formatType: 'single_key' }, '4'],
    ['ADS', { formatType: 'key_value', keySeparator: ':' }, '3:4'],
  ])('is of the kind that the destination sends (%s, %o)', async (destinationType, more, expected) => {
    const { at } = await startDocumented({ fields: { destinationType, ...more }, rows: [row] });
    const snapshot = await at().snapshot();
    await at().kinds();
    expect(at().displayId(snapshot.find('1')!)).toBe(expected);
  });

  it('is the next kind, and in the end the mapping ID, if the segment has none of the first', async () => {
    const rows = [{ ...row, sid: null }, { destinationMappingId: 9 }];
    const { at } = await startDocumented({ fields: { destinationType: 'S2S' }, rows });
    const snapshot = await at().snapshot();
    expect(at().displayId(snapshot.find('1')!)).toBe('3');
    expect(at().displayId(snapshot.find('9')!)).toBe('9');
  });
});
