import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Snapshot,
  compareCustomers,
  compareSegments,
  pageOf,
  positionOf,
  diffListing,
  sortByName,
  type Located,
  type MatchPage,
  type SegmentPosition,
} from '../../../src/directory/index.js';
import { PackedSegments } from '../../../src/segments/index.js';
import {
  SECOND,
  acme,
  destination,
  globex,
  mappings,
  segment,
  startDirectory,
  type TestDirectory,
} from '../../support/directory.js';

describe('segments', () => {
  it('are sorted by name without case and accents, then by name, then by ID; those without a name are last', () => {
    const inOrder: [string | null, string][] = [
      ['2 visits', '8'],
      ['Apple', '7'],
      ['apple', '1'],
      ['apple', '2'],
      ['Áron', '9'],
      ['banana', '3'],
      ['eclair', '6'],
      ['Éclair', '4'],
      ['zoo', '5'],
      ['Ωmega', '11'],
      ['日本', '10'],
      [null, '0'],
      [null, '12'],
    ];
    const segments = inOrder.map(([name, id]) => segment(name, { id }));
    for (const shuffled of [
      segments,
      segments.toReversed(),
      [...segments.slice(5), ...segments.slice(0, 5)],
    ]) {
      expect([...Snapshot.of(shuffled, 0).segments].map(({ name, id }) => [name, id])).toEqual(inOrder);
    }
  });

  it('have the same order by position, followed by customer and destination', () => {
    const at = (
      name: string | null,
      id: string,
      customerId: string,
      destinationId: string,
    ): SegmentPosition => ({
      name,
      id,
      customerId,
      destinationId,
    });
    const inOrder = [
      at('apple', '1', 'acme', '2'),
      at('apple', '1', 'globex', '1'),
      at('apple', '1', 'globex', '2'),
      at('apple', '2', 'acme', '1'),
      at('Beta', '1', 'acme', '1'),
      at(null, '1', 'acme', '1'),
      at(null, '1', 'acme', '2'),
    ];
    expect(inOrder.toReversed().sort(compareSegments)).toEqual(inOrder);
    for (const position of inOrder) expect(compareSegments(position, { ...position })).toBe(0);
  });

  it('have the same order in lists and by position', () => {
    const names = ['b', 'B', 'ä', 'a', 'A', 'Ä', null, '', 'ß', 'ss', 'ΟΔΟΣ', 'οδοσ', 'が', 'か'];
    const all = names.flatMap((name) =>
      ['10', '9'].map((id) => ({ name, id, customerId: '', destinationId: '' })),
    );
    expect(sortByName(all)).toEqual(all.toSorted(compareSegments));
  });

  /** A few texts of each kind, so that names often have the same prefix, differ in case only, or are equal. */
  const piece = fc.oneof(
    fc.constantFrom('', 'a', 'A', 'z', 'Z', '@', '[', '`', '{', ' ', '\0', '\x7e', '\x7f', '\x80', '\xff'),
    fc.constantFrom('ä', 'Ä', 'a\u0308', '\u0308', 'ß', 'ẞ', 'ς', 'Σ', 'İ', 'ﬁ', 'ﷺ', '日', 'が', '\uffff'),
    fc.constantFrom('😀', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000', '\ud7ff'),
    fc.constantFrom('abc', 'ABC', 'abcd', 'abcdefgh', 'a name that goes on for a while '),
  );
  const anyName = fc.option(
    fc.oneof(
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary-ascii' }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    ),
    { nil: null },
  );
  const anyId = fc.oneof(fc.nat(99).map(String), fc.constantFrom('\0', '', '\ud800', '\uffff', 'ä'));
  const anyNames = fc.uniqueArray(fc.record({ id: anyId, name: anyName }), {
    selector: ({ id }) => id,
    maxLength: 40,
  });
  const listed = ({ segments }: Snapshot): unknown[] => [...segments].map(({ name, id }) => ({ id, name }));
  const inOrder = (names: readonly { name: string | null; id: string }[]): unknown[] =>
    names.toSorted((a, b) => {
      const one = { customerId: '', destinationId: '' };
      return compareSegments({ ...a, ...one }, { ...b, ...one });
    });

  it('are sorted by position, whatever their names', () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        const snapshot = Snapshot.of(
          names.map(({ name, id }) => segment(name, { id })),
          0,
        );
        expect(listed(snapshot)).toEqual(inOrder(names));
      }),
      { numRuns: 500 },
    );
  });

  it('are sorted after some of them were changed, added or removed', () => {
    fc.assert(
      fc.property(anyNames, anyNames, (names, others) => {
        const packed = PackedSegments.of(names.map(({ name, id }) => segment(name, { id })));
        const before = diffListing({ mappings: packed, skipped: 0 }, undefined, 1).snapshot;
        const mappings = PackedSegments.of(others.map(({ name, id }) => segment(name, { id })));
        const { snapshot } = diffListing({ mappings, skipped: 0 }, before, 2);
        const ids = new Set(others.map(({ id }) => id));
        const all = [...others, ...names.filter(({ id }) => !ids.has(id))];
        expect(listed(snapshot)).toEqual(inOrder(all));
        for (const { id, name } of all) expect(snapshot.find(id)).toMatchObject({ id, name });
      }),
      { numRuns: 500 },
    );
  });
});

