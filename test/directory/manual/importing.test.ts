import { describe, expect, it } from 'vitest';
import {
  purgeSegment,
  setSegment,
  undoImport,
  unsetSegment,
  type ImportOutcome,
} from '../../../src/directory/index.js';
import { importText } from '../../support/import-text.js';
import { MINUTE, type TestDirectory } from '../../support/directory.js';
import { lookUp, startDocumented, type Fields } from '../lookup/documented.js';
import { SERVER, ann, known, listAgain } from './by-hand.js';

const rows = (): Fields[] => [
  { destinationMappingId: 1, sid: 80901, traitAlias: 'one', elementName: 'One' },
  { destinationMappingId: 2, sid: 80902, traitAlias: 'two', elementName: 'Two' },
];

const start = (): Promise<TestDirectory> => startDocumented({ fields: SERVER, rows: rows() });

type Options = Partial<Parameters<typeof importText>[2]>;

const importInto = (test: TestDirectory, text: string, options: Options = {}): Promise<ImportOutcome> =>
  importText(test.at(), text, { ...ann(test), ...options });

async function changesOf({ at }: TestDirectory): Promise<string[]> {
  const request = { segmentId: null, since: null, first: 100, order: 'oldest-first', after: null } as const;
  const { revisions } = await at().revisions(request);
  return revisions.map(({ segmentId, kind, name, by }) => `${segmentId} ${kind} ${name} ${by}`);
}

