import { describe, expect, it } from 'vitest';
import { setSegment, unsetSegment } from '../../../src/directory/index.js';
import type { IdentifierType } from '../../../src/segments/index.js';
import { acme, destination, startDirectory } from '../../support/directory.js';
import { lookUp, startDocumented, type Fields } from '../lookup/documented.js';
import { ADDRESSED, KEYED, KINDS, SERIALIZED, SERVER, SINGLE, ann, known, listAgain } from './by-hand.js';
import { importText } from '../../support/import-text.js';

describe('an entry by hand of a stated kind', () => {
  /** The gateway's own ID of an entry. */
  const ownIds: Record<IdentifierType, string> = {
    SID: 'sid:7',
    MAPPING_ID: '7',
    ALIAS: 'alias:7',
    VALUE: 'value:7',
    KEY_VALUE: 'key-value:7',
    URL: 'url:7',
  };

  it.each(KINDS)(
    '(%s) is found as that kind, and without a stated kind in every type of destination',
    async (idType) => {
      for (const fields of [SERVER, SINGLE, KEYED, SERIALIZED, ADDRESSED, { destinationType: 'NEW' }]) {
        const test = await startDocumented({ fields, rows: [] });
        const { segment } = (await setSegment(test.at(), { idType, id: '7', name: 'By hand' }, ann(test)))!;
        expect(segment.id).toBe(ownIds[idType]);
        expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: `By hand as ${idType}` });
        for (const stated of KINDS) {
          const expected = stated === idType ? `By hand as ${idType}` : 'UNKNOWN';
          expect(await lookUp(test, test.at(), ['7'], stated), stated).toEqual({ 7: expected });
        }
      }
    },
  );

  it.each(KINDS)('(%s) is edited, not made again, by a second entry', async (idType) => {
    const test = await startDocumented({ fields: SERVER, rows: [] });
    await setSegment(test.at(), { idType, id: '7', name: 'First' }, ann(test));
    await setSegment(test.at(), { idType, id: '7', description: 'Second' }, ann(test));
    expect([...(await test.at().snapshot()).segments]).toMatchObject([
      { id: ownIds[idType], name: 'First', description: 'Second' },
    ]);
  });

  it.each(KINDS)('(%s) joins the segment that is listed with it, also if it is not sent', async (idType) => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: KEYED, rows });
    const id = idType === 'KEY_VALUE' ? 'k:7' : '7';
    await setSegment(test.at(), { idType, id, name: 'By hand' }, ann(test));
    const row: Record<IdentifierType, Fields> = {
      SID: { destinationMappingId: 1, sid: 7 },
      MAPPING_ID: { destinationMappingId: 7 },
      ALIAS: { destinationMappingId: 1, traitAlias: '7' },
      VALUE: { destinationMappingId: 1, valueAlias: '7' },
      KEY_VALUE: { destinationMappingId: 1, traitAlias: 'k', valueAlias: '7' },
      URL: { destinationMappingId: 1, secureUrl: '7' },
    };
    rows.push({ elementName: 'Listed', ...row[idType] });
    await listAgain(test);
    expect(await known(test)).toEqual([[idType === 'MAPPING_ID' ? '7' : '1', 'By hand']]);
    expect(await lookUp(test, test.at(), [id], idType)).toEqual({ [id]: `By hand as ${idType}` });
  });

  it('is not in the way of a segment that has the ID as a kind that the destination sends', async () => {
    const rows: Fields[] = [{ destinationMappingId: 1, sid: 1, valueAlias: '7', elementName: 'Listed' }];
    const test = await startDocumented({ fields: SINGLE, rows });
    await setSegment(test.at(), { idType: 'SID', id: '7', name: 'By hand' }, ann(test));
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'Listed as VALUE' });
    expect(await lookUp(test, test.at(), ['7'], 'SID')).toEqual({ 7: 'By hand as SID' });
  });

  it('is ambiguous with a segment that has the ID as another kind that the destination sends', async () => {
    const rows: Fields[] = [{ destinationMappingId: 1, sid: 1, traitAlias: '7', elementName: 'Listed' }];
    const test = await startDocumented({ fields: SERVER, rows });
    await setSegment(test.at(), { idType: 'SID', id: '7', name: 'By hand' }, ann(test));
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'AMBIGUOUS: By hand as SID, Listed as ALIAS' });
  });

  it.each(['active', 'deleted'])(
    'that was taken away is not in the way of anything (%s)',
    async (elementStatus) => {
      const rows: Fields[] = [];
      const test = await startDocumented({ fields: SERVER, rows });
      for (const idType of ['SID', 'ALIAS', 'MAPPING_ID'] as const) {
        await setSegment(test.at(), { idType, id: `7${idType}`, name: 'By hand' }, ann(test));
        await unsetSegment(test.at(), { idType, id: `7${idType}` }, ann(test));
      }
      rows.push(
        { destinationMappingId: 1, sid: 1, traitAlias: '7SID', elementName: 'One', elementStatus },
        { destinationMappingId: 2, sid: 2, traitAlias: '7ALIAS', elementName: 'Two', elementStatus },
        { destinationMappingId: 3, sid: 3, traitAlias: '7MAPPING_ID', elementName: 'Three', elementStatus },
      );
      await listAgain(test);
      expect(await lookUp(test, test.at(), ['7SID', '7ALIAS', '7MAPPING_ID'])).toEqual({
        '7SID': 'One as ALIAS',
        '7ALIAS': 'Two as ALIAS',
        '7MAPPING_ID': 'Three as ALIAS',
      });
    },
  );
});