describe('customers', () => {
  it('are sorted by name, then by ID', async () => {
    const { directory } = await startDirectory({
      customers: ['a', 'b', 'c', 'd'].map((key) => ({ ...acme(), key, username: key })),
      setups: (setups) =>
        setups.map((setup, index) => ({ ...setup, name: ['zoo', 'Émile', 'emile', 'Apple'][index]! })),
    });
    const customers = [...directory.customers.values()];
    expect(customers.map(({ name }) => name)).toEqual(['Apple', 'emile', 'Émile', 'zoo']);
    expect([...directory.customers.keys()]).toEqual(['d', 'c', 'b', 'a']);
    expect(customers.toReversed().sort(compareCustomers)).toEqual(customers);
  });
});

/** A page of the segments of all destinations. */
async function page(
  { directory }: TestDirectory,
  first: number,
  after: Located | SegmentPosition | null = null,
): Promise<MatchPage> {
  const all = [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);
  const position = after !== null && 'segment' in after ? positionOf(after) : after;
  const { left, ...found } = await directory.search(all, {}, first, position);
  expect(left).toEqual([]);
  return found;
}

const namesIn = ({ items }: MatchPage): (string | null)[] => items.map(({ segment: { name } }) => name);

/** The names, whether there is a previous and a next page, and the total count. */
const summary = (page: MatchPage): unknown[] => [
  namesIn(page),
  page.hasPreviousPage,
  page.hasNextPage,
  page.totalCount,
];

