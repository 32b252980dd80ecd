import { describe, expect, it } from 'vitest';
import { parseMapping } from '../../src/audience-manager/mapping.js';
import type { Mapping } from '../../src/segments/index.js';
import type { MappingStyle } from '../../src/simulator/index.js';
import { passwordCustomer } from '../support/customers.js';
import { startUpstream } from '../support/upstream.js';

/** The documented example. */
const ROW = {
  destinationMappingId: 14395,
  traitType: 'SEGMENT',
  traitValue: 0,
  destinationId: 314,
  elementName: 'sample pixel',
  elementDescription: 'Migration Pixel',
  elementStatus: 'active',
  createTime: 1281997484000,
  updateTime: 1300752888000,
  sid: 80920,
  startDate: '2010-11-15',
  endDate: null,
  traitAlias: null,
};

const MAPPING: Mapping = {
  id: '14395',
  sid: '80920',
  alias: null,
  name: 'sample pixel',
  description: 'Migration Pixel',
  status: 'ACTIVE',
  startDate: '2010-11-15',
  endDate: null,
  createdAt: 1281997484000,
  updatedAt: 1300752888000,
  value: null,
  url: null,
  secureUrl: null,
  isTrait: false,
};

function without(...fields: (keyof typeof ROW)[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(ROW).filter(([name]) => !fields.some((field) => field === name)));
}

const parsed = (fields: Record<string, unknown>): Mapping | null => parseMapping({ ...ROW, ...fields });

describe('a mapping', () => {
  it('is read from the documented row', () => {
    expect(parseMapping(ROW)).toEqual(MAPPING);
  });

  it.each(['destinationMappingId', 'mappingId', 'traitToDataOrderId'])('has its ID in %s', (field) => {
    expect(parseMapping({ ...without('destinationMappingId'), [field]: 99 })?.id).toBe('99');
    expect(parseMapping({ ...without('destinationMappingId'), [field]: '99' })?.id).toBe('99');
  });

  it('has the documented ID where there are several', () => {
    expect(parsed({ mappingId: 1, traitToDataOrderId: 2 })?.id).toBe('14395');
    expect(parsed({ destinationMappingId: null, mappingId: 1, traitToDataOrderId: 2 })?.id).toBe('1');
    expect(parsed({ destinationMappingId: '', mappingId: null, traitToDataOrderId: 2 })?.id).toBe('2');
  });

  it('keeps the largest ID that a number can hold to the last digit', () => {
    expect(parsed({ destinationMappingId: Number.MAX_SAFE_INTEGER })?.id).toBe('9007199254740991');
    expect(parsed({ destinationMappingId: Number.MAX_SAFE_INTEGER + 1 })).toBeNull();
  });

  it.each([
    ...[null, '', '  ', -1, 1.5, true, {}, 'two words', 'tab\t', 'ø', 'x'.repeat(256)],
    ...['sid:80920', 'alias:a', 'mapping-id:1', 'id:1'],
  ])('is odd with the ID %j', (id) => {
    expect(parsed({ destinationMappingId: id === 'tab\t' ? 'a\tb' : id })).toBeNull();
  });

  it.each([
    [80920, '80920'],
    ['80920', '80920'],
    [0, null],
    ['0', null],
    ['', null],
    [null, null],
    [-5, null],
    [{}, null],
  ])('with the sid %j has %j', (sid, expected) => {
    expect(parsed({ sid })?.sid).toBe(expected);
  });

  it('may lack everything but its ID', () => {
    expect(parseMapping({ destinationMappingId: 7 })).toEqual({
      id: '7',
      sid: null,
      alias: null,
      name: null,
      description: null,
      status: 'UNKNOWN',
      startDate: null,
      endDate: null,
      createdAt: null,
      updatedAt: null,
      value: null,
      url: null,
      secureUrl: null,
      isTrait: false,
    });
  });

  it.each([
    ['traitAlias', 'alias'],
    ['valueAlias', 'value'],
    ['url', 'url'],
    ['secureUrl', 'secureUrl'],
  ] as const)('with %s has the %s', (field, property) => {
    const read = (text: unknown): unknown => parsed({ [field]: text })?.[property];
    expect(read('key')).toBe('key');
    expect(read(4711)).toBe('4711');
    expect([read(1e300), read(1.1), read(2 ** 53)]).toEqual([null, null, null]);
    expect(read('free text / of any kind')).toBe('free text / of any kind');
    expect(read('https://p.example/?rnd=%rnd%&a=${GDPR}')).toBe('https://p.example/?rnd=%rnd%&a=${GDPR}');
    expect([read(''), read(null), read({}), read(undefined)]).toEqual([null, null, null, null]);
  });

  it('keeps alias and value apart', () => {
    expect(parsed({ traitAlias: 'type', valueAlias: '123' })).toMatchObject({ alias: 'type', value: '123' });
    expect(parsed({ traitAlias: null, valueAlias: '123' })).toMatchObject({ alias: null, value: '123' });
  });

  it.each([
    ['SEGMENT', false],
    ['segment', false],
    [undefined, false],
    [null, false],
    ['', false],
    [7, false],
    ['RULE_BASED_TRAIT', true],
    ['ON_BOARDED_TRAIT', true],
    ['algo_trait', true],
    [' TRAIT ', true],
  ])('of the type %j is of a trait: %j', (traitType, isTrait) => {
    expect(parsed({ traitType })?.isTrait).toBe(isTrait);
  });

  it.each([
    ['active', 'ACTIVE'],
    ['ACTIVE', 'ACTIVE'],
    [' Active ', 'ACTIVE'],
    [1, 'ACTIVE'],
    ['1', 'ACTIVE'],
    ['inactive', 'INACTIVE'],
    ['Inactive', 'INACTIVE'],
    [0, 'INACTIVE'],
    ['0', 'INACTIVE'],
    ['deleted', 'DELETED'],
    ['DELETED', 'DELETED'],
    ['paused', 'UNKNOWN'],
    [2, 'UNKNOWN'],
    ['', 'UNKNOWN'],
    [null, 'UNKNOWN'],
    [true, 'UNKNOWN'],
    [{}, 'UNKNOWN'],
  ])('with the status %j is %s', (elementStatus, status) => {
    expect(parsed({ elementStatus })?.status).toBe(status);
  });

  it.each([
    'Autoversicherung – Wechsler',
    '東京 旅行者',
    'عملاء مميزون',
    '👩‍👩‍👧 Familien 🇩🇪',
    'e\u0301 is not é',
    '  spaces at both ends  ',
    'tab\tand\nline',
    '<b>"quoted" & \\escaped</b>',
    '\u202eright to left',
    'null',
    '0',
  ])('keeps the text %j as it came', (text) => {
    expect(parsed({ elementName: text, elementDescription: text, traitAlias: text })).toMatchObject({
      name: text,
      description: text,
      alias: text,
    });
  });

  it.each([
    ['', null],
    [null, null],
    [{}, null],
    [2024, '2024'],
  ])('with the name and description %j has %j', (text, expected) => {
    const mapping = parsed({ elementName: text, elementDescription: text });
    expect([mapping?.name, mapping?.description]).toEqual([expected, expected]);
  });

  it.each([
    ['2010-11-15', '2010-11-15'],
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', null],
    ['15.11.2010', null],
    ['', null],
    [1289779200000, null],
    [null, null],
  ])('with the dates %j has %j', (date, expected) => {
    const mapping = parsed({ startDate: date, endDate: date });
    expect([mapping?.startDate, mapping?.endDate]).toEqual([expected, expected]);
  });

  it.each([
    [1281997484000, 1281997484000],
    ['1281997484000', 1281997484000],
    [253402300799999, 253402300799999],
    [253402300800000, null],
    [0, null],
    [-1, null],
    [1.5, null],
    ['yesterday', null],
    ['', null],
    [null, null],
  ])('with the times %j has %j', (time, expected) => {
    const mapping = parsed({ createTime: time, updateTime: time });
    expect([mapping?.createdAt, mapping?.updatedAt]).toEqual([expected, expected]);
  });

  it.each([null, undefined, 17, 'row', true, []])('is not read from %j', (row) => {
    expect(parseMapping(row)).toBeNull();
  });
});

