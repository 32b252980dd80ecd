import { describe, expect, it } from 'vitest';
import type { SegmentIdType } from '../../../src/config/index.js';
import { Snapshot, type Segment } from '../../../src/directory/index.js';
import {
  MINUTE,
  acme,
  destination,
  globex,
  identified,
  mappings,
  namesOf,
  segment,
  startDirectory,
} from '../../support/directory.js';

/** Three segments that have the same numbers as different identifiers. */
const CONFUSABLE = [
  { mappingId: 314, sid: 900, alias: '901', name: 'by mapping ID' },
  { mappingId: 901, sid: 314, alias: '900', name: 'by sid' },
  { mappingId: 900, sid: 901, alias: '314', name: 'by alias' },
];

describe('an ID', () => {
  const kinds: [SegmentIdType, string][] = [
    ['MAPPING_ID', 'by mapping ID'],
    ['SID', 'by sid'],
    ['ALIAS', 'by alias'],
  ];

  it.each(kinds)('is read as %s if the lookup says so', async (idType, name) => {
    const { at, find } = await startDirectory({ customers: [acme(destination(1, CONFUSABLE))] });
    expect(namesOf(await find(at('acme', '1'), ['314'], idType))).toEqual([name]);
  });

  it.each(kinds)(
    'is read as %s if the destination says so and the lookup says nothing',
    async (idType, name) => {
      const { at, find, names } = await startDirectory({
        customers: [acme(destination(1, CONFUSABLE))],
        segmentIdType: idType,
      });
      expect(await names(at('acme', '1'), '314')).toEqual([name]);
      expect(namesOf(await find(at('acme', '1'), ['314'], 'MAPPING_ID'))).toEqual(['by mapping ID']);
    },
  );

  it('is text: leading zeros and surrounding blanks are not ignored', async () => {
    const { at, find } = await startDirectory({
      customers: [
        acme(
          destination(1, [
            { mappingId: 314, sid: 314, alias: '00314', name: 'zeros' },
            { mappingId: 315, sid: 315, alias: '314', name: 'none' },
          ]),
        ),
      ],
    });
    const at1 = at('acme', '1');
    const odd = ['00314', ' 314', '314 ', '+314', '314.0', '3.14e2', '0x13a', '', '３１４'];
    for (const idType of ['MAPPING_ID', 'SID'] as const) {
      expect(namesOf(await find(at1, odd, idType))).toEqual(odd.map(() => null));
      expect(namesOf(await find(at1, ['314'], idType))).toEqual(['zeros']);
    }
    expect(namesOf(await find(at1, ['00314', '314'], 'ALIAS'))).toEqual(['zeros', 'none']);
  });

  it('that is the name of a property of all objects is unknown', async () => {
    const { at, names } = await startDirectory();
    expect(await names(at(), '__proto__', 'constructor', 'toString')).toEqual([null, null, null]);
  });

  it('is answered at its position in the list, also several times', async () => {
    const { at, names } = await startDirectory();
    expect(await names(at(), '3', '1', '9', '3')).toEqual(['Gamma', 'Alpha', null, 'Gamma']);
  });

  it('that is an alias is compared exactly, in any script', async () => {
    const { at, find } = await startDirectory({
      customers: [
        acme(
          destination(1, [
            { mappingId: 1, alias: 'Käufer/2026', name: 'one' },
            { mappingId: 2, alias: 'käufer/2026', name: 'two' },
            { mappingId: 3, alias: '購入者', name: 'three' },
            { mappingId: 4, alias: '', name: 'none' },
          ]),
        ),
      ],
    });
    const ids = ['käufer/2026', 'Käufer/2026', '購入者', 'KÄUFER/2026', '', 'null'];
    expect(namesOf(await find(at('acme', '1'), ids, 'ALIAS'))).toEqual([
      'two',
      'one',
      'three',
      null,
      null,
      null,
    ]);
  });
});

