import { describe, expect, it } from 'vitest';
import type { MappingStatus } from '../../../src/audience-manager/index.js';
import { StorageError, type Storage } from '../../../src/storage/index.js';
import { positionOf, type SegmentFilter } from '../../../src/directory/index.js';
import {
  acme,
  destination,
  globex,
  mappings,
  startDirectory,
  type TestDirectory,
} from '../../support/directory.js';

async function search({ directory }: TestDirectory, filter: SegmentFilter): Promise<(string | null)[]> {
  const all = [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);
  const { items, totalCount } = await directory.search(all, filter, 100, null);
  expect(totalCount).toBe(items.length);
  return items.map(({ segment }) => segment.name);
}

const SEGMENTS = [
  { mappingId: 14395, sid: 80920, name: 'CAFÉ visitors', description: 'Seen in Zürich' },
  { mappingId: 14396, sid: 80921, name: 'Cafe owners', alias: 'owner/α' },
  { mappingId: 14397, sid: 80922, name: 'Ελλάδα', description: 'ΟΔΟΣ' },
  { mappingId: 14398, sid: 80923, name: '東京の購入者', status: 'inactive' },
  { mappingId: 14399, sid: 80924, name: 'हिन्दी समाचार', status: 'deleted' },
  { mappingId: 14400, sid: 80925, name: 'ガス料金', description: '100% (renewable)' },
  { mappingId: 24400, sid: 90925, name: null, description: 'No name at all' },
] as const;

