import { describe, expect, it, onTestFinished } from 'vitest';
import {
  setSegment,
  unsetSegment,
  type ImportMode,
  type ImportOutcome,
} from '../../../src/directory/index.js';
import { openStorage } from '../../../src/storage/index.js';
import { change, segment as stored, silent } from '../../storage/support.js';
import { kindsOf, type TestDirectory } from '../../support/directory.js';
import { lookUp, startDocumented, type Fields } from '../lookup/documented.js';
import { KEYED, SERVER, ann } from './by-hand.js';
import { importText } from '../../support/import-text.js';

/** 7 is the sid of one segment and the alias of another; "spring" is the alias of two. */
const rowsWithCollisions = (): Fields[] => [
  { destinationMappingId: 1, sid: 7, elementName: 'Sid' },
  { destinationMappingId: 2, sid: 8, traitAlias: '7', elementName: 'Alias' },
  { destinationMappingId: 3, sid: 9, traitAlias: 'spring', elementName: 'One' },
  { destinationMappingId: 4, sid: 10, traitAlias: 'spring', elementName: 'Two' },
];

const start = (): Promise<TestDirectory> => startDocumented({ fields: SERVER, rows: rowsWithCollisions() });

/** Names, and what was given by hand, in the order of the names. */
async function known({ at }: TestDirectory): Promise<unknown[]> {
  return [...(await at().snapshot()).segments].map(({ id, name, manual }) => [
    id,
    name,
    manual?.name ?? null,
  ]);
}

async function revisionCount({ at }: TestDirectory): Promise<number> {
  const request = { segmentId: null, since: null, first: 100, order: 'newest-first', after: null } as const;
  return (await at().revisions(request)).revisions.length;
}

describe('an entry for an ID that stands for several segments', () => {
  it.each([
    ['AUTO', '7', 'mapping 1 "Sid"', 'mapping 2 "Alias"'],
    ['AUTO', 'spring', 'mapping 3 "One"', 'mapping 4 "Two"'],
    ['ALIAS', 'spring', 'mapping 3 "One"', 'mapping 4 "Two"'],
  ] as const)(
    '(%s %s) is refused with the names of all of them, and writes nothing',
    async (idType, id, ...names) => {
      const test = await start();
      await test.at().snapshot();
      await test.at().save();
      const before = [await known(test), await revisionCount(test), test.at().cached()?.generation];
      for (const attempt of [
        () => setSegment(test.at(), { idType, id, name: 'By hand' }, ann(test)),
        () => unsetSegment(test.at(), { idType, id }, ann(test)),
      ]) {
        const error: unknown = await attempt().catch((reason: unknown) => reason);
        expect(error).toMatchObject({ name: 'DirectoryError', code: 'AMBIGUOUS_ID' });
        const { message } = error as Error;
        for (const text of [...names, `"${id}"`, 'idType', 'Destination 314 of customer acme']) {
          expect(message).toContain(text);
        }
      }
      expect([await known(test), await revisionCount(test), test.at().cached()?.generation]).toEqual(before);
    },
  );

  it('is accepted as soon as its kind is stated', async () => {
    const test = await start();
    const { segment } = (await setSegment(
      test.at(),
      { idType: 'SID', id: '7', name: 'By hand' },
      ann(test),
    ))!;
    expect(segment).toMatchObject({ id: '1', name: 'By hand' });
    await setSegment(test.at(), { idType: 'ALIAS', id: '7', name: 'By hand, too' }, ann(test));
    expect(await lookUp(test, test.at(), ['7'])).toEqual({
      7: 'AMBIGUOUS: By hand as SID, By hand, too as ALIAS',
    });
    expect((await unsetSegment(test.at(), { idType: 'SID', id: '7' }, ann(test)))?.segment.name).toBe('Sid');
  });

  it('is refused also if the ID has become ambiguous while the change was being stored', async () => {
    const test = await start();
    await test.at().snapshot();
    await test.at().save();
    const stale = test.at().cached()!;
    expect(stale.identify('10', kindsOf('AUTO'))).toHaveLength(1);
    // Another process stores a segment that has the ID as well.
    const other = await openStorage({ engine: 'sqlite', path: test.file }, { logger: silent() });
    onTestFinished(() => other.close());
    const upserts = [stored('50', { sid: '50', alias: '10', name: 'Another' })];
    await other.write({ customerId: 'acme', destinationId: '314' }, stale.generation, change({ upserts }));
    const entry = { idType: 'AUTO', id: '10', name: 'By hand' } as const;
    await expect(setSegment(test.at(), entry, ann(test))).rejects.toMatchObject({ code: 'AMBIGUOUS_ID' });
    const { segments } = await test.at().snapshot();
    expect([...segments].filter(({ manual }) => manual !== null)).toEqual([]);
  });
});

