import { readFileSync } from 'node:fs';
import { buildSchema, isEnumType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/telemetry/metrics.js';

/** What stands in backticks in the first cells of a page's table rows. */
function termsIn(page: string): string[] {
  const rows = readFileSync(page, 'utf8').matchAll(/^\| (`[^|]*`) +\|/gm);
  return [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, term = '']) => term));
}

function valuesOf(enumName: string): string[] {
  const type = buildSchema(readFileSync('schema.graphql', 'utf8')).getType(enumName);
  return isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
}

describe('the tables of the documentation', () => {
  it('explain every error code that clients may rely on', () => {
    const contract = readFileSync('test/graphql/contract.graphql', 'utf8');
    const list = contract.slice(contract.indexOf('# extensions.code of an error'));
    const lines = [...list.matchAll(/^# {3}((?:[A-Z]{2,}(?:_[A-Z]+)*(?:\s+|$))+)/gm)];
    const codes = lines.flatMap(([, words = '']) => words.trim().split(/\s+/));
    expect(codes.length).toBeGreaterThan(14);
    expect(termsIn('docs/api.md')).toEqual(expect.arrayContaining(codes));
  });

  it('explain every status of a lookup', () => {
    const statuses = valuesOf('LookupStatus');
    expect(statuses).toHaveLength(5);
    expect(termsIn('docs/api.md')).toEqual(expect.arrayContaining(statuses));
  });

  it('explain every kind of ID', () => {
    const kinds = valuesOf('SegmentIdType').filter((kind) => kind !== 'AUTO');
    expect(kinds).toHaveLength(6);
    expect(termsIn('docs/identifiers.md')).toEqual(expect.arrayContaining(kinds));
  });

  it('list the metrics that there are, and no others', () => {
    const metrics = new Metrics().registry.getMetricsAsArray().map(({ name }) => name);
    const own = metrics.filter((name) => name.startsWith('aam_gateway_'));
    const listed = termsIn('docs/operations.md').filter((term) => term.startsWith('aam_gateway_'));
    expect(listed.sort()).toEqual(own.sort());
  });
});