describe('a search', () => {
  const [cafe, owners, greece, tokyo, hindi, gas] = SEGMENTS.map(({ name }) => name);
  const searches: [string, string, (string | null | undefined)[]][] = [
    ['without accents', 'cafe', [owners, cafe]],
    ['with accents', 'café', [owners, cafe]],
    ['with accents beside the letter', 'CAFE\u0301', [owners, cafe]],
    ['in lower-case Greek without accents', 'ελλαδα', [greece]],
    ['in upper-case Greek', 'ΕΛΛΑΔΑ', [greece]],
    ['with a sigma that is final in the text but not in the search', 'οδοσ', [greece]],
    ['in Japanese', '購入', [tokyo]],
    ['in Japanese, voiced', 'ガス', [gas]],
    ['in half-width Japanese', 'ｶﾞｽ', [gas]],
    ['in Japanese, not voiced', 'カス', []],
    ['in Devanagari', 'हिन्दी', [hindi]],
    ['in Devanagari with another vowel', 'हिन्दि', []],
    ['for a part of a word', 'isit', [cafe]],
    ['for all of several words, in any order', 'VISITORS  cafe', [cafe]],
    ['for several words one of which is missing', 'cafe customers', []],
    ['for words of which one is in the name and one in the description', 'zurich cafe', [cafe]],
    ['for a word of the description', 'zürich', [cafe]],
    ['for an alias', 'Owner/Α', [owners]],
    ['for a mapping ID', '14397', [greece]],
    ['for a part of a mapping ID', '2440', [null]],
    ['for a sid', '80920', [cafe]],
    ['for characters that are special in SQL or regular expressions', '100% (', [gas]],
    ['for a pattern that would match everything as a regular expression', '.*', []],
    ['for a segment without a name', 'no name', [null]],
    ['for a word that is only found across two fields', 'visitorsseen', []],
  ];

  it.each(searches)('%s (%s) finds the matching segments', async (_, text, expected) => {
    const test = await startDirectory({ customers: [acme(destination(1, [...SEGMENTS]))] });
    expect(await search(test, { text })).toEqual(expected);
  });

  it.each([
    ['no text', {}],
    ['null', { text: null }],
    ['an empty text', { text: '' }],
    ['blanks', { text: ' \n ' }],
  ])('for %s finds everything', async (_, filter) => {
    const test = await startDirectory();
    expect(await search(test, filter)).toEqual(['Alpha', 'Beta', 'Gamma']);
  });

  it.each<[string, readonly MappingStatus[] | null, (string | null | undefined)[]]>([
    ['one status', ['INACTIVE'], [tokyo]],
    ['several', ['INACTIVE', 'DELETED'], [hindi, tokyo]],
    ['a status that no segment has', ['UNKNOWN'], []],
    ['an empty list', [], []],
    ['null', null, [owners, cafe, greece, hindi, gas, tokyo, null]],
  ])('with a filter by status (%s) returns only matching segments', async (_, status, expected) => {
    const test = await startDirectory({ customers: [acme(destination(1, [...SEGMENTS]))] });
    expect(await search(test, { status })).toEqual(expected);
  });

  it('returns only segments that match both text and status', async () => {
    const test = await startDirectory({ customers: [acme(destination(1, [...SEGMENTS]))] });
    expect(await search(test, { text: 'cafe', status: ['ACTIVE'] })).toEqual([owners, cafe]);
    expect(await search(test, { text: 'cafe', status: ['INACTIVE'] })).toEqual([]);
  });

  it('finds a deleted segment unless the filter asks for ACTIVE ones', async () => {
    const test = await startDirectory();
    await test.at().snapshot();
    test.simulator.destination('acme', 314).mappings.pop();
    await test.at().refresh('schedule');
    expect(await search(test, { text: 'gamma' })).toEqual(['Gamma']);
    expect(await search(test, { text: 'gamma', status: ['ACTIVE'] })).toEqual([]);
  });

  it('finds a renamed segment only by its new name', async () => {
    const test = await startDirectory();
    expect(await search(test, { text: 'alpha' })).toEqual(['Alpha']);
    test.simulator.destination('acme', 314).mappings[0]!.name = 'Omega';
    await test.at().refresh('schedule');
    expect(await search(test, { text: 'alpha' })).toEqual([]);
    expect(await search(test, { text: 'omega' })).toEqual(['Omega']);
  });

  it('over several destinations merges the matches by name, pages and counts them', async () => {
    const test = await startDirectory({
      customers: [
        acme(
          destination(1, mappings('Buyers C', 'Other', 'Buyers A')),
          destination(2, mappings('buyers b', 'Buyers A')),
        ),
        globex(destination(1, mappings('Éxtra buyers', 'Nobody', 'Buyers A'))),
      ],
    });
    const all = [test.at('acme', '1'), test.at('acme', '2'), test.at('globex', '1')];
    const filter = { text: 'buyers' };
    const first = await test.directory.search(all, filter, 3, null);
    const shown = (items: typeof first.items): string[] =>
      items.map(
        ({ segment, destination: at }) => `${segment.name} ${segment.id} of ${at.customerId} ${at.id}`,
      );
    expect(shown(first.items)).toEqual([
      'Buyers A 2 of acme 2',
      'Buyers A 3 of acme 1',
      'Buyers A 3 of globex 1',
    ]);
    expect(first).toMatchObject({ hasPreviousPage: false, hasNextPage: true, totalCount: 6 });
    const second = await test.directory.search(all, filter, 3, positionOf(first.items[2]!));
    expect(shown(second.items)).toEqual([
      'buyers b 1 of acme 2',
      'Buyers C 1 of acme 1',
      'Éxtra buyers 1 of globex 1',
    ]);
    expect(second).toMatchObject({ hasPreviousPage: true, hasNextPage: false, totalCount: 6 });
    expect(second.items[2]!.asOf).toBe(all[2]!.asOf);
  });
});

it('is refused while too many searches wait already, and everything else goes on', async () => {
  const busy = new StorageError('BUSY', '100 searches wait already');
  const wrap = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (_, name) => {
        if (name === 'search') return () => Promise.reject(busy);
        const value: unknown = Reflect.get(storage, name, storage);
        return typeof value === 'function' ? (value.bind(storage) as unknown) : value;
      },
    });
  const { directory } = await startDirectory({ wrap });
  const all = [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);
  await expect(directory.search(all, {}, 10, null)).rejects.toBe(busy);
  expect(directory.storageAvailable).toBe(true);
});
