import { describe, expect, it } from 'vitest';
import { setSegment, unsetSegment, type ManualEntry } from '../../../src/directory/index.js';
import { MINUTE, withIdType, type TestDirectory } from '../../support/directory.js';
import { lookUp, startDocumented, type Fields } from '../lookup/documented.js';
import { ADDRESSED, KEYED, KINDS, SERIALIZED, SERVER, SINGLE, ann, known, listAgain } from './by-hand.js';
import { importText } from '../../support/import-text.js';

/** An ID whose kind nobody states. */
const unstated = (id: string, name = 'By hand'): ManualEntry => ({ idType: 'AUTO', id, name });

/** Enters an ID by hand in one of two ways. */
const WAYS: [string, (test: TestDirectory, id: string) => Promise<unknown>][] = [
  ['set', (test, id) => setSegment(test.at(), unstated(id), ann(test))],
  [
    'imported',
    (test, id) =>
      importText(test.at(), `ID;name\n"${id}";By hand\n`, {
        ...ann(test),
        mode: 'MERGE',
        dryRun: false,
        skipBad: false,
      }),
  ],
];

describe.each(WAYS)('an ID whose kind nobody states, %s by hand', (_, enter) => {
  it('is kept as it is, and found without a stated kind alone', async () => {
    const test = await startDocumented({ fields: SERVER, rows: [] });
    await enter(test, '80920');
    expect(await known(test)).toEqual([['id:80920', 'By hand']]);
    expect(await lookUp(test, test.at(), ['80920'])).toEqual({ 80920: 'By hand as AUTO' });
    for (const idType of KINDS) {
      expect(await lookUp(test, test.at(), ['80920'], idType)).toEqual({ 80920: 'UNKNOWN' });
    }
  });

  it.each(KINDS)(
    'is found as %s and no other kind if the destination is configured so later',
    async (idType) => {
      const test = await startDocumented({ fields: SERVER, rows: [] });
      await enter(test, '80920');
      test.directory.configure(test.setups.map((setup) => withIdType(setup, idType)));
      expect(await lookUp(test, test.at(), ['80920'])).toEqual({ 80920: 'By hand as AUTO' });
      for (const stated of KINDS) {
        const expected = stated === idType ? 'By hand as AUTO' : 'UNKNOWN';
        expect(await lookUp(test, test.at(), ['80920'], stated)).toEqual({ 80920: expected });
      }
      expect(await lookUp(test, test.at(), ['80920'], 'AUTO')).toEqual({ 80920: 'By hand as AUTO' });
    },
  );

  it('is for the one segment that has it, if Audience Manager has one', async () => {
    const rows = [{ destinationMappingId: 1, sid: 80920, elementName: 'Listed' }];
    const test = await startDocumented({ fields: SERVER, rows });
    await enter(test, '80920');
    expect(await known(test)).toEqual([['1', 'By hand']]);
    expect((await test.at().snapshot()).find('1')?.manual).toMatchObject({ base: { name: 'Listed' } });
  });

  it('is not for a segment that has it as a kind that the destination does not send', async () => {
    const rows = [{ destinationMappingId: 1, sid: 80920, valueAlias: 'v', elementName: 'Listed' }];
    const test = await startDocumented({ fields: SINGLE, rows });
    await enter(test, '80920');
    expect(await known(test)).toEqual([
      ['id:80920', 'By hand'],
      ['1', 'Listed'],
    ]);
    expect(await lookUp(test, test.at(), ['80920', 'v'])).toEqual({
      80920: 'By hand as AUTO',
      v: 'Listed as VALUE',
    });
    expect(await lookUp(test, test.at(), ['80920'], 'SID')).toEqual({ 80920: 'Listed as SID' });
  });

  it('is for no segment as long as the type of destination is not known', async () => {
    const rows = [{ destinationMappingId: 1, sid: 80920, elementName: 'Listed' }];
    const test = await startDocumented({ fields: { destinationType: 'NEW' }, rows });
    await enter(test, '80920');
    expect(await known(test)).toEqual([
      ['id:80920', 'By hand'],
      ['1', 'Listed'],
    ]);
    // The entry is the answer, as it will be once the type is known.
    expect(await lookUp(test, test.at(), ['80920', '1'])).toEqual({
      80920: 'By hand as AUTO',
      1: 'Listed as MAPPING_ID',
    });
    await enter(test, '80920');
    expect((await known(test)).length).toBe(2);
  });
});