describe('what a gateway exports of its entries by hand', () => {
  const LISTED = [
    { destinationMappingId: 1, sid: 101, elementName: 'Sid' },
    { destinationMappingId: 2, sid: 2, traitAlias: '102', elementName: 'Alias' },
    { destinationMappingId: 3, sid: 3, valueAlias: '103', elementName: 'Value' },
    { destinationMappingId: 4, sid: 4, traitAlias: 'k', valueAlias: '104', elementName: 'Key and value' },
    { destinationMappingId: 5, sid: 5, url: 'http://p.example/', elementName: 'Address' },
    { destinationMappingId: 6, sid: 106, elementName: 'Unstated' },
    { destinationMappingId: 107, sid: 7, elementName: 'First version' },
  ];
  const EXPORT =
    'destinationMappingId,name\n' +
    [
      'sid:101',
      'alias:102',
      'value:103',
      'key-value:k=104',
      'url:http://p.example/',
      'id:106',
      'mapping-id:107',
    ]
      .map((id, index) => `${id},By hand ${index + 1}\n`)
      .join('');
  const OPTIONS = { mode: 'MERGE', dryRun: false, skipBad: false } as const;

  it('is taken for the segments that have the identifiers, where another gateway knows these', async () => {
    const test = await startDocumented({ fields: SERVER, rows: LISTED });
    const outcome = await importText(test.at(), EXPORT, { ...OPTIONS, ...ann(test) });
    expect(outcome).toMatchObject({ applied: true, renamed: 7, created: 0 });
    expect(await known(test)).toEqual(
      ['1', '2', '3', '4', '5', '6', '107'].map((id, index) => [id, `By hand ${index + 1}`]),
    );
  });

  it('is kept as entries of the same kinds, where it does not', async () => {
    const test = await startDocumented({ fields: SERVER, rows: [] });
    const outcome = await importText(test.at(), EXPORT, { ...OPTIONS, ...ann(test) });
    expect(outcome).toMatchObject({ applied: true, created: 7 });
    const found = {
      101: 'By hand 1 as SID',
      102: 'By hand 2 as ALIAS',
      103: 'By hand 3 as VALUE',
      'k=104': 'By hand 4 as KEY_VALUE',
      'http://p.example/': 'By hand 5 as URL',
      106: 'By hand 6 as AUTO',
      107: 'By hand 7 as AUTO',
    };
    expect(await lookUp(test, test.at(), Object.keys(found))).toEqual(found);
    // Imported again, it changes nothing.
    expect(await importText(test.at(), EXPORT, { ...OPTIONS, ...ann(test) })).toMatchObject({ unchanged: 7 });
  });
});

it('IDs that look like the gateway’s own are IDs like all others', async () => {
  const { at, find } = await startDirectory({
    segmentIdType: 'AUTO',
    customers: [acme(destination(314, [{ mappingId: 1, sid: 2, alias: 'sid:7', name: 'Listed' }]))],
  });
  expect((await find(at(), ['sid:7'])).results).toMatchObject([
    { status: 'FOUND', idType: 'ALIAS', segment: { id: '1' } },
  ]);
  expect((await find(at(), ['id:7', '7'])).results).toEqual([{ status: 'UNKNOWN' }, { status: 'UNKNOWN' }]);
});