describe('a row with several identifiers', () => {
  it('is for the segment that has any of them', async () => {
    const test = await start();
    const file = 'Mapping ID,SID,Alias,Segment Name\n9,80901,,By its sid\n2,,7,By its mapping ID\n';
    expect(await importInto(test, file)).toMatchObject({ applied: true, renamed: 2, created: 0 });
    expect(await known(test)).toEqual([
      ['2', 'By its mapping ID'],
      ['1', 'By its sid'],
    ]);
  });

  it('makes a segment that is found by each of them, if nothing is known of it', async () => {
    const test = await start();
    const file = 'Mapping ID,SID,Alias,Segment Name\n14395,80920,cart,Cart abandoners\n';
    expect(await importInto(test, file)).toMatchObject({ created: 1, warnings: [] });
    expect(await lookUp(test, test.at(), ['80920', 'cart', '14395'])).toEqual({
      80920: expect.stringContaining('Cart abandoners') as string,
      cart: expect.stringContaining('Cart abandoners') as string,
      14395: expect.stringContaining('Cart abandoners') as string,
    });
    await listAgain(test);
    expect(await known(test)).toContainEqual(['14395', 'Cart abandoners']);
  });

  it('keeps the name by hand, where the sid is listed later under another mapping ID', async () => {
    const listed = rows();
    const test = await startDocumented({ fields: SERVER, rows: listed });
    await importInto(test, 'Mapping ID,SID,Name\n14395,80920,By hand\n');
    listed.push({ destinationMappingId: 9, sid: 80_920, elementName: 'Listed' });
    await listAgain(test);
    expect(await known(test)).toEqual(
      expect.arrayContaining([
        ['14395', 'By hand'],
        ['9', 'Listed'],
      ]),
    );
    expect(await lookUp(test, test.at(), ['80920'])).toEqual({
      80920: expect.stringContaining('By hand') as string,
    });
  });

  it('is a mistake that names both, if they are of different segments', async () => {
    const test = await start();
    const outcome = await importInto(test, 'Mapping ID,SID,Name\n1,80902,Which?\n');
    expect(outcome).toMatchObject({ applied: false, rejected: 1 });
    expect(outcome.mistakes[0]).toMatchObject({
      line: 2,
      reason: expect.stringMatching(
        /different segments.*mapping 1 "One".*mapping 2 "Two".*correct the row/,
      ) as string,
    });
    const hidden = await importInto(test, 'Mapping ID,SID,Name\n1,80902,Which?\n', { mayRead: false });
    expect(hidden.mistakes[0]?.reason).toMatch(/different segments; correct the row/);
  });

  it('is a mistake, if its mapping ID is that of a segment with another sid', async () => {
    const test = await start();
    const before = await known(test);
    const wrong = 'Mapping ID,SID,Name\n1,9999777,Some other segment\n2,80902,Right\n';
    const outcome = await importInto(test, wrong);
    expect(outcome).toMatchObject({ applied: false, rejected: 1, renamed: 1 });
    expect(outcome.mistakes).toEqual([
      {
        line: 2,
        reason:
          'its sid "9999777" is not that of the segment with its other ID: mapping 1 "One" has the sid "80901"; ' +
          'correct the row, or remove the wrong ID',
      },
    ]);
    expect(await known(test)).toEqual(before);
    await importInto(test, 'sid,name\n80901,By hand\n');
    // The segment with the mapping ID may be meant, so it keeps its name.
    await importInto(test, wrong, { mode: 'REPLACE', skipBad: true });
    expect(await known(test)).toContainEqual(['1', 'By hand']);
  });

  it('is a mistake, if it gives another sid to a segment that is only known by hand', async () => {
    const test = await start();
    await importInto(test, 'Mapping ID,SID,Name\n14395,80920,Cart\n');
    for (const file of [
      'Mapping ID,SID,Name\n14395,80921,Other\n',
      'SID,Mapping ID,Name\n80921,14395,Other\n',
    ]) {
      const outcome = await importInto(test, file);
      expect(outcome.mistakes).toMatchObject([
        { line: 2, reason: expect.stringMatching(/"80921".*has the sid "80920".*purge/) as string },
      ]);
    }
    expect(await known(test)).toContainEqual(['14395', 'Cart']);
  });

  it('is for the segment with its sid, whatever its alias is there', async () => {
    const test = await start();
    const file = 'SID,Alias,Name\n80901,renamed,First\n';
    expect(await importInto(test, file)).toMatchObject({ applied: true, renamed: 1, mistakes: [] });
  });

  it('says which of them is not kept, where the segment is known by hand under another one', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80920,Cart\n');
    const again = await importInto(test, 'Mapping ID,SID,Name\n14395,80920,Carts\n');
    expect(again).toMatchObject({ created: 0, renamed: 1 });
    expect(again.warnings).toEqual([
      {
        line: 2,
        reason: expect.stringMatching(/mapping ID "14395" is not kept.*"sid:80920".*purge/) as string,
      },
    ]);
  });
});