describe('paging', () => {
  it('reports whether there are more pages, and the total count', async () => {
    const test = await startDirectory({
      customers: [acme(destination(314, mappings('A', 'B', 'C', 'D', 'E')))],
    });
    const first = await page(test, 2);
    expect(summary(first)).toEqual([['A', 'B'], false, true, 5]);
    const second = await page(test, 2, first.items[1]);
    expect(summary(second)).toEqual([['C', 'D'], true, true, 5]);
    const third = await page(test, 2, second.items[1]);
    expect(summary(third)).toEqual([['E'], true, false, 5]);
    const exact = await page(test, 5);
    expect([namesIn(exact).length, exact.hasPreviousPage, exact.hasNextPage]).toEqual([5, false, false]);
  });

  it('is empty after the last one', async () => {
    const test = await startDirectory();
    const last = (await page(test, 10)).items.at(-1)!;
    expect(await page(test, 10, last)).toEqual({
      items: [],
      hasPreviousPage: true,
      hasNextPage: false,
      totalCount: 3,
    });
  });

  it('with a page size of 0 still returns the total count', async () => {
    const test = await startDirectory();
    const none = { items: [], totalCount: 3 };
    expect(await page(test, 0)).toEqual({ ...none, hasPreviousPage: false, hasNextPage: true });
    const [first, , last] = (await page(test, 3)).items;
    expect(await page(test, 0, first)).toEqual({ ...none, hasPreviousPage: true, hasNextPage: true });
    expect(await page(test, 0, last)).toEqual({ ...none, hasPreviousPage: true, hasNextPage: false });
  });

  it('of an empty destination is empty', async () => {
    const test = await startDirectory({ customers: [acme(destination(314, []))] });
    expect(await page(test, 10)).toEqual({
      items: [],
      hasPreviousPage: false,
      hasNextPage: false,
      totalCount: 0,
    });
  });

  it('neither repeats nor omits unchanged segments while others are added, removed and renamed', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `Segment ${String.fromCharCode(65 + index)}`);
    const test = await startDirectory({ customers: [acme(destination(314, mappings(...names)))] });
    const live = test.simulator.destination('acme', 314);
    const changes = [
      // Changes before, at and after the end of the last page.
      () => (live.mappings[0]!.name = 'Segment A0'),
      () => live.mappings.unshift({ mappingId: 100, name: 'Before everything' }),
      () => (live.mappings.find(({ name }) => name === 'Segment I')!.name = 'Zzz'),
      () => live.mappings.push({ mappingId: 101, name: 'Segment P2' }),
      () => (live.mappings = live.mappings.filter(({ name }) => name !== 'Segment B')),
    ];
    const seen: (string | null)[] = [];
    let after: Located | null = null;
    for (;;) {
      const next: MatchPage = await page(test, 3, after);
      seen.push(...namesIn(next));
      after = next.items.at(-1) ?? null;
      if (!next.hasNextPage) break;
      changes.shift()?.();
      await test.at().refresh('schedule');
    }
    expect(changes).toEqual([]);
    expect(seen).toEqual([...names.slice(0, 16), 'Segment P2', ...names.slice(16), 'Zzz']);
  });

  it('continues after a position whose segment has been removed', async () => {
    const test = await startDirectory();
    const after = { name: 'Betb', id: '77', customerId: 'acme', destinationId: '314' };
    expect(namesIn(await page(test, 10, after))).toEqual(['Gamma']);
  });

  it('covers several destinations in one order', async () => {
    const test = await startDirectory({
      customers: [
        acme(
          destination(1, mappings('Same', 'Acme B', null)),
          destination(2, mappings('Same', 'acme a', null)),
        ),
        globex(destination(1, mappings('same', 'Same', 'Globex'))),
      ],
    });
    const expected = [
      ['acme', '2', 'acme a'],
      ['acme', '1', 'Acme B'],
      ['globex', '1', 'Globex'],
      ['acme', '1', 'Same'],
      ['acme', '2', 'Same'],
      ['globex', '1', 'Same'],
      ['globex', '1', 'same'],
      ['acme', '1', null],
      ['acme', '2', null],
    ];
    for (const size of [1, 2, 3, 4, 9]) {
      const walked: unknown[] = [];
      let after: Located | null = null;
      for (;;) {
        const next: MatchPage = await page(test, size, after);
        expect(next.totalCount).toBe(9);
        expect(next.hasPreviousPage).toBe(walked.length > 0);
        walked.push(
          ...next.items.map((each) => [each.destination.customerId, each.destination.id, each.segment.name]),
        );
        expect(next.hasNextPage).toBe(walked.length < 9);
        after = next.items.at(-1) ?? null;
        if (!next.hasNextPage) break;
      }
      expect(walked).toEqual(expected);
    }
  });

  it('finds the start of the page in any sorted list', () => {
    const sorted = [1, 2, 3, 5, 8];
    for (const limit of [0, 1, 3, 4, 8, 9]) {
      const { items, hasPreviousPage } = pageOf(sorted, 10, (item) => item > limit);
      expect(items).toEqual(sorted.filter((item) => item > limit));
      expect(hasPreviousPage).toBe(limit >= 1);
    }
    const sizes = [0, 4, 5, 6];
    expect(sizes.map((size) => pageOf(sorted, size, null).hasNextPage)).toEqual([true, true, false, false]);
  });

  it('omits destinations that cannot be listed, or not within coldTimeout', async () => {
    const { simulator, clock, directory, at } = await startDirectory({
      customers: [
        acme(
          destination(1, mappings('One')),
          { ...destination(2, mappings('Two')), forbidden: true },
          destination(3, mappings('Three')),
        ),
      ],
    });
    simulator.fault({ destinationId: 3, action: { kind: 'hang' } });
    const arrival = simulator.nextCall({ destinationId: 3 });
    await at('acme', '1').snapshot();
    const asked = directory.search(
      ['1', '2', '3'].map((id) => at('acme', id)),
      {},
      10,
      null,
    );
    await arrival;
    clock.advance(10 * SECOND);
    const { items } = await asked;
    expect(items.map(({ destination: { id }, segment: { name } }) => [id, name])).toEqual([['1', 'One']]);
  });
});
