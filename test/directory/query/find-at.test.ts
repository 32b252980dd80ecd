import { describe, expect, it } from 'vitest';
import { findAt, setSegment, unsetSegment } from '../../../src/directory/index.js';
import type { SegmentIdType } from '../../../src/segments/index.js';
import { MINUTE, SECOND, type TestDirectory } from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';
import { lookUp, shown, startDocumented, type Fields } from '../lookup/documented.js';

const SERVER = { destinationType: 'S2S' };

/** Looks IDs up as they were at a time. @returns what was found out, by ID */
async function lookUpAt(
  { at }: TestDirectory,
  time: number,
  ids: readonly string[],
  idType?: SegmentIdType,
): Promise<Record<string, string>> {
  const { results } = await findAt(at(), ids, await at().kinds(idType), time);
  return Object.fromEntries(ids.map((id, index) => [id, shown(results[index])]));
}

/** Lists the destination with these rows, a minute after what was before. @returns the time */
async function listWith(test: TestDirectory, rows: Fields[], next: readonly Fields[]): Promise<number> {
  rows.splice(0, rows.length, ...next);
  test.clock.advance(MINUTE);
  await test.at().refresh('schedule');
  return test.clock.now();
}

describe('an ID at a time in the past', () => {
  it('has the name, the description and the status of that time', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const row = { destinationMappingId: 1, sid: 7, elementName: 'Old', elementDescription: 'Then' };
    const first = await listWith(test, rows, [row]);
    const second = await listWith(test, rows, [{ ...row, elementName: 'New', elementStatus: 'inactive' }]);
    const third = await listWith(test, rows, []);
    const segmentAt = async (time: number): Promise<unknown> =>
      (await findAt(test.at(), ['7'], await test.at().kinds(), time)).results[0];
    const found = { status: 'FOUND', idType: 'SID' };
    expect(await segmentAt(first)).toMatchObject({
      ...found,
      segment: { id: '1', name: 'Old', description: 'Then', status: 'ACTIVE', confirmedAt: first },
    });
    expect(await segmentAt(second - 1)).toMatchObject({
      ...found,
      segment: { name: 'Old', confirmedAt: second - 1 },
    });
    expect(await segmentAt(second)).toMatchObject({ ...found, segment: { name: 'New', status: 'INACTIVE' } });
    expect(await segmentAt(third)).toMatchObject({ ...found, segment: { name: 'New', status: 'DELETED' } });
  });

  it('is UNKNOWN if its segment was not known yet, and if there is none', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await test.at().snapshot();
    const known = await listWith(test, rows, [{ destinationMappingId: 1, sid: 7, elementName: 'Loyal' }]);
    expect(await lookUpAt(test, known - 1, ['7', '1', '8'])).toEqual({
      7: 'UNKNOWN',
      1: 'UNKNOWN',
      8: 'UNKNOWN',
    });
    expect(await lookUpAt(test, known, ['7', '1', '8'])).toEqual({
      7: 'Loyal as SID',
      1: 'Loyal as MAPPING_ID',
      8: 'UNKNOWN',
    });
    expect(await lookUpAt(test, known + 1_000 * MINUTE, ['7'])).toEqual({ 7: 'Loyal as SID' });
    expect(await lookUpAt(test, 0, ['7'])).toEqual({ 7: 'UNKNOWN' });
  });

  it('is one segment as long as the other with this ID was not known, and ambiguous from then on', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const one = { destinationMappingId: 1, sid: 7, elementName: 'Sid' };
    const other = { destinationMappingId: 2, sid: 8, traitAlias: '7', elementName: 'Alias' };
    const first = await listWith(test, rows, [one]);
    const second = await listWith(test, rows, [one, other]);
    expect(await lookUp(test, test.at(), ['7'])).toEqual({ 7: 'AMBIGUOUS: Sid as SID, Alias as ALIAS' });
    expect(await lookUpAt(test, first, ['7'])).toEqual({ 7: 'Sid as SID' });
    expect(await lookUpAt(test, second, ['7'])).toEqual({ 7: 'AMBIGUOUS: Sid as SID, Alias as ALIAS' });
    expect(await lookUpAt(test, second, ['7'], 'ALIAS')).toEqual({ 7: 'Alias as ALIAS' });
    expect(await lookUpAt(test, first, ['7'], 'ALIAS')).toEqual({ 7: 'UNKNOWN' });
  });

  it('is the segment that was alive then, whatever is alive now', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const old = { destinationMappingId: 1, sid: 10, traitAlias: 'spring', elementName: 'Old' };
    const next = { destinationMappingId: 2, sid: 20, traitAlias: 'spring', elementName: 'New' };
    const first = await listWith(test, rows, [old]);
    const both = await listWith(test, rows, [old, next]);
    const second = await listWith(test, rows, [next]);
    const third = await listWith(test, rows, [old]);
    const expected: [number, string][] = [
      [first, 'Old as ALIAS'],
      [second, 'New as ALIAS'],
      [third, 'Old as ALIAS'],
    ];
    for (const [time, text] of expected) {
      expect(await lookUpAt(test, time, ['spring'])).toEqual({ spring: text });
      expect(await lookUpAt(test, time, ['spring'], 'ALIAS')).toEqual({ spring: text });
    }
    expect(await lookUp(test, test.at(), ['spring'])).toEqual({ spring: 'Old as ALIAS' });
    expect((await lookUpAt(test, both, ['spring']))['spring']).toMatch(
      /^AMBIGUOUS: (?:(?:Old|New) as ALIAS(?:, )?){2}$/,
    );
  });

  it('that several rows of one segment have is the row that was alive then', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const [one, two] = [1, 2].map((id) => ({ destinationMappingId: id, sid: 7, elementName: `Row ${id}` }));
    const first = await listWith(test, rows, [one!]);
    const second = await listWith(test, rows, [two!]);
    expect(await lookUpAt(test, first, ['7'])).toEqual({ 7: 'Row 1 as SID' });
    expect(await lookUpAt(test, second, ['7'])).toEqual({ 7: 'Row 2 as SID' });
  });

  it('has the name by hand from the time on at which it was given, and until it was taken away', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const listed = await listWith(test, rows, [{ destinationMappingId: 1, sid: 7, elementName: 'Listed' }]);
    const change = async (work: (at: number) => Promise<unknown>): Promise<number> => {
      test.clock.advance(MINUTE);
      await work(test.clock.now());
      return test.clock.now();
    };
    const set = await change((at) =>
      setSegment(test.at(), { idType: 'AUTO', id: '7', name: 'By hand' }, { by: 'Ann', at }),
    );
    const unset = await change((at) =>
      unsetSegment(test.at(), { idType: 'AUTO', id: '7' }, { by: 'Ann', at }),
    );
    expect(await lookUpAt(test, listed, ['7'])).toEqual({ 7: 'Listed as SID' });
    expect(await lookUpAt(test, set, ['7'])).toEqual({ 7: 'By hand as SID' });
    expect(await lookUpAt(test, unset - 1, ['7'])).toEqual({ 7: 'By hand as SID' });
    expect(await lookUpAt(test, unset, ['7'])).toEqual({ 7: 'Listed as SID' });
  });

  it('that was known by hand, whose kind nobody stated, is found before and after it joined a segment', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    await test.at().snapshot();
    test.clock.advance(MINUTE);
    const before = test.clock.now();
    await setSegment(test.at(), { idType: 'AUTO', id: '7', name: 'By hand' }, { by: 'Ann', at: before });
    expect(await lookUpAt(test, before, ['7'])).toEqual({ 7: 'By hand as AUTO' });
    const joined = await listWith(test, rows, [{ destinationMappingId: 1, sid: 7, elementName: 'Listed' }]);
    expect(await lookUpAt(test, joined, ['7'])).toEqual({ 7: 'By hand as SID' });
    expect(await lookUpAt(test, before, ['7'])).toEqual({ 7: 'By hand as SID' });
    expect(await lookUpAt(test, before - 1, ['7'])).toEqual({ 7: 'UNKNOWN' });
  });

  it('is answered at its place in the list, also several times, and without IDs there is nothing', async () => {
    const rows: Fields[] = [];
    const test = await startDocumented({ fields: SERVER, rows });
    const time = await listWith(test, rows, [
      { destinationMappingId: 1, sid: 7, elementName: 'One' },
      { destinationMappingId: 2, sid: 8, elementName: 'Two' },
    ]);
    const { results } = await findAt(test.at(), ['8', 'x', '7', '8'], await test.at().kinds(), time);
    expect(results.map(shown)).toEqual(['Two as SID', 'UNKNOWN', 'One as SID', 'Two as SID']);
    expect((await findAt(test.at(), [], await test.at().kinds(), time)).results).toEqual([]);
  });

  it('fails with STORAGE_UNAVAILABLE if the storage does not respond', async () => {
    const gates = new GatedStorage();
    const rows = [{ destinationMappingId: 1, sid: 7, elementName: 'One' }];
    const test = await startDocumented({ fields: SERVER, rows }, { wrap: gates.wrap });
    await test.at().snapshot();
    await test.at().save();
    gates.refuse('revisionsAt');
    await expect(lookUpAt(test, test.clock.now(), ['7'])).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    gates.allow('revisionsAt');
    test.clock.advance(5 * SECOND);
  });
});