describe('an ID whose kind nobody states joins the listed segment', () => {
  const joined: [string, Fields, string, Fields, string][] = [
    ['its sid', SERVER, '80920', { sid: 80920 }, 'SID'],
    ['its alias', SERVER, 'loyal', { sid: 1, traitAlias: 'loyal' }, 'ALIAS'],
    ['its mapping ID', SERVER, '14395', { sid: 1 }, 'MAPPING_ID'],
    ['its alias in a serialized URL', SERIALIZED, '123', { sid: 1, traitAlias: '123', url: '123' }, 'ALIAS'],
    ['its sid where a serialized URL has no alias', SERIALIZED, '7', { sid: 7 }, 'SID'],
    [
      'its address with macros',
      ADDRESSED,
      'http://p.example/?s=1&r=99',
      { sid: 1, url: 'http://p.example/?s=1&r=%rnd%' },
      'URL',
    ],
    ['its value', SINGLE, '123', { sid: 1, valueAlias: '123' }, 'VALUE'],
    ['its key and value, with the only key', SINGLE, 'k=123', { sid: 1, valueAlias: '123' }, 'KEY_VALUE'],
    ['its key and value', KEYED, 'type:123', { sid: 1, traitAlias: 'type', valueAlias: '123' }, 'KEY_VALUE'],
  ];

  it.each(joined)('that has it as %s', async (_, fields, id, row, idType) => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields, rows });
    await setSegment(test.at(), unstated(id), ann(test));
    rows.push({ destinationMappingId: 14395, elementName: 'Listed', ...row });
    await listAgain(test);
    expect(await known(test)).toEqual([['14395', 'By hand']]);
    expect(await lookUp(test, test.at(), [id])).toEqual({ [id]: `By hand as ${idType}` });
    expect((await test.at().snapshot()).find('14395')?.manual).toMatchObject({
      by: 'Ann',
      base: { name: 'Listed' },
    });
    // Its history goes on, and so does a handle that was given out for the entry.
    const { revisions } = await test
      .at()
      .revisions({ segmentId: '14395', since: null, first: 9, order: 'newest-first', after: null });
    expect(revisions.at(-1)).toMatchObject({ kind: 'CREATED', name: 'By hand', by: 'Ann' });
    const snapshot = await test.at().snapshot();
    expect(test.at().findByKey(snapshot, [`id:${id}`])).toEqual([snapshot.find('14395')]);
  });

  it('that is mapped several times', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await setSegment(test.at(), unstated('80920'), ann(test));
    rows.push(
      { destinationMappingId: 1, sid: 80920, elementName: 'One', elementStatus: 'inactive' },
      { destinationMappingId: 2, sid: 80920, elementName: 'Two' },
    );
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['2', 'By hand'],
      ['1', 'One'],
    ]);
    expect(await lookUp(test, test.at(), ['80920'])).toEqual({ 80920: 'By hand as SID' });
  });

  it('together with other entries for it: of each field the newer one counts', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await setSegment(test.at(), { ...unstated('80920', 'Older'), description: 'Older' }, ann(test));
    test.clock.advance(MINUTE);
    await setSegment(test.at(), unstated('loyal', 'Newer'), ann(test));
    rows.push({ destinationMappingId: 1, sid: 80920, traitAlias: 'loyal', elementName: 'Listed' });
    await listAgain(test);
    const snapshot = await test.at().snapshot();
    expect([...snapshot.segments]).toMatchObject([{ id: '1', name: 'Newer', description: 'Older' }]);
  });

  it('only where the listing has it: a segment that was deleted does not count', async () => {
    const rows: Fields[] = [
      {
        destinationMappingId: 1,
        sid: 10,
        traitAlias: 'spring',
        elementStatus: 'deleted',
        elementName: 'Old',
      },
    ];
    const test = await startDocumented({ fields: SERVER, rows });
    await test.at().snapshot();
    await setSegment(test.at(), unstated('autumn'), ann(test));
    rows.push({ destinationMappingId: 2, sid: 20, traitAlias: 'autumn', elementName: 'New' });
    rows.push({
      destinationMappingId: 3,
      sid: 30,
      traitAlias: 'autumn',
      elementStatus: 'deleted',
      elementName: 'Older',
    });
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['2', 'By hand'],
      ['1', 'Old'],
      ['3', 'Older'],
    ]);
  });

  it('only as one of the configured kind, if one is configured', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await setSegment(test.at(), unstated('7'), ann(test));
    test.directory.configure(test.setups.map((setup) => withIdType(setup, 'ALIAS')));
    rows.push({ destinationMappingId: 1, sid: 7, elementName: 'Sid' });
    await listAgain(test);
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'By hand as AUTO' });
    rows.push({ destinationMappingId: 2, sid: 8, traitAlias: '7', elementName: 'Alias' });
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['2', 'By hand'],
      ['1', 'Sid'],
    ]);
  });

  it('as soon as the type of destination is known', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const fault = test.simulator.fault({ endpoint: 'destination', action: { kind: 'status', status: 403 } });
    await setSegment(test.at(), unstated('80920'), ann(test));
    rows.push({ destinationMappingId: 1, sid: 80920, elementName: 'Listed' });
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['id:80920', 'By hand'],
      ['1', 'Listed'],
    ]);
    expect(await lookUp(test, test.at(), ['80920'])).toEqual({ 80920: 'By hand as AUTO' });
    fault.remove();
    test.clock.advance(MINUTE);
    await listAgain(test);
    expect(await known(test)).toEqual([['1', 'By hand']]);
  });
});

