import { describe, expect, it } from 'vitest';
import { IdEvidenceCounter, setSegment } from '../../../src/directory/index.js';
import type { SegmentIdType } from '../../../src/segments/index.js';
import {
  MINUTE,
  acme,
  counts,
  destination,
  mappings,
  startDirectory,
  type TestDirectory,
} from '../../support/directory.js';

describe('the kind to configure', () => {
  /** The suggestion after IDs were found as these kinds so often. */
  function suggestionFor(found: Partial<Record<SegmentIdType, number>>): SegmentIdType | null {
    const counter = new IdEvidenceCounter();
    for (const [idType, count] of Object.entries(found)) counter.addFound(idType as SegmentIdType, count);
    return counter.evidence.suggestion;
  }

  it.each<[string, Partial<Record<SegmentIdType, number>>, SegmentIdType | null]>([
    ['nothing was found', {}, null],
    ['9 were found', { SID: 9 }, null],
    ['10 were found', { SID: 10 }, 'SID'],
    ['9 of 10 were sids', { SID: 9, ALIAS: 1 }, null],
    ['98 of 100 were sids', { SID: 98, ALIAS: 1, MAPPING_ID: 1 }, null],
    ['99 of 100 were sids', { ALIAS: 1, SID: 99 }, 'SID'],
    ['989 of 1000 were values', { VALUE: 989, URL: 11 }, null],
    ['990 of 1000 were values', { VALUE: 990, URL: 10 }, 'VALUE'],
    ['nobody stated the kind of any entry by hand', { AUTO: 1_000 }, null],
    ['entries by hand do not matter', { AUTO: 1_000, MAPPING_ID: 10 }, 'MAPPING_ID'],
  ])('is found out if %s: %o → %s', (_, found, suggestion) => {
    expect(suggestionFor(found)).toBe(suggestion);
  });

  it('does not depend on IDs that are unknown or ambiguous', () => {
    const counter = new IdEvidenceCounter();
    counter.addFound('SID', 10);
    for (let count = 0; count < 100; count++) {
      counter.addUnknown();
      counter.addAmbiguous();
    }
    expect(counter.evidence).toEqual({
      counts: [{ idType: 'SID', count: 10 }],
      ambiguous: 100,
      unknown: 100,
      suggestion: 'SID',
    });
  });
});

/** 40 segments with sids from 101 and aliases; the number 7 is a mapping ID and the sid of another segment. */
const SEGMENTS = [
  ...Array.from({ length: 40 }, (_, index) => ({
    mappingId: 1_001 + index,
    sid: 101 + index,
    alias: `a${index}`,
    name: `Segment ${index}`,
  })),
  { mappingId: 7, sid: 500, name: 'Mapping 7' },
  { mappingId: 8, sid: 7, name: 'Sid 7' },
];