describe('rows as the destinations write them', () => {
  const STYLES: MappingStyle[] = [
    {},
    { idField: 'mappingId', status: 'number', emptyAs: 'empty' },
    { idField: 'traitToDataOrderId', status: 'upper', emptyAs: 'null' },
  ];

  it.each(STYLES)('are the same mappings: %j', async (mappingStyle) => {
    const upstream = await startUpstream({
      customers: [
        passwordCustomer('acme', {
          id: 314,
          name: 'Any',
          type: 'S2S',
          mappingStyle,
          mappings: [
            {
              mappingId: 1,
              sid: 11,
              alias: 'käufer=1',
              name: 'Käufer 🛒',
              description: 'Kauft',
              startDate: '2026-01-01',
            },
            { mappingId: 2, status: 'inactive', createTime: 1000, updateTime: 2000 },
            { mappingId: 3, sid: 13, name: 'Gone', status: 'deleted', endDate: '2026-12-31' },
          ],
        }),
      ],
    });
    const { mappings } = await upstream.client.listMappings(upstream.account('acme'), '314');
    const times = { createdAt: 1281997484000, updatedAt: 1300752888000 };
    const nothing = { sid: null, alias: null, name: null, description: null, startDate: null, endDate: null };
    expect([...mappings]).toMatchObject([
      {
        ...times,
        id: '1',
        sid: '11',
        alias: 'käufer=1',
        name: 'Käufer 🛒',
        description: 'Kauft',
        status: 'ACTIVE',
        startDate: '2026-01-01',
        endDate: null,
      },
      { ...nothing, id: '2', status: 'INACTIVE', createdAt: 1000, updatedAt: 2000 },
      { ...nothing, ...times, id: '3', sid: '13', name: 'Gone', status: 'DELETED', endDate: '2026-12-31' },
    ]);
  });
});