describe('an import', () => {
  it('says where unknown mapping IDs are known sids, and takes them for sids with idType', async () => {
    const test = await start();
    const file = 'Mapping ID,Name\n80901,First\n80902,Second\n80999,Third\n';
    const trial = await importInto(test, file, { dryRun: true });
    expect(trial).toMatchObject({ created: 3, applied: false });
    expect(trial.warnings).toMatchObject([
      { line: 2, reason: 'no segment has the mapping ID "80901", but it is the sid of mapping 1 "One"' },
      { line: 3 },
    ]);
    expect(trial.notes.at(-1)).toMatch(/^2 rows .*--id-type SID/);
    expect(await importInto(test, file, { idType: 'SID' })).toMatchObject({
      renamed: 2,
      created: 1,
      warnings: [],
    });
    expect(await known(test)).toContainEqual(['1', 'First']);
  });

  it('lists what changes from what to what, also in a dry run', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Old\n');
    const file = 'sid,name,description\n80901,New,\n80902,,Described\n80999,Fresh,\n';
    const { changes, ...trial } = await importInto(test, file, { mode: 'REPLACE', dryRun: true });
    expect(trial).toMatchObject({
      applied: false,
      importId: null,
      created: 1,
      renamed: 1,
      updated: 1,
      removed: 1,
    });
    expect(
      changes.map(({ kind, line, from, to }) => [kind, line, from?.name, to.name, to.description]),
    ).toEqual([
      ['RENAMED', 2, 'One', 'New', null],
      ['UPDATED', 3, 'Two', 'Two', 'Described'],
      ['CREATED', 4, undefined, 'Fresh', null],
      ['REMOVED', null, 'Old', 'Old', null],
    ]);
    expect(changes.at(-1)?.to.status).toBe('DELETED');
    const hidden = await importInto(test, file, { mayRead: false });
    expect(hidden).toMatchObject({ applied: true, changes: [], warnings: [] });
  });

  it('leaves what was changed by hand after it had begun', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Old\n80951,Older\n');
    const begun = test.clock.now();
    test.clock.advance(MINUTE);
    await setSegment(test.at(), { idType: 'SID', id: '80901', name: 'Corrected' }, ann(test));
    await setSegment(test.at(), { idType: 'SID', id: '80951', name: 'Newest' }, ann(test));
    const outcome = await importInto(test, 'sid,name\n80901,From the file\n80902,From the file\n', {
      at: begun,
      mode: 'REPLACE',
    });
    expect(outcome).toMatchObject({ applied: true, renamed: 1, removed: 1, kept: 2, rejected: 0 });
    expect(outcome.warnings).toEqual([
      { line: 2, reason: 'stays as it is, because Ann changed it after this import had begun' },
    ]);
    expect(await known(test)).toEqual([
      ['1', 'Corrected'],
      ['2', 'From the file'],
      ['sid:80951', 'Newest'],
      ['sid:80950', 'Old'],
    ]);
  });

  it('wins over an older file that is stored after it was sent, and not over a newer one', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Kept\n80951,Gone\n');
    test.clock.advance(MINUTE);
    const [older, newer] = [test.clock.now(), test.clock.now() + MINUTE];
    test.clock.advance(5 * MINUTE);
    const files = {
      older: ['sid,name\n80901,Wrong\n80950,Kept\n', { at: older, mode: 'REPLACE' }],
      newer: ['sid,name\n80901,Right\n80951,Back\n', { at: newer }],
    } as const;
    await importInto(test, ...files.older);
    test.clock.advance(MINUTE);
    expect(await importInto(test, ...files.newer)).toMatchObject({ renamed: 2, kept: 0, warnings: [] });
    test.clock.advance(MINUTE);
    expect(await importInto(test, ...files.older)).toMatchObject({ renamed: 0, removed: 0, kept: 2 });
    expect(await known(test)).toEqual(
      expect.arrayContaining([
        ['1', 'Right'],
        ['sid:80951', 'Back'],
      ]),
    );
  });

  it('has no two rows that say different things of a segment under different IDs', async () => {
    const test = await start();
    const file = 'alias,sid,name\none,,First\n,80901,Second\ntwo,,Same\n,80902,Same\n';
    const trial = await importInto(test, file, { mayRead: false });
    expect(trial).toMatchObject({ applied: false, rejected: 1 });
    expect(trial.mistakes).toEqual([
      {
        line: 3,
        reason:
          'its ID is of the same segment as that on line 2, and it says something else; remove one of the two rows',
      },
    ]);
    expect(await importInto(test, file, { skipBad: true })).toMatchObject({ applied: true, renamed: 2 });
    expect(await known(test)).toEqual([
      ['1', 'First'],
      ['2', 'Same'],
    ]);
  });

  it('keeps the segments of rejected rows under REPLACE', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Good\n80951,Bad\n80952,Gone\n');
    const file = `sid,name\n80950,Better\n80951,${'x'.repeat(1_001)}\n`;
    const outcome = await importInto(test, file, { mode: 'REPLACE', skipBad: true });
    expect(outcome).toMatchObject({ applied: true, rejected: 1, removed: 1 });
    expect(await lookUp(test, test.at(), ['80951'])).toEqual({
      80951: expect.stringContaining('Bad') as string,
    });
  });

  it('removes nothing under REPLACE, where the ID of a row cannot be read', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Good\n80952,Which?\n');
    const file = 'sid,name\n80950,Better\n8.1E+04,Which?\n';
    const outcome = await importInto(test, file, { mode: 'REPLACE', skipBad: true });
    expect(outcome).toMatchObject({ applied: true, rejected: 1, renamed: 1, removed: 0 });
    expect(outcome.notes.at(-1)).toMatch(/Nothing is removed.*line 3/);
  });

  it('refuses the export of another customer, unless it is forced', async () => {
    const test = await start();
    const file = 'sid,name,customerId,destinationId\n80901,Theirs,globex,7\n';
    await expect(importInto(test, file)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/export of destination "7" of customer "globex".*--force/) as string,
    });
    expect(await importInto(test, file, { force: true })).toMatchObject({ applied: true, renamed: 1 });
  });

  it('counts rows with an ID alone as unchanged, and takes nothing away for them', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Mine\n');
    const outcome = await importInto(test, 'sid,name\n80950,\n80901,\n80999,\n', { mode: 'REPLACE' });
    expect(outcome).toMatchObject({ rejected: 0, unchanged: 3, removed: 0, created: 0 });
    expect(await known(test)).toContainEqual(['sid:80950', 'Mine']);
  });
});

