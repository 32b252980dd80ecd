import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { RunningCommand, runCommand } from '../support/command.js';
import { InProcess, objectsOf } from './in-process.js';
import { TO_900, commandFolder } from './support.js';

const LINES = '38  1,2  3\n39  1,2  \n40  3  1\n';

/** The database with names for the segments 1 to 3 of destination 900. Made once, because that takes a while. */
let database: Buffer;

beforeAll(async () => {
  await using place = await commandFolder();
  await place.folder.write('names.csv', 'sid,name\n1,Cart\n2,Loyal – é\n3,"Left, ""really"""\n');
  const imported = await place.run('import', 'names.csv', ...TO_900);
  expect(imported.code, imported.stderr).toBe(0);
  database = await readFile(place.folder.pathOf('data/gateway.db'));
});

/** A folder with a configuration and these names. */
async function namedFolder(): Promise<InProcess> {
  const place = await commandFolder();
  await mkdir(place.folder.pathOf('data'));
  await writeFile(place.folder.pathOf('data/gateway.db'), database);
  return new InProcess(place);
}

describe('annotate', () => {
  it('names the segments in a file, whose name tells the destination', async () => {
    await using place = await namedFolder();
    await place.folder.write('S3_900_20914_initech_iter_1790000000000.sync', LINES);
    const file = 'S3_900_20914_initech_iter_1790000000000.sync';
    const result = await runCommand(['annotate', file, '--strict'], {}, place.folder.path);
    expect(result.code, result.stderr).toBe(0);
    expect(objectsOf(result.stdout)[0]).toEqual({
      user: '38',
      segments: [
        { id: '1', name: 'Cart', status: 'ACTIVE', change: 'ENTERED' },
        { id: '2', name: 'Loyal – é', status: 'ACTIVE', change: 'ENTERED' },
        { id: '3', name: 'Left, "really"', status: 'ACTIVE', change: 'LEFT' },
      ],
    });
    expect(result.stderr).toContain("guessed --template '{user}  {segments}  {left}'");
    expect(result.stderr).toContain(
      '3 lines, 3 written, 0 passed over\n7 segments, 3 different IDs, 3 of them with a name',
    );
  });

  it('reads packed files whatever they are called, UTF-16, and tables', async () => {
    await using place = await namedFolder();
    await writeFile(place.folder.pathOf('packed.sync'), gzipSync(Buffer.from(LINES)));
    const packed = await place.run('annotate', 'packed.sync', ...TO_900, '--format', 'csv');
    expect(packed.stdout.split('\n')[1]).toBe(
      '38,"1,2",3,"[""Cart"",""Loyal – é""]","[""Left, \\""really\\""""]"',
    );
    for (const mark of ['\ufeff', '']) {
      await writeFile(place.folder.pathOf('report.csv'), Buffer.from(`${mark}day;Segment\n1;2\n`, 'utf16le'));
      const table = await place.run('annotate', 'report.csv', ...TO_900, '--column', 'segment');
      expect(table.stdout).toBe('day;Segment;segment_name;segment_status\n1;2;Loyal – é;ACTIVE\n');
    }
    await writeFile(place.folder.pathOf('old.csv'), Buffer.from('d\xe9p\xf4t,id\n\xe9,1\n', 'latin1'));
    const old = await place.run(
      'annotate',
      'old.csv',
      ...TO_900,
      '--column',
      'id',
      '--encoding',
      'windows-1252',
    );
    expect(old.stdout).toBe('dépôt,id,segment_name,segment_status\né,1,Cart,ACTIVE\n');
  });

  it('writes several files as one, and looks at those of several destinations', async () => {
    await using place = await namedFolder();
    await place.folder.write('s3_900_iter_1790000000000.sync', LINES);
    await place.folder.write('s3_901_iter_1790000000000.sync', LINES);
    const result = await place.run(
      'annotate',
      's3_900_iter_1790000000000.sync',
      's3_901_iter_1790000000000.sync',
      '--format',
      'csv',
    );
    expect(result.stdout.trim().split('\n')).toHaveLength(7);
    expect(result.stdout.split('\n')[4]).toMatch(/,s3_901_iter_1790000000000\.sync,901$/);
    expect(result.stderr).toContain(
      's3_901_iter_1790000000000.sync: took the only number in its name for --destination 901; state it if that is wrong.\n',
    );
    expect(result.stderr).toContain('destination 901: 7 segments, 3 different IDs, 0 of them with a name');
  });

  it('writes nothing if one of several destinations does not exist', async () => {
    await using place = await namedFolder();
    for (const id of [900, 999]) await place.folder.write(`s3_${id}_269_iter_1790000000000.sync`, LINES);
    const files = [900, 999].map((id) => `s3_${id}_269_iter_1790000000000.sync`);
    const result = await place.run('annotate', ...files);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toBe(
      'aam-gateway: The configuration has no destination 999: state the right one with --destination.\n',
    );
  });

  it('writes a report, passes over broken lines, and with --strict exits with 3', async () => {
    await using place = await namedFolder();
    await place.folder.write('a.sync', `${LINES}41  1,,2\n42  77  \n`);
    const result = await place.run('annotate', 'a.sync', ...TO_900, '--strict', '--report', 'report.txt');
    expect(result.code).toBe(3);
    expect(objectsOf(result.stdout)).toHaveLength(4);
    expect(result.stderr).toContain('a.sync, line 4: has a list of segments with an empty place');
    expect(result.stderr).toMatch(/never listed these for this destination.*\n {2}77 \(once\)/);
    const report = await place.run('annotate', 'a.sync', ...TO_900, '--report', 'report.txt');
    expect(report.code).toBe(0);
  });

  it('checks a delivery against the .info file beside it', async () => {
    await using place = await namedFolder();
    const packed = gzipSync(Buffer.from(LINES));
    const name = (part: number): string => `S3_900_iter_1790000000000-${part}.sync.gz`;
    await writeFile(place.folder.pathOf(name(1)), packed);
    const listed = (part: number, md5: string): string =>
      `{ FileByteSize: ${packed.length}, FileLineCount: 3, FileName: "${name(part)}", FileSequenceNumber: ${part}, md5: "${md5}" }`;
    const md5 = createHash('md5').update(packed).digest('hex');
    const info = 'S3_900_full_1790000000000.info';
    await place.folder.write(info, `{ Files: [ ${listed(1, md5)} ], Totals: { TotalNumberFiles: 1 } }`);
    const complete = await place.run('annotate', name(1));
    expect(complete.code, complete.stderr).toBe(0);
    expect(complete.stderr).toContain('The delivery is complete, as its .info file lists it.');
    await place.folder.write(info, `{ Files: [ ${listed(1, 'a'.repeat(32))}, ${listed(2, md5)} ] }`);
    const wrong = await place.run('annotate', name(1), info);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(`${info}: ${name(1)} has another checksum (md5)`);
    expect(wrong.stderr).toContain(`${info}: ${name(2)} did not arrive.`);
  });

  it('looks at the files of a delivery that it does not read, and says so', async () => {
    await using place = await namedFolder();
    const name = (part: number, mode = '_iter'): string => `S3_900${mode}_1790000000000-${part}.sync`;
    const listed = (part: number): string =>
      `{ FileByteSize: ${LINES.length}, FileLineCount: 3, FileName: "${name(part, '')}" }`;
    await place.folder.write(name(1), LINES);
    await place.folder.write(name(2, '_full'), LINES);
    await place.folder.write('S3_900_1790000000000.info', `{ Files: [ ${listed(1)}, ${listed(2)} ] }`);
    const whole = await place.run('annotate', name(1));
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.stderr).toContain(`Not read, so that only their sizes were compared: ${name(2, '_full')}.`);
    expect(whole.stderr).not.toContain('is complete');
    await place.folder.write(name(2, '_full'), LINES.slice(0, 7));
    const cut = await place.run('annotate', name(1));
    expect(cut.code).toBe(1);
    expect(cut.stderr).toContain(`${name(2, '_full')} has 7 bytes, and ${LINES.length} were sent`);
  });

  it('says where the last line of a file may be half of one', async () => {
    await using place = await namedFolder();
    const warning =
      'its last line has no line end; if the file was cut off, the last ID in it may not be whole.';
    const warningsOf = async (
      name: string,
      content: string | Buffer,
      ...flags: string[]
    ): Promise<string> => {
      await writeFile(place.folder.pathOf(name), content);
      const { code, stderr } = await place.run('annotate', name, ...TO_900, ...flags);
      expect(code, stderr).toBe(0);
      return stderr;
    };
    const cut = LINES.slice(0, -1);
    expect(await warningsOf('a.sync', cut)).toContain(`a.sync: ${warning}\n`);
    expect(await warningsOf('a.sync', LINES)).not.toContain(warning);
    expect(await warningsOf('a.sync', `${LINES}\n41  1  2\r`)).not.toContain(warning);
    expect(await warningsOf('a.json', '{"Data":[{"Name":"1"}]}')).not.toContain(warning);
    expect(await warningsOf('a.csv', 'id\n1', '--column', 'id')).not.toContain(warning);
    expect(await warningsOf('a.sync.gz', gzipSync(cut))).not.toContain(warning);
    const name = 'S3_900_iter_1790000000000.sync';
    const listed = `FileByteSize: ${cut.length}, FileLineCount: 3, FileName: "${name}"`;
    await place.folder.write('S3_900_iter_1790000000000.info', `{ Files: [ { ${listed} } ] }`);
    expect(await warningsOf(name, cut)).not.toContain(warning);
  });

  it('annotates a file beside an .info file that cannot be read, and says that it was not checked', async () => {
    await using place = await namedFolder();
    const info = 'S3_900_1790000000000.info';
    await place.folder.write('S3_900_iter_1790000000000.sync', LINES);
    await place.folder.write(info, '{ Files: [ { FileName: "S3_900');
    const result = await place.run('annotate', 'S3_900_iter_1790000000000.sync');
    expect(objectsOf(result.stdout)).toHaveLength(3);
    expect(result.stderr).toMatch(/\.info: .*cut off\? The delivery cannot be checked with it\./);
    expect(result.code).toBe(1);
    const named = await place.run('annotate', 'S3_900_iter_1790000000000.sync', info);
    expect(named).toMatchObject({ code: 1, stdout: '' });
  });

  it('goes on with the next file after one that is cut off, and sums up what was written', async () => {
    await using place = await namedFolder();
    // The last whole line before the cut is that of 39: of the next one, the segment 1 is cut off from 12.
    const packed = gzipSync(Buffer.from(`38  1,2  3\n39  1,2  \n41  12  3\n`), { level: 0 });
    await writeFile(place.folder.pathOf('cut.sync.gz'), packed.subarray(0, packed.length - 8 - 5));
    await place.folder.write('whole.sync', LINES);
    const result = await place.run('annotate', 'cut.sync.gz', 'whole.sync', ...TO_900);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('cut.sync.gz is cut off');
    expect(result.stderr).toContain('5 lines, 5 written, 0 passed over\n');
    const users = objectsOf(result.stdout).map((line) => (line as { user: string }).user);
    expect(users).toEqual(['38', '39', '38', '39', '40']);
  });

  it('reports a packed file that was cut off, after the lines before the cut', async () => {
    await using place = await namedFolder();
    const packed = gzipSync(Buffer.from(LINES.repeat(50_000)), { level: 0 });
    await writeFile(place.folder.pathOf('cut.sync.gz'), packed.subarray(0, packed.length - 100_000));
    const result = await place.run('annotate', 'cut.sync.gz', ...TO_900);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('cut.sync.gz is cut off');
    expect(result.stdout.length).toBeGreaterThan(0);
    await writeFile(
      place.folder.pathOf('bad.sync.gz'),
      Buffer.concat([packed.subarray(0, 10), Buffer.alloc(100, 7)]),
    );
    expect((await place.run('annotate', 'bad.sync.gz', ...TO_900)).stderr).toContain(
      'bad.sync.gz is damaged',
    );
  });

  it.each([
    [['missing.sync', ...TO_900], 1, /missing\.sync cannot be read \(ENOENT\)/],
    [['.', ...TO_900], 2, /is a folder/],
    [['plain.sync'], 2, /does not tell its destination: state it with --destination/],
    [['plain.sync', '--destination', '999'], 1, /no destination 999/],
    [['plain.sync', ...TO_900, '--template', 'other'], 2, /--template: There is no template "other"/],
    [['plain.sync', ...TO_900, '--template', 'json', '--format', 'csv'], 2, /lines of JSON have no columns/],
    [['plain.sync', ...TO_900, '--template', 'spaces', '--column', 'x'], 2, /state one of them/],
    [['plain.sync', ...TO_900, '--report', 'no/folder.txt'], 1, /folder\.txt cannot be written \(ENOENT\)/],
    [['plain.sync', ...TO_900, '--template', 'tabs'], 1, /no line could be read.*--encoding/],
    [['plain.sync', ...TO_900, '--column', 'x'], 1, /no column "x"/],
    [['empty.sync.gz', ...TO_900], 1, /empty\.sync\.gz is cut off.*Have it sent again/],
    [['plain.sync', ...TO_900, '--gateway', 'http://x', '--key', 'a\nb'], 2, /The key has characters/],
    [['packed.zip', ...TO_900], 1, /packed\.zip is a ZIP file: unpack it first/],
    [['plain.sync', ...TO_900, '--encoding', 'klingon'], 2, /there is no encoding klingon/],
    [['plain.sync', ...TO_900, '--format', 'xml'], 2, /ndjson, csv/],
    [['plain.sync', ...TO_900, '--gateway', 'ftp://x'], 2, /--gateway takes an address/],
    [['plain.sync', ...TO_900, '--gateway', 'http://127.0.0.1:59993'], 1, /cannot be asked \(ECONNREFUSED\)/],
    [['a.info'], 2, /Name at least one file/],
    [[], 2, /missing required argument/],
  ])('rejects %j', async (args, code, message) => {
    await using place = new InProcess(await commandFolder());
    await place.folder.write('plain.sync', LINES);
    await place.folder.write('packed.zip', 'PK\u0003\u0004');
    await place.folder.write('empty.sync.gz', '');
    const result = await place.run('annotate', ...args);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full, in one line', async () => {
    await using place = await namedFolder();
    await place.folder.write('a.sync', LINES);
    const main = new URL('../../dist/main.js', import.meta.url).pathname;
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [main, 'annotate', 'a.sync', ...TO_900], {
      cwd: place.folder.path,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr).toContain('aam-gateway: The output cannot be written (ENOSPC): the disk is full.\n');
    expect(stderr).not.toContain('    at ');
  });

  it('ends after an error, though nobody ends its input', async () => {
    await using place = await commandFolder();
    const program = join(process.cwd(), 'dist/main.js');
    const command = spawn(process.execPath, [program, 'annotate', '-', ...TO_900], {
      cwd: place.folder.path,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // What stands third may be left or entered: the first lines are an error.
    command.stdin.on('error', () => undefined).write('38 24 25\n'.repeat(100_000));
    expect(await once(command, 'exit')).toEqual([1, null]);
  });

  it('ends quietly if nobody reads it', async () => {
    await using place = await namedFolder();
    await place.folder.write('a.sync', LINES.repeat(100_000));
    await using command = new RunningCommand(['annotate', 'a.sync', ...TO_900], {}, place.folder.path);
    command.closeOutput();
    expect(await command.exit).toEqual({ code: 0, signal: null });
  });
});