describe('an ID whose kind nobody states stays by itself', () => {
  it('if two segments have it as different kinds, and is ambiguous with them', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await setSegment(test.at(), unstated('7'), ann(test));
    rows.push(
      { destinationMappingId: 1, sid: 7, elementName: 'Sid' },
      { destinationMappingId: 2, sid: 8, traitAlias: '7', elementName: 'Alias' },
    );
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['2', 'Alias'],
      ['id:7', 'By hand'],
      ['1', 'Sid'],
    ]);
    expect(await lookUp(test, test.at(), ['7'])).toEqual({
      7: 'AMBIGUOUS: Sid as SID, Alias as ALIAS, By hand as AUTO',
    });
    expect(await lookUp(test, test.at(), ['7'], 'SID')).toEqual({ 7: 'Sid as SID' });
    // It joins the one that is left.
    rows.pop();
    await listAgain(test);
    expect(await lookUp(test, test.at(), ['8'])).toEqual({ 8: 'Alias as SID' });
    expect((await test.at().snapshot()).find('1')).toMatchObject({ name: 'By hand' });
  });

  it('if two segments have it as the same kind', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SINGLE, rows });
    await setSegment(test.at(), unstated('7'), ann(test));
    rows.push(
      { destinationMappingId: 1, sid: 1, valueAlias: '7', elementName: 'One' },
      { destinationMappingId: 2, sid: 2, valueAlias: '7', elementName: 'Two' },
    );
    await listAgain(test);
    expect((await known(test)).map(([id]) => id)).toEqual(['id:7', '1', '2']);
    expect((await lookUp(test, test.at(), ['7']))['7']).toMatch(/^AMBIGUOUS: .*By hand as AUTO$/);
  });

  it.each([
    ['of a cookie destination', SINGLE, { sid: 7 }, 'SID'],
    ['of a cookie destination with several keys', KEYED, { sid: 1, valueAlias: '7' }, 'VALUE'],
    ['of a serialized URL destination', SERIALIZED, { sid: 7, traitAlias: 'other' }, 'SID'],
    ['of a URL destination that is not serialized', ADDRESSED, { sid: 1, traitAlias: '7' }, 'ALIAS'],
    ['of a server-to-server destination', SERVER, { sid: 1, valueAlias: '7' }, 'VALUE'],
    ['that is a trait, by its sid', SERVER, { sid: 7, traitType: 'RULE_BASED_TRAIT' }, 'SID'],
  ] as const)('if only a segment %s has it as a kind that is not sent', async (_, fields, row, idType) => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields, rows });
    await setSegment(test.at(), unstated('7'), ann(test));
    rows.push({ destinationMappingId: 14395, elementName: 'Listed', ...row });
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['id:7', 'By hand'],
      ['14395', 'Listed'],
    ]);
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'By hand as AUTO' });
    expect(await lookUp(test, test.at(), ['7'], idType)).toEqual({ 7: `Listed as ${idType}` });
  });

  it('if the type of destination is not known', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: { destinationType: 'NEW' }, rows });
    await setSegment(test.at(), unstated('7'), ann(test));
    rows.push({ destinationMappingId: 1, sid: 7, elementName: 'Listed' });
    await listAgain(test);
    expect(await known(test)).toEqual([
      ['id:7', 'By hand'],
      ['1', 'Listed'],
    ]);
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'By hand as AUTO' });
  });

  it('and goes on being one entry, which is edited and taken away by its ID', async () => {
    const test = await startDocumented({ fields: SERVER, rows: [] });
    await setSegment(test.at(), unstated('7'), ann(test));
    const entry = { idType: 'AUTO', id: '7' } as const;
    await setSegment(test.at(), { ...entry, description: 'Described' }, ann(test));
    expect([...(await test.at().snapshot()).segments]).toMatchObject([
      { id: 'id:7', name: 'By hand', description: 'Described' },
    ]);
    const unset = await unsetSegment(test.at(), entry, ann(test));
    expect(unset?.segment).toMatchObject({ id: 'id:7', status: 'DELETED', manual: null });
    // It is a segment that was deleted, until there is another with this ID.
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'By hand as AUTO' });
  });

  it('after it was taken away, where it stands in nothing’s way', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await setSegment(test.at(), unstated('7'), ann(test));
    await unsetSegment(test.at(), { idType: 'AUTO', id: '7' }, ann(test));
    rows.push({ destinationMappingId: 1, sid: 7, elementName: 'Listed' });
    await listAgain(test);
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'Listed as SID' });
  });
});