describe('an import that is taken back', () => {
  it('leaves everything as it was, as one change', async () => {
    const test = await start();
    await importInto(test, 'sid,name\n80950,Old\n80952,Taken away\n');
    await unsetSegment(test.at(), { idType: 'SID', id: '80952' }, ann(test));
    const before = [...(await test.at().snapshot()).segments];
    test.clock.advance(MINUTE);
    const file = 'sid,name,status\n80901,New,inactive\n80952,Again,\n80999,Fresh,\n';
    const { importId } = await importInto(test, file, { mode: 'REPLACE' });
    test.clock.advance(MINUTE);
    const generation = test.at().cached()?.generation;
    const outcome = await undoImport(test.at(), { id: importId! }, 'Ben');
    expect(outcome).toMatchObject({ restored: 4, kept: [], import: { undone: { by: 'Ben' } } });
    expect(test.at().cached()?.generation).toBe(generation! + 1);
    expect([...(await test.at().snapshot()).segments]).toEqual(before);
    const changes = await changesOf(test);
    expect(changes).toContain('sid:80999 REMOVED Fresh Ben');
    expect(changes).toContain('1 RENAMED One Ben');
    await expect(undoImport(test.at(), { id: importId! }, 'Cleo')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/^Ben has taken this import back already/) as string,
    });
  });

  it('keeps what is newer, and names it', async () => {
    const test = await start();
    const { importId } = await importInto(test, 'sid,name\n80901,New\n80902,New too\n80999,Fresh\n');
    test.clock.advance(MINUTE);
    await setSegment(test.at(), { idType: 'SID', id: '80902', name: 'Newer' }, ann(test));
    await purgeSegment(test.at(), { idType: 'SID', id: '80999' }, 'Ann');
    const outcome = await undoImport(test.at(), { id: importId! }, 'Ben');
    expect(outcome.restored).toBe(1);
    expect(outcome.kept).toMatchObject([
      { segmentId: '2', reason: expect.stringMatching(/^Ann changed it by hand at/) as string },
      { segmentId: 'sid:80999', segment: null, reason: 'it was removed since' },
    ]);
    expect(await known(test)).toEqual([
      ['2', 'Newer'],
      ['1', 'One'],
    ]);
  });

  it('is refused, and stays, if all its segments were changed since', async () => {
    const test = await start();
    const { importId } = await importInto(test, 'sid,name\n80901,New\n');
    test.clock.advance(MINUTE);
    const second = await importInto(test, 'sid,name\n80901,Newer\n');
    await expect(undoImport(test.at(), { id: importId! }, 'Ben')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('later imports back first') as string,
    });
    await undoImport(test.at(), { id: second.importId! }, 'Ben');
    await undoImport(test.at(), { id: importId! }, 'Ben');
    expect(await known(test)).toContainEqual(['1', 'One']);
  });

  it('is taken back to its end, once the later imports are', async () => {
    const test = await start();
    // Taking back what was removed is told apart from what was removed again later.
    await importInto(test, 'sid,name\n80901,Old\n80902,Old\n');
    test.clock.advance(MINUTE);
    const first = (await importInto(test, 'sid,name\n80998,A\n80999,A\n', { mode: 'REPLACE' })).importId!;
    test.clock.advance(MINUTE);
    const second = (await importInto(test, 'sid,name\n80999,B\n80902,B\n')).importId!;
    const part = await undoImport(test.at(), { id: first }, 'Ben');
    expect(part.restored).toBe(2);
    expect(part.kept.map(({ segmentId }) => segmentId)).toEqual(['2', 'sid:80999']);
    await expect(undoImport(test.at(), { id: first }, 'Ben')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(
        /^What is left of this import \(2\).*later imports back first/,
      ) as string,
    });
    // Newer than the import, although it leaves the segment as the import did.
    await unsetSegment(test.at(), { idType: 'SID', id: '80901' }, ann(test));
    await undoImport(test.at(), { id: second }, 'Ben');
    test.clock.advance(MINUTE);
    const rest = await undoImport(test.at(), { id: first }, 'Cleo');
    expect(rest).toMatchObject({ restored: 2, kept: [], import: { undone: { by: 'Cleo' } } });
    expect(await known(test)).toEqual([
      ['2', 'Old'],
      ['1', 'One'],
    ]);
    await expect(undoImport(test.at(), { id: first }, 'Ben')).rejects.toMatchObject({
      message: expect.stringMatching(/^Cleo has taken this import back already/) as string,
    });
  });

  it('gives a created segment back to Audience Manager, if that lists it by now', async () => {
    const listed = rows();
    const test = await startDocumented({ fields: SERVER, rows: listed });
    const { importId } = await importInto(test, 'sid,name\n80999,Fresh\n');
    listed.push({ destinationMappingId: 9, sid: 80_999, elementName: 'Listed' });
    await listAgain(test);
    expect(await known(test)).toContainEqual(['9', 'Fresh']);
    expect(await undoImport(test.at(), { id: importId! }, 'Ben')).toMatchObject({ restored: 1, kept: [] });
    expect(await known(test)).toContainEqual(['9', 'Listed']);
  });
});

describe('a segment that is purged', () => {
  it('is unknown afterwards, and its changes end with a REMOVED one', async () => {
    const test = await start();
    await setSegment(test.at(), { idType: 'SID', id: ' 8092o\u200b', name: 'Mistyped' }, ann(test));
    expect(await purgeSegment(test.at(), { idType: 'SID', id: '8092o' }, 'Ben')).toMatchObject({
      segment: { id: 'sid:8092o', name: 'Mistyped' },
    });
    expect(await known(test)).toEqual([
      ['1', 'One'],
      ['2', 'Two'],
    ]);
    expect((await changesOf(test)).slice(-2)).toEqual([
      'sid:8092o CREATED Mistyped Ann',
      'sid:8092o REMOVED Mistyped Ben',
    ]);
    expect(await purgeSegment(test.at(), { idType: 'SID', id: '8092o' }, 'Ben')).toBeNull();
  });

  it('must never have been listed', async () => {
    const test = await start();
    await setSegment(test.at(), { idType: 'SID', id: '80901', name: 'By hand' }, ann(test));
    await expect(purgeSegment(test.at(), { idType: 'SID', id: '80901' }, 'Ben')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/has listed mapping 1 "By hand".*unsetSegment/) as string,
    });
  });
});