const FILE = `ID;name
8;Eight
7;Seven
9;Nine
spring;Spring
new;New
`;

describe('a file with IDs that stand for several segments', () => {
  const importInto = (
    test: TestDirectory,
    text: string,
    options: { mode?: ImportMode; skipBad?: boolean; dryRun?: boolean } = {},
  ): Promise<ImportOutcome> =>
    importText(test.at(), text, { mode: 'MERGE', skipBad: false, dryRun: false, ...options, ...ann(test) });

  it('is not imported at all; the lines of these IDs are named, each with what it may stand for and the remedy', async () => {
    const test = await start();
    const before = await known(test);
    const outcome = await importInto(test, FILE);
    expect(outcome).toMatchObject({ applied: false, rejected: 2, renamed: 2, created: 1, unchanged: 0 });
    expect(outcome.mistakes.map(({ line }) => line)).toEqual([3, 5]);
    expect(outcome.mistakes[0]?.reason).toContain('as SID, mapping 1 "Sid"; as ALIAS, mapping 2 "Alias"');
    expect(outcome.mistakes[1]?.reason).toContain('"spring"');
    for (const { reason } of outcome.mistakes) expect(reason).toContain('--id-type');
    expect(await known(test)).toEqual(before);
  });

  it('is imported without them if bad rows are to be skipped', async () => {
    const test = await start();
    expect(await importInto(test, FILE, { skipBad: true })).toMatchObject({
      applied: true,
      rejected: 2,
      renamed: 2,
      created: 1,
    });
    expect(await known(test)).toEqual([
      ['2', 'Eight', 'Eight'],
      ['id:new', 'New', 'New'],
      ['3', 'Nine', 'Nine'],
      ['1', 'Sid', null],
      ['4', 'Two', null],
    ]);
  });

  it('is not imported if it has no other rows, even if bad ones are to be skipped', async () => {
    const test = await start();
    const outcome = await importInto(test, 'ID;name\n7;Seven\n', { skipBad: true, mode: 'REPLACE' });
    expect(outcome).toMatchObject({ applied: false, rejected: 1 });
  });

  it('is checked in the same way without being imported', async () => {
    const test = await start();
    const before = await known(test);
    const outcome = await importInto(test, FILE, { dryRun: true, skipBad: true });
    expect(outcome).toMatchObject({ applied: false, rejected: 2, renamed: 2, created: 1 });
    expect(outcome.mistakes.map(({ line }) => line)).toEqual([3, 5]);
    expect(await known(test)).toEqual(before);
  });

  it('has all its mistakes in the order of the lines', async () => {
    const test = await start();
    const outcome = await importInto(test, 'ID;name\n;Nobody\n7;Seven\n;Nobody\nspring;Spring\n');
    expect(outcome.mistakes.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(outcome.rejected).toBe(4);
  });

  it('replaces what was given by hand, but nothing that these IDs may stand for', async () => {
    const test = await start();
    for (const id of ['1', '2', '3', '4']) {
      await setSegment(test.at(), { idType: 'MAPPING_ID', id, name: `Mapping ${id}` }, ann(test));
    }
    await setSegment(test.at(), { idType: 'AUTO', id: 'gone', name: 'Gone' }, ann(test));
    const outcome = await importInto(test, 'ID;name\nspring;Spring\n8;Eight\n', {
      skipBad: true,
      mode: 'REPLACE',
    });
    expect(outcome).toMatchObject({ applied: true, rejected: 1, removed: 2, renamed: 1 });
    expect(await known(test)).toEqual([
      ['2', 'Eight', 'Eight'],
      ['id:gone', 'Gone', null],
      ['3', 'Mapping 3', 'Mapping 3'],
      ['4', 'Mapping 4', 'Mapping 4'],
      ['1', 'Sid', null],
    ]);
  });

  it('replaces nothing that an ID may stand for, however many segments share it', async () => {
    const rows = Array.from({ length: 130 }, (_, index) => ({
      destinationMappingId: index + 1,
      sid: index + 1_000,
      traitAlias: 'all',
      elementName: 'Listed',
    }));
    const test = await startDocumented({ fields: SERVER, rows });
    const lines = rows.map(({ sid }) => `${sid};By hand`);
    expect(await importInto(test, `sid;name\n${lines.join('\n')}\n`)).toMatchObject({ renamed: 130 });
    const outcome = await importInto(test, 'ID;name\nall;All\nnew;New\n', { skipBad: true, mode: 'REPLACE' });
    expect(outcome).toMatchObject({ applied: true, rejected: 1, removed: 0, created: 1 });
  });

  it('is imported if the kind of its IDs is stated for the file, by a column, or by the configuration', async () => {
    for (const text of ['sid;name\n7;Seven\n', 'ID;name\n7;Seven\n']) {
      const test = await start();
      const options = { mode: 'MERGE', skipBad: false, dryRun: false, ...ann(test) } as const;
      const outcome = await importText(test.at(), text, {
        ...options,
        idType: text.startsWith('ID') ? 'SID' : null,
      });
      expect(outcome).toMatchObject({ applied: true, rejected: 0, renamed: 1 });
      expect((await test.at().snapshot()).find('1')?.name).toBe('Seven');
    }
    const configured = await startDocumented(
      { fields: SERVER, rows: rowsWithCollisions() },
      { segmentIdType: 'ALIAS' },
    );
    expect(await importInto(configured, 'ID;name\n7;Seven\n')).toMatchObject({ applied: true, renamed: 1 });
    expect((await configured.at().snapshot()).find('2')?.name).toBe('Seven');
  });
});

describe('a file for a cookie destination with several keys', () => {
  it('names its segments by key and value together', async () => {
    const rows = [
      { destinationMappingId: 1, sid: 11, traitAlias: 'type', valueAlias: '123', elementName: 'Sedan' },
      { destinationMappingId: 2, sid: 12, traitAlias: 'color', valueAlias: '123', elementName: 'Red' },
    ];
    const test = await startDocumented({ fields: KEYED, rows });
    const options = { mode: 'MERGE', skipBad: false, dryRun: false, ...ann(test) } as const;
    const file = 'key;value;name\ntype;123;Limousine\ncolor;123;Rouge\ncolor;7;Vert\n';
    expect(await importText(test.at(), file, options)).toMatchObject({
      applied: true,
      renamed: 2,
      created: 1,
    });
    expect(await known(test)).toEqual([
      ['1', 'Limousine', 'Limousine'],
      ['2', 'Rouge', 'Rouge'],
      ['key-value:color:7', 'Vert', 'Vert'],
    ]);
    expect(await lookUp(test, test.at(), ['color:7', 'type:123'])).toEqual({
      'color:7': 'Vert as KEY_VALUE',
      'type:123': 'Limousine as KEY_VALUE',
    });
    // Imported again, it changes nothing.
    expect(await importText(test.at(), file, options)).toMatchObject({
      unchanged: 3,
      created: 0,
      renamed: 0,
    });
  });
});