const sids = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${101 + from + index}`);

const start = (segmentIdType: SegmentIdType = 'AUTO'): Promise<TestDirectory> =>
  startDirectory({
    segmentIdType,
    customers: [acme(destination(314, SEGMENTS), destination(315, mappings('Other')))],
  });

const hints = ({ logs }: TestDirectory): unknown[] => logs.filter(({ msg }) => msg.includes('segmentIdType'));

describe('what the IDs of a destination turn out to be', () => {
  it('is counted by kind, most frequent first, each time that an ID is asked for', async () => {
    const { at, find } = await start();
    expect(at().evidence()).toEqual({ counts: [], ambiguous: 0, unknown: 0, suggestion: null });
    await find(at(), ['a1', '101', '102', '101', '1001', 'a2', '999', '7', '999']);
    await find(at(), ['101', '7']);
    expect(at().evidence()).toEqual({
      counts: [
        { idType: 'SID', count: 4 },
        { idType: 'ALIAS', count: 2 },
        { idType: 'MAPPING_ID', count: 1 },
      ],
      ambiguous: 2,
      unknown: 2,
      suggestion: null,
    });
    expect(at('acme', '315').evidence()).toMatchObject({ counts: [], unknown: 0 });
  });

  it('is not counted where the kind is stated, by the lookup or by the configuration', async () => {
    const stated = await start();
    await stated.find(stated.at(), sids(20), 'SID');
    await stated.find(stated.at(), ['999'], 'ALIAS');
    const configured = await start('SID');
    await configured.find(configured.at(), [...sids(20), '999']);
    for (const test of [stated, configured]) {
      expect(test.at().evidence()).toEqual({ counts: [], ambiguous: 0, unknown: 0, suggestion: null });
      expect(await counts(test.metrics.autoLookups)).toEqual({});
      expect(hints(test)).toEqual([]);
    }
    await configured.find(configured.at(), sids(3), 'AUTO');
    expect(configured.at().evidence().counts).toEqual([{ idType: 'SID', count: 3 }]);
  });

  it('is not counted for an ID that could not be checked, which may be found later', async () => {
    const { simulator, clock, at, find, metrics } = await start();
    await at().snapshot();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
    clock.advance(MINUTE);
    expect((await find(at(), ['999'])).results).toEqual([{ status: 'UNCHECKED' }]);
    expect(at().evidence().unknown).toBe(0);
    expect(await counts(metrics.autoLookups)).toEqual({});
    expect(await counts(metrics.lookups)).toEqual({ unknown: 1 });
  });

  it('says nothing about an entry by hand whose kind nobody stated', async () => {
    const { at, find, metrics } = await start();
    await setSegment(at(), { idType: 'AUTO', id: 'x', name: 'By hand' }, { by: 'Ann', at: 1 });
    await find(
      at(),
      Array.from({ length: 20 }, () => 'x'),
    );
    expect(at().evidence()).toEqual({ counts: [], ambiguous: 0, unknown: 0, suggestion: null });
    expect(await counts(metrics.autoLookups)).toEqual({ 'acme 314 AUTO': 20 });
  });

  it('is counted also for answers that were made without a lookup', async () => {
    const { at } = await start();
    const { asOf } = await at().snapshot();
    at().countFound({ asOf }, new Map([['SID', 12]]), true);
    at().countFound({ asOf }, new Map([['ALIAS', 5]]), false);
    expect(at().evidence()).toMatchObject({ counts: [{ idType: 'SID', count: 12 }], suggestion: 'SID' });
  });

  it('is a metric', async () => {
    const { at, find, metrics } = await start();
    await find(at(), [...sids(3), 'a1', '1001', '999', '7']);
    await find(at('acme', '315'), ['101', '1']);
    expect(await counts(metrics.autoLookups)).toEqual({
      'acme 314 SID': 3,
      'acme 314 ALIAS': 1,
      'acme 314 MAPPING_ID': 1,
      'acme 314 unknown': 1,
      'acme 314 ambiguous': 1,
      'acme 315 SID': 1,
      'acme 315 MAPPING_ID': 1,
    });
    expect(await counts(metrics.lookups)).toEqual({ fresh: 7, unknown: 1, ambiguous: 1 });
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'aam_gateway_auto_lookups_total{customer="acme",destination="314",id_type="SID"} 3',
    );
  });
});

describe('once it is clear what the IDs of a destination are', () => {
  it('one line in the log says what to configure', async () => {
    const test = await start();
    const { at, find } = test;
    await find(at(), sids(9));
    expect(hints(test)).toEqual([]);
    await find(at(), sids(1, 9));
    expect(hints(test)).toEqual([
      expect.objectContaining({
        level: 'info',
        customer: 'acme',
        destination: '314',
        segmentIdType: 'SID',
        msg: '10 of 10 IDs that were found are of the kind SID; write segmentIdType: SID',
      }),
    ]);
    for (let more = 0; more < 5; more++) await find(at(), sids(40));
    await find(
      at(),
      Array.from({ length: 20 }, (_, index) => `a${index}`),
    );
    expect(hints(test)).toHaveLength(1);
    expect(at().evidence().suggestion).toBeNull();
  });

  it('the line says how many were of another kind', async () => {
    const test = await start();
    const { at, find } = test;
    await find(at(), ['a1', ...sids(9)]);
    await find(at(), [...sids(40), ...sids(40), ...sids(9)]);
    expect(hints(test)).toEqual([]);
    await find(at(), sids(1));
    expect(hints(test)).toMatchObject([
      { msg: '99 of 100 IDs that were found are of the kind SID; write segmentIdType: SID' },
    ]);
  });

  it('each destination has a line of its own', async () => {
    const test = await start();
    await test.find(test.at(), sids(10));
    await test.find(
      test.at('acme', '315'),
      Array.from({ length: 10 }, () => '1'),
    );
    expect(hints(test)).toMatchObject([
      { destination: '314', segmentIdType: 'SID' },
      { destination: '315', segmentIdType: 'MAPPING_ID' },
    ]);
  });
});
