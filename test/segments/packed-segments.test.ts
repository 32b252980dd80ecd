import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IdentifierIndex,
  PackedRevisions,
  PackedSegments,
  SegmentPacker,
  bitsOf,
  type RevisionKind,
  type Segment,
} from '../../src/segments/index.js';
import { segment } from '../support/directory.js';

/** Any UTF-16 code units, including unpaired surrogates. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ minLength: 60, maxLength: 70 }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const orNone = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });
const date = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }).map((day) => {
    return day.toISOString().slice(0, 10);
  }),
  fc.constantFrom('0000-01-01', '9999-12-31', 'soon', ''),
);
const time = fc.oneof(
  fc.integer({ min: 0, max: 253402300799999 }),
  fc.constantFrom(-1, 0, 2 ** 48, 2 ** 48 - 1),
);
const status = fc.constantFrom('ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN');
const said = { name: orNone(text), description: orNone(text) };
const manual = fc.record({
  ...said,
  status: orNone(status),
  at: time,
  by: text,
  base: orNone(fc.record({ ...said, status })),
});
const anySegment: fc.Arbitrary<Segment> = fc.record({
  id: text,
  sid: orNone(text),
  alias: orNone(text),
  ...said,
  status,
  startDate: orNone(date),
  endDate: orNone(date),
  createdAt: orNone(time),
  updatedAt: orNone(time),
  value: orNone(text),
  url: orNone(text),
  secureUrl: orNone(text),
  isTrait: fc.boolean(),
  source: fc.constantFrom('AUDIENCE_MANAGER', 'MANUAL'),
  confirmedAt: orNone(time),
  manual: orNone(manual),
});

/** All texts of a segment. */
const TEXTS = ['id', 'sid', 'alias', 'name', 'description', 'value', 'url', 'secureUrl'] as const;

