import { describe, expect, it } from 'vitest';
import type { DestinationFilter, DestinationType } from '../../../src/config/index.js';
import { isLike, isSelected } from '../../../src/directory/discovery/selection.js';

const filter = (fields: Partial<DestinationFilter>): DestinationFilter => ({
  ids: [],
  names: [],
  types: [],
  ...fields,
});

const LISTED = [
  { id: '314', name: 'Acme EU retargeting', type: 'URL' },
  { id: '0314', name: 'Acme US', type: 'COOKIE' },
  { id: '315', name: null, type: 'SERVER_TO_SERVER' },
] satisfies { id: string; name: string | null; type: DestinationType }[];

const selected = (include: DestinationFilter | null, exclude: DestinationFilter | null): string[] =>
  LISTED.filter((each) => isSelected({ include, exclude, segmentIdType: 'AUTO', format: null }, each)).map(
    ({ id }) => id,
  );

describe('the selection of discovered destinations', () => {
  it.each<[string, DestinationFilter | null, DestinationFilter | null, string[]]>([
    ['everything by default', null, null, ['314', '0314', '315']],
    ['what is included by ID, as text', filter({ ids: ['314'] }), null, ['314']],
    ['what is included by name', filter({ names: ['acme *'] }), null, ['314', '0314']],
    ['what is included by type', filter({ types: ['SERVER_TO_SERVER'] }), null, ['315']],
    ['what any of the lists names', filter({ ids: ['315'], types: ['COOKIE'] }), null, ['0314', '315']],
    ['all but what is excluded', null, filter({ names: ['*us'] }), ['314', '315']],
    ['what is included and not excluded', filter({ names: ['*'] }), filter({ types: ['URL'] }), ['0314']],
  ])('has %s', (_, include, exclude, ids) => {
    expect(selected(include, exclude)).toEqual(ids);
  });
});

describe('a pattern for names', () => {
  it.each([
    ['Acme', 'acme', true],
    ['Acme', 'Acme EU', false],
    ['Acme*', 'Acme EU', true],
    ['*EU', 'Acme EU', true],
    ['A*e*U', 'Acme EU', true],
    ['*a*a*', 'banana', true],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'acb', false],
    ['caf\u00e9*', 'CAFE\u0301 noir', true],
    ['*', '', true],
    ['a.c', 'abc', false],
  ])('%s and the name %s', (pattern, name, matches) => {
    expect(isLike(pattern, name)).toBe(matches);
  });

  it('costs what the lengths of both cost, whatever the stars', () => {
    const started = performance.now();
    expect(isLike(`${'*a'.repeat(127)}*b`, 'a'.repeat(1_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