describe('a sid that several mappings have', () => {
  const OLD = 1_600_000_000_000;
  const RECENT = 1_700_000_000_000;
  const wanted: [string, Partial<Segment>, Partial<Segment>][] = [
    ['active before inactive', { status: 'ACTIVE' }, { status: 'INACTIVE', updatedAt: RECENT }],
    ['inactive before unknown', { status: 'INACTIVE' }, { status: 'UNKNOWN', updatedAt: RECENT }],
    ['unknown before deleted', { status: 'UNKNOWN' }, { status: 'DELETED', updatedAt: RECENT }],
    ['changed last', { id: '1', updatedAt: RECENT }, { id: '2', updatedAt: OLD }],
    ['changed at all', { id: '1', updatedAt: OLD }, { id: '2', updatedAt: null }],
    ['changed last, of deleted ones', { status: 'DELETED', updatedAt: RECENT }, { status: 'DELETED' }],
    ['newest', { id: '20', updatedAt: OLD }, { id: '19', updatedAt: OLD }],
    ['newest, by number', { id: '100' }, { id: '99' }],
  ];

  it.each(wanted)('means the one that is preferred: %s', (_, better, worse) => {
    const good = segment('good', { id: '2', sid: '80920', alias: 'key', ...better });
    const bad = segment('bad', { id: better.id === '1' ? '2' : '1', sid: '80920', alias: 'key', ...worse });
    for (const segments of [
      [good, bad],
      [bad, good],
    ]) {
      const snapshot = Snapshot.of(segments, 0);
      expect(identified(snapshot, '80920', 'SID')).toMatchObject([{ name: 'good' }]);
      expect(identified(snapshot, 'key', 'ALIAS')).toMatchObject([{ name: 'good' }]);
      expect(identified(snapshot, bad.id, 'MAPPING_ID')).toMatchObject([{ name: 'bad' }]);
      expect(snapshot.find(bad.id)?.name).toBe('bad');
    }
  });

  it('means the preferred one whatever its position in the order of names', async () => {
    for (const [living, deleted] of [
      ['A', 'B'],
      ['B', 'A'],
    ] as const) {
      const { at, find } = await startDirectory({
        customers: [
          acme(
            destination(1, [
              { mappingId: 1, sid: 7, alias: 'key', name: living },
              { mappingId: 2, sid: 7, alias: 'key', name: deleted, status: 'deleted' },
            ]),
          ),
        ],
      });
      expect(namesOf(await find(at('acme', '1'), ['7'], 'SID'))).toEqual([living]);
      expect(namesOf(await find(at('acme', '1'), ['key'], 'ALIAS'))).toEqual([living]);
    }
  });

  it('means the new mapping after the old one was deleted', async () => {
    const { simulator, at, find } = await startDirectory();
    await at().snapshot();
    simulator.destination('acme', 314).mappings[0] = { mappingId: 40, sid: 101, name: 'Alpha mapped again' };
    await at().refresh('schedule');
    expect(namesOf(await find(at(), ['101'], 'SID'))).toEqual(['Alpha mapped again']);
    expect(namesOf(await find(at(), ['1', '40'], 'MAPPING_ID'))).toEqual(['Alpha', 'Alpha mapped again']);
  });
});

describe('two customers with a destination of the same number and segments of the same IDs', () => {
  it('are never confused', async () => {
    const { simulator, clock, at, names } = await startDirectory({
      customers: [
        acme(destination(314, mappings('Acme one', 'Acme two'))),
        globex(destination(314, mappings('Globex one', 'Globex two'))),
      ],
    });
    const [ofAcme, ofGlobex] = [at('acme'), at('globex')];
    expect(
      await Promise.all([names(ofAcme, '1', '2'), names(ofGlobex, '1', '2'), names(ofAcme, '2', '1')]),
    ).toEqual([
      ['Acme one', 'Acme two'],
      ['Globex one', 'Globex two'],
      ['Acme two', 'Acme one'],
    ]);
    expect(simulator.listings({ customer: 'acme' })).toBe(1);
    expect(simulator.listings({ customer: 'globex' })).toBe(1);

    simulator.destination('globex', 314).mappings.push({ mappingId: 3, name: 'Globex three' });
    simulator.fault({ customer: 'acme', action: { kind: 'status', status: 403 } });
    clock.advance(MINUTE);
    expect(await names(ofGlobex, '3')).toEqual(['Globex three']);
    expect(await names(ofAcme, '3', '1')).toEqual([null, 'Acme one']);
    expect(ofAcme.sync().status).toBe('FAILING');
    expect(ofGlobex.sync().status).toBe('FRESH');
  });
});
