import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import { TO_900, commandFolder } from './support.js';

const ROWS = [
  ['sid', 'name'],
  ['900101', 'Größe & Farbe'],
];
const TEXT = ROWS.map((cells) => cells.join(';')).join('\r\n');

const workbook = (): Promise<Uint8Array> =>
  writeXlsx({
    sheets: [
      {
        name: 'Cover',
        rows: [
          ['sid', 'name'],
          ['1', 'Wrong'],
        ],
      },
      { name: 'Segments', rows: ROWS },
    ],
  });

describe('import of files as customers send them', () => {
  it.each([
    { kind: 'a workbook', file: workbook, flags: ['--sheet', 'segments'] },
    { kind: 'a packed workbook', file: async () => gzipSync(await workbook()), flags: ['--sheet', '2'] },
    { kind: 'a text in an older encoding', file: () => Buffer.from(TEXT, 'latin1'), flags: [] },
    {
      kind: 'a text in a stated encoding',
      file: () => Buffer.from(TEXT, 'latin1'),
      flags: ['--encoding', 'CP1252'],
    },
  ])('stores the names of $kind', async ({ file, flags }) => {
    await using place = await commandFolder();
    await writeFile(place.folder.pathOf('list'), await file());
    const { code, stdout } = await place.run('import', 'list', ...TO_900, ...flags);
    expect(stdout).toContain('created 1, renamed 0');
    expect(code).toBe(0);
    expect((await place.run('export', ...TO_900)).stdout).toContain('Größe & Farbe');
  });

  it('says which encoding it guessed', async () => {
    await using place = await commandFolder();
    await writeFile(place.folder.pathOf('list.csv'), TEXT, 'latin1');
    const { stdout, stderr } = await place.run('import', 'list.csv', ...TO_900, '--dry-run');
    expect(stdout + stderr).toContain('Its encoding was guessed: windows-1252.');
  });

  it.each([
    {
      what: 'an unknown sheet',
      flags: ['--sheet', 'Names'],
      message: /no sheet "Names". Its sheets are "Cover"/,
    },
    { what: 'an unknown encoding', flags: ['--encoding', 'x'], message: /no encoding "x". Use one of utf-8/ },
  ])('names the cause: $what', async ({ flags, message }) => {
    await using place = await commandFolder();
    await writeFile(place.folder.pathOf('list.xlsx'), await workbook());
    const { code, stderr } = await place.run('import', 'list.xlsx', ...TO_900, ...flags);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  it('reads standard input', async () => {
    await using place = await commandFolder();
    const program = [join(process.cwd(), 'dist/main.js'), 'import', '-', ...TO_900];
    const stdout = await new Promise<string>((resolve, reject) => {
      const child = execFile(process.execPath, program, { cwd: place.folder.path }, (error, output) => {
        if (error === null) resolve(output);
        else reject(new Error('the command failed', { cause: error }));
      });
      child.stdin?.end(TEXT);
    });
    expect(stdout).toContain('created 1, renamed 0');
  });
});