describe('packed segments', () => {
  it('unpack to the segments that were packed', () => {
    fc.assert(
      fc.property(fc.array(anySegment, { maxLength: 5 }), (segments) => {
        const packed = PackedSegments.of(segments);
        expect(packed).toHaveLength(segments.length);
        expect([...packed]).toEqual(segments);
        expect(segments.map((_, row) => packed.at(row))).toEqual(segments);
        for (const [row, each] of segments.entries()) {
          for (const field of TEXTS) {
            expect(packed.text(row, field)).toBe(each[field]);
            expect(packed.textEquals(row, field, each[field] ?? '')).toBe(each[field] !== null);
            expect(packed.textEquals(row, field, `${each[field]}!`)).toBe(false);
          }
          expect([packed.id(row), packed.status(row), packed.source(row), packed.isTrait(row)]).toEqual([
            each.id,
            each.status,
            each.source,
            each.isTrait,
          ]);
          if (each.manual !== null) expect(packed.mayHaveManual(row)).toBe(true);
        }
        expect(packed.at(segments.length)).toBeUndefined();
      }),
    );
  });

  it('are equal if the segments are, whatever the order of the fields', () => {
    fc.assert(
      fc.property(anySegment, anySegment, (one, other) => {
        const reversed = Object.fromEntries(Object.entries(one).toReversed()) as unknown as Segment;
        const layer = one.manual && (Object.fromEntries(Object.entries(one.manual).toReversed()) as never);
        const a = PackedSegments.of([other, one]);
        const b = PackedSegments.of([{ ...reversed, manual: layer }]);
        expect(a.equals(1, b, 0)).toBe(true);
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(a.equals(0, b, 0)).toBe(isSame);
      }),
    );
  });

  it('are unchanged after copying ranges and after cloning to another thread', () => {
    fc.assert(
      fc.property(fc.array(anySegment, { minLength: 1, maxLength: 6 }), fc.nat(6), (segments, middle) => {
        const packed = PackedSegments.of(segments);
        const packer = new SegmentPacker();
        packer.copy(packed, middle);
        packer.copy(packed, 0, Math.min(middle, segments.length));
        const moved = PackedSegments.from(structuredClone(packer.finish().toParts()));
        expect([...moved]).toEqual([...segments.slice(middle), ...segments.slice(0, middle)]);
      }),
    );
  });

  it('are unchanged by concat() and select()', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anySegment, { maxLength: 4 }), { maxLength: 3 }),
        fc.gen(),
        (lists, any) => {
          const all = lists.flat();
          const joined = PackedSegments.concat(lists.map((list) => PackedSegments.of(list)));
          expect([...joined]).toEqual(all);
          const rows = any(fc.subarray, [...all.keys()]);
          const stretches = [...rows.slice(rows.length >> 1), ...rows.slice(0, rows.length >> 1)];
          const moved = PackedSegments.from(structuredClone(joined.select(stretches).toParts()));
          expect([...moved]).toEqual(stretches.map((row) => all[row]));
        },
      ),
    );
  });

  it('compare a text with that of another segment', () => {
    fc.assert(
      fc.property(anySegment, anySegment, fc.boolean(), (one, other, isAlike) => {
        const both = PackedSegments.of([one, isAlike ? { ...other, name: one.name } : other]);
        const copy = PackedSegments.of(both);
        for (const field of TEXTS) {
          const isSame = both.text(0, field) === both.text(1, field);
          expect([both.hasSameText(0, field, both, 1), both.hasSameText(1, field, copy, 0)]).toEqual([
            isSame,
            isSame,
          ]);
          expect(both.hasSameText(1, field, copy, 1)).toBe(true);
        }
      }),
    );
  });

  it('take little more memory than their texts', () => {
    const segments = Array.from({ length: 1_000 }, (_, index) =>
      segment('n'.repeat(40), {
        id: String(10_000_000 + index),
        sid: String(20_000_000 + index),
        description: 'd'.repeat(80),
        createdAt: 1_281_997_484_000,
        updatedAt: 1_300_752_888_000,
      }),
    );
    const bytes = PackedSegments.of(segments).byteLength + IdentifierIndex.bytesFor(segments.length);
    expect(bytes / segments.length).toBeLessThan(40 + 80 + 8 + 8 + 12 + 22);
  });

  it('return their texts as one string only if all of them are ASCII', () => {
    const packed = PackedSegments.of([
      segment('Alpha', { description: 'One', value: 'Two', url: 'https://three.example/', secureUrl: '#4' }),
      segment('Älpha'),
      segment('あ'),
      segment('Alpha', { value: 'Zweï' }),
      segment('Alpha', { url: 'https://dreï.example/' }),
      segment('Alpha', { secureUrl: 'https://vïer.example/' }),
    ]);
    expect(packed.asciiTexts(0)).toMatch(/Alpha.*One.*Two.*three.*#4/s);
    expect([1, 2, 3, 4, 5].map((row) => packed.asciiTexts(row))).toEqual([null, null, null, null, null]);
  });
});

