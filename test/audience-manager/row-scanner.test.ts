import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMappingsPage } from '../../src/audience-manager/listing.js';
import { MAPPING_FIELDS, parseMapping } from '../../src/audience-manager/mapping.js';
import { RowScanner, type ScannedPage, type ScannedValue } from '../../src/audience-manager/row-scanner.js';
import { PackedSegments } from '../../src/segments/index.js';

const FIELDS = ['id', 'name', 'the "odd" one'];

interface Scanned {
  readonly page: ScannedPage;
  readonly rows: readonly (readonly (string | number | null)[])[];
}

function scan(text: string | Uint8Array, fields: readonly string[] = FIELDS): Scanned | null {
  const rows: (string | number | null)[][] = [];
  const page = RowScanner.scan(Buffer.from(text), fields, (values) => rows.push(values.map(plain)));
  return page === null ? null : { page, rows };
}

function plain(value: ScannedValue): string | number | null {
  return typeof value === 'object' && value !== null ? value.toString() : value;
}

/** What comes of the same text by way of objects. */
function parse(text: string): Scanned {
  const answer = JSON.parse(text) as unknown[] | { total: number; page: number; list: unknown[] };
  const list = Array.isArray(answer) ? answer : answer.list;
  return {
    page: {
      paging: Array.isArray(answer) ? null : { total: answer.total, page: answer.page },
      rows: list.length,
    },
    rows: list.map((row) => FIELDS.map((field) => wanted(row, field))),
  };
}

function wanted(row: unknown, field: string): string | number | null {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null;
  const value = (row as Record<string, unknown>)[field];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '"', '\\', '\u0000', 'é', '\ud800', '😀', 'null', 'a/b'),
);
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.oneof(
  { weight: 6, arbitrary: leaf },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);
/** Members as they are written, so that a key may come twice. */
const member = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...FIELDS, 'other', '') }, text),
  value,
);
const row = fc.oneof(
  { weight: 9, arbitrary: fc.array(member, { maxLength: 6 }).map((members) => objectOf(members)) },
  { weight: 1, arbitrary: value.map((each) => JSON.stringify(each)) },
);
/** Runs of rows that have the same keys, as listings do. */
const rows = fc
  .array(fc.tuple(row, fc.integer({ min: 1, max: 3 })), { maxLength: 5 })
  .map((runs) => runs.flatMap(([each, times]) => Array<string>(times).fill(each)));
const blanks = fc.constantFrom('', '', ' ', '\n\t', '\r\n ');
const page = fc
  .tuple(rows, fc.boolean(), fc.nat(1_000_000), fc.nat(1_000), blanks)
  .map(([list, isPlain, total, number, gap]) => {
    const array = `[${gap}${list.join(`${gap},${gap}`)}${gap}]`;
    if (isPlain) return `${gap}${array}${gap}`;
    return `${gap}{${gap}"total"${gap}:${total},"pageSize":7,${gap}"list":${gap}${array},"page":${number}}${gap}`;
  });

function objectOf(members: readonly (readonly [string, unknown])[]): string {
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`).join(',')}}`;
}

describe('a scanned page', () => {
  it('has the values of its rows that JSON.parse would find', () => {
    fc.assert(
      fc.property(page, (each) => {
        expect(scan(each)).toEqual(parse(each));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is nothing that JSON.parse would refuse, whatever became of its bytes', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('replace', 'remove', 'end')), {
      minLength: 1,
      maxLength: 3,
    });
    let refused = 0;
    fc.assert(
      fc.property(page, damage, (each, damages) => {
        let bytes = Buffer.from(each);
        for (const [place, byte, kind] of damages) {
          const at = place % bytes.length;
          if (kind === 'replace') bytes[at] = byte;
          else
            bytes = Buffer.concat(
              [bytes.subarray(0, at), kind === 'end' ? '' : bytes.subarray(at + 1)].map((part) =>
                Buffer.from(part),
              ),
            );
          if (bytes.length === 0) return;
        }
        let expected: Scanned | null = null;
        try {
          expected = parse(new TextDecoder().decode(bytes));
        } catch {
          refused += 1;
        }
        const scanned = scan(bytes);
        if (scanned !== null) expect(scanned).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  it.each([
    ['nothing', ''],
    ['no page', '17'],
    ['without a total', '{"page":0,"list":[]}'],
    ['with two lists', '{"total":1,"page":0,"list":[{}],"list":[]}'],
    ['whose list is none', '{"total":1,"page":0,"list":{}}'],
    ['with more behind it', '[] []'],
    ['cut short in a text', '[{"id":"1'],
    ['cut short behind a backslash', '[{"id":"1\\'],
    ['cut short in a number', '[{"id":1'],
    ['with a comma too much', '[{"id":1,}]'],
    ['with a zero before a number', '[{"id":01}]'],
    ['with an unknown escape', String.raw`[{"id":"\x41"}]`],
    ['with a line break in a text', '[{"id":"\n"}]'],
    ['nested without end', `[{"a":${'['.repeat(100_000)}`],
  ])('is left to others: %s', (_, each) => {
    expect(scan(each)).toBeNull();
  });
});

describe('a page of mappings', () => {
  const id = fc.oneof(
    fc.nat(),
    fc.constantFrom(-1, 1.5, 2 ** 53, '7', ' 8 ', '', 'key-1', 'ü', null, true, {}, []),
  );
  const date = fc.constantFrom('2026-02-28', '2026-02-30', 'soon', '', null, 20260228);
  const time = fc.constantFrom(1281997484000, '1281997484000', 0, -1, 1.5, 'now', null, 9e15);
  const mapping = fc.record(
    {
      destinationMappingId: id,
      mappingId: id,
      traitToDataOrderId: id,
      sid: id,
      traitAlias: fc.oneof(text, id),
      valueAlias: fc.oneof(text, id),
      elementName: fc.oneof(text, id),
      elementDescription: fc.oneof(text, id),
      elementStatus: fc.constantFrom(
        'active',
        'Active ',
        'inactive',
        'deleted',
        '1',
        0,
        1,
        'paused',
        '',
        null,
        {},
      ),
      startDate: date,
      endDate: date,
      createTime: time,
      updateTime: time,
      crUID: value,
    },
    { requiredKeys: [] },
  );

  it('is the same whether it was scanned or parsed', () => {
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 4 }), (list) => {
        const body = Buffer.from(JSON.stringify(list));
        expect(scan(body, MAPPING_FIELDS)).not.toBeNull();
        const expected = list.map((each) => parseMapping(each)).filter((each) => each !== null);
        const listed = { source: 'AUDIENCE_MANAGER', confirmedAt: null, manual: null } as const;
        const { mappings, rows: count } = parseMappingsPage(body);
        expect(count).toBe(list.length);
        expect([...mappings]).toEqual(expected.map((each) => ({ ...each, ...listed })));
        expect(mappings.toParts()).toEqual(
          PackedSegments.of(expected.map((each) => ({ ...each, ...listed }))).toParts(),
        );
      }),
      { numRuns: 500 },
    );
  });
});
