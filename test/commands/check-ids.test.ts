import { describe, expect, it } from 'vitest';
import { checkIds, describeIdCheck, type IdCheck } from '../../src/commands/check-ids.js';
import type { DestinationConfig } from '../../src/config/index.js';
import { Snapshot } from '../../src/directory/index.js';
import type { DestinationDetails } from '../../src/audience-manager/index.js';
import type { Segment } from '../../src/segments/index.js';
import { makeSegment } from '../support/segment.js';

const DETAILS: DestinationDetails = {
  name: null,
  description: null,
  type: 'SERVER_TO_SERVER',
  active: true,
  formatType: null,
  singleKey: null,
  keySeparator: null,
  valueSeparator: null,
  serializationSeparator: null,
  delimiter: null,
  urlFormatString: null,
  secureUrlFormatString: null,
  serializationEnabled: null,
  mappingAutoFiller: null,
};
const SETTINGS: DestinationConfig = {
  id: '314',
  name: null,
  type: null,
  segmentIdType: 'AUTO',
  format: null,
};

/** Twenty segments: mapping IDs from 1000, sids from 2000, and what `fields` adds by their position. */
function twenty(fields: (index: number) => Partial<Segment> = () => ({})): Snapshot {
  const segments = Array.from({ length: 20 }, (_, index) =>
    makeSegment(String(1000 + index), { sid: String(2000 + index), ...fields(index) }),
  );
  return Snapshot.of(segments, 0);
}

const range = (start: number): string[] => Array.from({ length: 20 }, (_, index) => String(start + index));

function checkAs(details: Partial<DestinationDetails>, ids: string[], snapshot: Snapshot): IdCheck {
  return checkIds(ids, snapshot, SETTINGS, { ...DETAILS, ...details });
}

describe('what IDs are', () => {
  it.each<{ what: string; details: Partial<DestinationDetails>; ids: string[]; fields: Partial<Segment> }>([
    { what: 'SID', details: {}, ids: range(2000), fields: {} },
    { what: 'MAPPING_ID', details: {}, ids: range(1000), fields: {} },
    { what: 'ALIAS', details: { type: 'URL' }, ids: ['a0'], fields: { alias: 'a' } },
    { what: 'VALUE', details: { type: 'COOKIE' }, ids: ['v0'], fields: { value: 'v' } },
    {
      what: 'KEY_VALUE',
      details: { type: 'COOKIE', formatType: 'KEY_VALUE', keySeparator: ':' },
      ids: ['type:v0'],
      fields: { value: 'v', alias: 'type' },
    },
    {
      what: 'URL',
      details: { type: 'URL', serializationEnabled: false },
      ids: ['https://p.example/0?r=77'],
      fields: { secureUrl: 'https://p.example/' },
    },
  ])('is found out: $what', ({ what, details, ids, fields }) => {
    const snapshot = twenty((index) => ({
      ...fields,
      ...(fields.alias === 'a' ? { alias: `a${index}` } : {}),
      ...(fields.value === 'v' ? { value: `v${index}` } : {}),
      ...(fields.secureUrl === undefined || fields.secureUrl === null
        ? {}
        : { secureUrl: `${fields.secureUrl}${index}?r=%rnd%` }),
    }));
    const all = ids.length > 1 ? ids : range(0).map((number) => (ids[0] ?? '').replace('0', number));
    expect(checkAs(details, all, snapshot)).toMatchObject({
      ids: 20,
      counts: [{ idType: what, count: 20 }],
      ambiguous: 0,
      unknown: 0,
      suggestion: what,
    });
  });

  it('is found out even if the type of destination is not said to send it', () => {
    const result = checkAs({ mappingAutoFiller: 'SID' }, range(1000), twenty());
    expect(result).toMatchObject({
      matches: [{ idType: 'MAPPING_ID', count: 20 }],
      suggestion: 'MAPPING_ID',
    });
  });

  it('is what the type of destination sends first, if several identifiers of a segment are the same', () => {
    const snapshot = twenty((index) => ({ alias: String(2000 + index) }));
    expect(checkAs({ type: 'URL', serializationEnabled: true }, range(2000), snapshot)).toMatchObject({
      suggestion: 'ALIAS',
      ambiguous: 0,
    });
    expect(checkAs({}, range(2000), snapshot)).toMatchObject({ suggestion: 'SID', ambiguous: 0 });
  });

  it('is never the ID of a trait', () => {
    const result = checkAs(
      {},
      range(2000),
      twenty(() => ({ isTrait: true })),
    );
    expect(result).toMatchObject({ matches: [], unknown: 20, unknownExamples: range(2000).slice(0, 5) });
  });
});

describe('the report on IDs', () => {
  const settingsLine = (check: IdCheck, configured: Parameters<typeof describeIdCheck>[1]): string =>
    describeIdCheck(check, configured)[0] ?? '';

  it('says what to write into the configuration', () => {
    const check = checkAs({}, range(2000), twenty());
    expect(describeIdCheck(check, 'AUTO')).toEqual(['20 of 20 IDs are sids; write `segmentIdType: SID`.']);
    expect(settingsLine(check, 'SID')).toBe('20 of 20 IDs are sids, as segmentIdType says.');
    expect(settingsLine(check, 'ALIAS')).toBe(
      '20 of 20 IDs are sids; write `segmentIdType: SID` instead of ALIAS.',
    );
  });

  it('suggests nothing from a few IDs, or if they are of several kinds', () => {
    const noEvidence = /are (sids|mapping IDs); that is no clear evidence/;
    expect(settingsLine(checkAs({}, ['2000', '2001'], twenty()), 'AUTO')).toMatch(noEvidence);
    const mixed = [...range(2000).slice(0, 10), ...range(1000).slice(0, 10)];
    expect(settingsLine(checkAs({}, mixed, twenty()), 'AUTO')).toMatch(noEvidence);
  });

  it('says if no ID is known, and shows the first ones without control characters', () => {
    const check = checkAs({}, ['\u001b[2J', ...range(0)], twenty());
    expect(describeIdCheck(check, 'AUTO')).toEqual([
      'None of 21 IDs is known.',
      '21 of 21 are unknown: "\\u001b[2J", "0", "1", "2", "3", …. Is it the right destination?',
    ]);
  });
});
