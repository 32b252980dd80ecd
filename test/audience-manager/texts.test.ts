import { describe, expect, it } from 'vitest';
import { parseDestination } from '../../src/audience-manager/destination.js';
import { parseMapping } from '../../src/audience-manager/mapping.js';
import type { RevisionRequest } from '../../src/storage/index.js';
import { HOUR, MINUTE, allNames, startDirectory } from '../support/directory.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { logged, startLoggedIn } from '../support/upstream.js';
import { describeEngines } from '../storage/support.js';

const NEWEST: RevisionRequest = {
  segmentId: null,
  since: null,
  first: 100,
  order: 'newest-first',
  after: null,
};

const ID = { destinationMappingId: 1 };

/** What a mapping becomes with these fields, and what was lost. */
function read(fields: Record<string, unknown>) {
  const losses = { shortened: 0, dropped: 0 };
  return { mapping: parseMapping({ ...ID, ...fields }, losses), ...losses };
}

describe('a text of a mapping', () => {
  it.each([
    ['elementName', 'name', 1_000],
    ['elementDescription', 'description', 10_000],
  ] as const)('%s is cut after so many characters, never within one', (field, property, max) => {
    const cut = (text: string): [string | null | undefined, number] => {
      const { mapping, shortened } = read({ [field]: text });
      return [mapping?.[property], shortened];
    };
    expect(cut('a'.repeat(max))).toEqual(['a'.repeat(max), 0]);
    expect(cut('a'.repeat(max + 1))).toEqual(['a'.repeat(max), 1]);
    expect(cut('😀'.repeat(max))).toEqual(['😀'.repeat(max), 0]);
    expect(cut(`a${'😀'.repeat(max)}`)).toEqual([`a${'😀'.repeat(max - 1)}`, 1]);
    // What is removed does not count.
    expect(cut('\0'.repeat(max) + 'b'.repeat(max))).toEqual(['b'.repeat(max), 0]);
  });

  it('for people is kept in the form that every storage can hold', () => {
    const { mapping, shortened } = read({ elementName: 'a\0b\ud83d', elementDescription: '\ude00c\0' });
    expect(mapping).toMatchObject({ name: 'ab\ufffd', description: '\ufffdc' });
    expect(shortened).toBe(0);
    expect(read({ elementName: '\0\0' }).mapping?.name).toBeNull();
    expect(read({ elementName: '😀' }).mapping?.name).toBe('😀');
  });

  it.each([
    ['traitAlias', 'alias', 1_000],
    ['valueAlias', 'value', 1_000],
    ['url', 'url', 10_000],
    ['secureUrl', 'secureUrl', 10_000],
  ] as const)('%s is an identifier: kept as it is or not at all', (field, property, max) => {
    const kept = (text: string): [string | null | undefined, number] => {
      const { mapping, dropped } = read({ [field]: text, elementName: 'Kept' });
      expect(mapping?.name).toBe('Kept');
      return [mapping?.[property], dropped];
    };
    expect(kept('k'.repeat(max))).toEqual(['k'.repeat(max), 0]);
    expect(kept('😀'.repeat(max))).toEqual(['😀'.repeat(max), 0]);
    expect(kept('k'.repeat(max + 1))).toEqual([null, 1]);
    expect(kept('12\0')).toEqual([null, 1]);
    expect(kept('12\ud83d')).toEqual([null, 1]);
    expect(kept('')).toEqual([null, 0]);
  });
});

it('a destination has texts of the same lengths, and no separator that was changed', () => {
  const long = 'x'.repeat(20_000);
  const fields = {
    name: `\0${long}`,
    description: long,
    delimiter: ',\0',
    keySeparator: '=',
    singleKey: long,
  };
  expect(parseDestination(Buffer.from(JSON.stringify(fields)))).toMatchObject({
    name: long.slice(0, 1_000),
    description: long.slice(0, 10_000),
    delimiter: null,
    keySeparator: '=',
    singleKey: null,
  });
});

it('what a listing lost is logged once, with the numbers for all of its pages', async () => {
  const upstream = await startLoggedIn({
    customers: [passwordCustomer('acme', destination(314, 25))],
    client: { pageSize: 10 },
  });
  upstream.simulator.edit(
    'acme',
    314,
    { change: 1001, fields: { name: 'n'.repeat(1_001), description: 'd'.repeat(10_001) } },
    { change: 1025, fields: { name: 'n'.repeat(5_000), alias: 'a'.repeat(1_001), value: 'v' } },
  );
  const listing = await upstream.client.listMappings(upstream.account('acme'), '314');
  expect(listing).toMatchObject({ skipped: 0, losses: { shortened: 3, dropped: 1 } });
  expect(listing.mappings).toHaveLength(25);
  expect(logged(upstream, 'warn')).toMatchObject([{ destination: '314', shortened: 3, dropped: 1 }]);
});

describeEngines('a name that no database can hold as it is', (create) => {
  it('is the same after a restart, so that listing it again renames nothing', async () => {
    const { config } = await create();
    const names = ['A\0lpha', 'Beta \ud83d', 'Gamma 😀'];
    const mappings = names.map((name, index) => ({
      mappingId: index + 1,
      name,
      description: `\0${name}\ude00`,
    }));
    const customers = () => [
      passwordCustomer('acme', destination(314, 0, { mappings: structuredClone(mappings) })),
    ];
    const kept = ['Alpha', 'Beta \ufffd', 'Gamma 😀'];
    for (let start = 0; start < 2; start++) {
      const { at, clock, directory, simulator } = await startDirectory({
        customers: customers(),
        storage: config,
      });
      // The clock of each directory begins anew.
      clock.advance(start * HOUR);
      for (let round = 0; round < 2; round++) {
        clock.advance(MINUTE);
        await at().refresh('request');
        expect(allNames(await at().snapshot())).toEqual(kept);
      }
      expect(simulator.listings()).toBe(2);
      const { totalCount } = await at().revisions(NEWEST);
      expect(totalCount).toBe(names.length);
      await directory.stop();
    }
  });
});