describe('an index of identifiers', () => {
  it('finds each segment by its identifier, and nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 50 }), text, (ids, other) => {
        const packed = PackedSegments.of(ids.map((id) => segment('any', { id })));
        const index = IdentifierIndex.of(packed, 'id', (_, later) => later);
        const copy = IdentifierIndex.from(packed, 'id', structuredClone(index.toParts()));
        for (const each of [index, copy]) {
          expect(ids.map((id) => each.find(id))).toEqual([...ids.keys()]);
          expect(each.find(other)).toBe(ids.indexOf(other));
          const others = PackedSegments.of([other, ...ids].map((id) => segment('other', { id })));
          expect(ids.map((_, row) => each.findLike(others, row + 1))).toEqual([...ids.keys()]);
          expect(each.findLike(others, 0)).toBe(ids.indexOf(other));
          expect(each.count()).toBe(ids.length);
        }
      }),
    );
  });

  it('finds the preferred one of several segments, and none without an identifier', () => {
    const packed = PackedSegments.of([
      segment('a', { id: '1', sid: '7' }),
      segment('b', { id: '2', sid: null }),
      segment('c', { id: '3', sid: '7' }),
    ]);
    expect(IdentifierIndex.of(packed, 'sid', (earlier) => earlier).find('7')).toBe(0);
    expect(IdentifierIndex.of(packed, 'sid', (_, later) => later).find('7')).toBe(2);
    expect(IdentifierIndex.of(packed, 'sid', (_, later) => later).find('')).toBe(-1);
  });

  it('finds all segments with an identifier, the preferred one first, if it collects them', () => {
    const orNoText = fc.option(fc.constantFrom('a', 'b', 'ä', '', '0'), { nil: null });
    fc.assert(
      fc.property(
        fc.array(fc.record({ sid: orNoText, value: orNoText }), { maxLength: 30 }),
        fc.func(fc.boolean()),
        fc.integer(),
        (all, isFirst, seed) => {
          const packed = PackedSegments.of(
            all.map((fields, id) => segment('any', { ...fields, id: `${id}` })),
          );
          // Any total order will do.
          const order = all
            .map((_, row) => row)
            .sort((x, y) => Number(isFirst(y)) - Number(isFirst(x)) || x - y);
          const rank = new Map(order.map((row, position) => [row, position]));
          const preferred = (x: number, y: number): number => (rank.get(x)! < rank.get(y)! ? x : y);
          for (const field of ['sid', 'value'] as const) {
            const index = IdentifierIndex.of(packed, field, preferred, true, seed);
            const first = IdentifierIndex.of(packed, field, preferred, false, seed);
            for (const id of ['a', 'b', 'ä', '', '0', 'none']) {
              const rows = order.filter((row) => all[row]![field] === id);
              expect(index.find(id)).toBe(rows[0] ?? -1);
              expect(index.findAll(id)[0]).toBe(rows[0]);
              expect(index.findAll(id).toSorted()).toEqual(rows.toSorted());
              expect(first.findAll(id)).toEqual(rows.slice(0, 1));
            }
          }
        },
      ),
    );
  });

  it('depends on a seed, so that nobody can choose identifiers that all collide', () => {
    const packed = PackedSegments.of(
      Array.from({ length: 500 }, (_, index) => segment('a', { id: String(index) })),
    );
    const places = (seed: number): string =>
      IdentifierIndex.of(packed, 'id', (_, later) => later, false, seed)
        .toParts()
        .slots.join();
    expect(places(1)).not.toBe(places(2));
  });
});

it('a slice of packed segments has the segments of the range', () => {
  fc.assert(
    fc.property(fc.array(anySegment), fc.nat(), fc.nat(), (segments, a, b) => {
      const [first = 0, end = 0] = [a, b].map((at) => at % (segments.length + 1)).sort((x, y) => x - y);
      expect([...PackedSegments.of(segments).slice(first, end)]).toEqual(segments.slice(first, end));
    }),
  );
});

describe('packed revisions', () => {
  const kind = fc.constantFrom<RevisionKind>(
    'CREATED',
    'REMOVED',
    'RESTORED',
    'STATUS_CHANGED',
    'RENAMED',
    'DESCRIBED',
  );
  const told = fc.array(fc.tuple(anySegment, fc.uniqueArray(kind)));
  const occasion = { at: 5, by: 'Ann' };
  const packedOf = (all: readonly (readonly [Segment, readonly RevisionKind[]])[]): PackedRevisions =>
    new PackedRevisions(
      PackedSegments.of(all.map(([each]) => each)),
      Uint8Array.from(all, ([, kinds]) => bitsOf(kinds)),
      occasion,
    );

  it('yield each kind of each segment with its metadata', () => {
    fc.assert(
      fc.property(told, (all) => {
        const expected = all.flatMap(([{ id, name, description, status: now, source }, kinds]) =>
          ['CREATED', 'REMOVED', 'RESTORED', 'STATUS_CHANGED', 'RENAMED', 'DESCRIBED']
            .filter((each) => kinds.includes(each as RevisionKind))
            .map((each) => ({
              segmentId: id,
              kind: each,
              name,
              description,
              status: now,
              source,
              ...occasion,
            })),
        );
        expect([...packedOf(all)]).toEqual(expected);
      }),
    );
  });

  it('are split into parts of limited size that together are complete', () => {
    fc.assert(
      fc.property(told, fc.integer({ min: 6, max: 12 }), (all, most) => {
        const revisions = packedOf(all);
        const parts = [...revisions.parts(most)];
        expect(parts.flatMap(({ part }) => [...part])).toEqual([...revisions]);
        for (const { part, count } of parts) {
          expect([...part]).toHaveLength(count);
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
