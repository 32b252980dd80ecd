import { describe, expect, it } from 'vitest';
import { importText } from '../support/import-text.js';
import type { TestDirectory } from '../support/directory.js';
import { startDocumented } from '../directory/lookup/documented.js';
import { SERVER, ann, known } from '../directory/manual/by-hand.js';

const start = (): Promise<TestDirectory> =>
  startDocumented({
    fields: SERVER,
    rows: [
      { destinationMappingId: 1, sid: 80_920, traitAlias: 'one', elementName: 'One' },
      { destinationMappingId: 2, sid: 80_921, traitAlias: 'two', elementName: 'Two' },
    ],
  });

type Options = Partial<Parameters<typeof importText>[2]>;

const importInto = (test: TestDirectory, text: string, options: Options = {}) =>
  importText(test.at(), text, { ...ann(test), ...options });

describe('replacing a list', () => {
  it.each([
    ['a line that is no object', '{"id":"80920","name":"A"'],
    ['a number in scientific notation', '{"id":8.092E+4,"name":"A"}'],
    ['a list as an ID', '{"id":["80920"],"name":"A"}'],
  ])('takes no name away from the segment of %s', async (_what, line) => {
    const test = await start();
    await importInto(test, 'sid,name\n80920,Kept\n80921,Old\n');
    const list = `{"id":"80921","name":"New"}\n${line}\n`;
    const outcome = await importInto(test, list, { mode: 'REPLACE', skipBad: true });
    expect(outcome).toMatchObject({ applied: true, renamed: 1, removed: 0, rejected: 1 });
    expect(outcome.notes).toContainEqual(expect.stringContaining('the row on line 2 may be any segment'));
    expect(await known(test)).toEqual(
      expect.arrayContaining([
        ['1', 'Kept'],
        ['2', 'New'],
      ]),
    );
  });
});

describe('the kind that the caller states', () => {
  it('does not make sids of mapping IDs beside a column of sids', async () => {
    const test = await start();
    const file = 'Mapping ID,SID,Name\n1,,First\n,80921,Second\n';
    expect(await importInto(test, file, { idType: 'SID' })).toMatchObject({ renamed: 2, created: 0 });
    expect(await known(test)).toEqual(
      expect.arrayContaining([
        ['1', 'First'],
        ['2', 'Second'],
      ]),
    );
  });

  it('is what the IDs are read as', async () => {
    const test = await start();
    const outcome = await importInto(test, 'alias,name\n1.43953E+12,A\n80921.0,Second\n', {
      idType: 'SID',
      skipBad: true,
    });
    expect(outcome).toMatchObject({ rejected: 1, renamed: 1, created: 0 });
    expect(await importInto(test, 'sid,name\none,First\n', { idType: 'ALIAS' })).toMatchObject({
      renamed: 1,
    });
  });
});

describe('a note below a list of IDs of no stated kind', () => {
  it('is no segment, and is said', async () => {
    const test = await start();
    const file = 'id,name\n80920,First\n80921,Second\n\n\nSource: export of 3 May\n';
    const outcome = await importInto(test, file);
    expect(outcome).toMatchObject({ renamed: 2, created: 0, warnings: [{ line: 6 }] });
    expect(await known(test)).toHaveLength(2);
  });
});
