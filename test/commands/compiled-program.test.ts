import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../support/command.js';

/** Small and without packages. */
const PROGRAM = `const { greet } = require('./chunks/greet.cjs');
exports.run = () => greet('gateway');
exports.where = () => [__filename, __dirname];
`;

const GREET = `exports.greet = (name) => 'Hello, ' + name;
exports.fail = () => {
  throw new Error('on line 3');
};
`;

/** Loads the program and calls it, with what is compiled or, with \`save\`, so that it is compiled. */
function script(folder: string, save: boolean): string {
  const loader = pathToFileURL(join(process.cwd(), 'dist/compiled-program.js')).href;
  return `
    import { Script } from 'node:vm';
    import { CompiledProgram } from ${JSON.stringify(loader)};
    const program = new CompiledProgram(${JSON.stringify(folder)});
    const { run, where } = program.load('program.cjs');
    const said = run();
    if (${save}) program.saveCompiled();
    const { fail } = program.load('chunks/greet.cjs');
    let stack;
    try { fail(); } catch (error) { stack = error.stack; }
    console.log(JSON.stringify({ said, where: where(), stack }));
  `;
}

interface Run {
  readonly said: string;
  readonly where: readonly string[];
  readonly stack: string;
}

function runIn(folder: string, { save = false, flags = [] as readonly string[] } = {}): Run {
  const args = [...flags, '--input-type=module', '--eval', script(folder, save)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Run;
}

async function programFolder(): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.create();
  await mkdir(folder.pathOf('chunks'));
  await folder.write('program.cjs', PROGRAM);
  await folder.write('chunks/greet.cjs', GREET);
  return folder;
}

describe('a program that was compiled ahead', () => {
  it('runs as its source says, with the places of the source', async () => {
    await using folder = await programFolder();
    const before = runIn(folder.path, { save: true });
    expect(await readdir(folder.pathOf('chunks'))).toEqual(['greet.cjs', 'greet.cjs.cache']);
    const after = runIn(folder.path);
    expect(after).toEqual(before);
    expect(after.said).toBe('Hello, gateway');
    expect(after.where).toEqual([folder.pathOf('program.cjs'), folder.path]);
    expect(after.stack).toContain(`${folder.pathOf('chunks/greet.cjs')}:3:9`);
  });

  it('is compiled again where its source has changed, even to one of the same length', async () => {
    await using folder = await programFolder();
    runIn(folder.path, { save: true });
    await folder.write('chunks/greet.cjs', GREET.replace('Hello', 'Salut'));
    expect(runIn(folder.path).said).toBe('Salut, gateway');
  });

  it.each([
    ['is empty', () => Buffer.alloc(0)],
    ['is cut off', (data: Buffer) => data.subarray(0, data.length / 2)],
    ['has another byte', (data: Buffer) => data.fill(data.readUInt8(200) ^ 1, 200, 201)],
    ['is of another file', (_: Buffer, other: Buffer) => other],
  ])('runs from its source if what was compiled %s', async (_, damage) => {
    await using folder = await programFolder();
    runIn(folder.path, { save: true });
    const file = folder.pathOf('chunks/greet.cjs.cache');
    await writeFile(file, damage(await readFile(file), await readFile(folder.pathOf('program.cjs.cache'))));
    expect(runIn(folder.path).said).toBe('Hello, gateway');
  });

  it('runs from its source if V8 was compiled or set up in another way', async () => {
    await using folder = await programFolder();
    runIn(folder.path, { save: true, flags: ['--max-lazy'] });
    expect(runIn(folder.path).said).toBe('Hello, gateway');
  });

  it('runs a file again that has failed, instead of giving what it exported before', async () => {
    await using folder = await programFolder();
    await folder.write('failing.cjs', "exports.half = 'made';\nthrow new Error('no');\n");
    const loader = pathToFileURL(join(process.cwd(), 'dist/compiled-program.js')).href;
    const source = `
      import { CompiledProgram } from ${JSON.stringify(loader)};
      const program = new CompiledProgram(${JSON.stringify(folder.path)});
      const load = () => { try { return program.load('failing.cjs'); } catch (error) { return error.message; } };
      console.log(JSON.stringify([load(), load()]));
    `;
    const args = ['--input-type=module', '--eval', source];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('["no","no"]\n');
  });

  it('writes nothing into a folder when it runs', async () => {
    await using folder = await programFolder();
    runIn(folder.path);
    expect(await readdir(folder.pathOf('chunks'))).toEqual(['greet.cjs']);
  });
});

describe('the built program', () => {
  it('is compiled: V8 accepts what is beside each file', async () => {
    const files = (await readdir('dist', { recursive: true })).filter((name) => name.endsWith('.cjs'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files)
      expect(await readdir(join('dist', file, '..'))).toContain(`${file.split('/').at(-1)}.cache`);
    const source = `
      import { readFileSync } from 'node:fs';
      import { setFlagsFromString } from 'node:v8';
      import { Script } from 'node:vm';
      setFlagsFromString('--heap-growing-percent=60');
      const wrong = ${JSON.stringify(files)}.filter((file) => {
        const text = readFileSync('dist/' + file, 'utf8');
        const cachedData = readFileSync('dist/' + file + '.cache').subarray(8);
        const wrapped = '(function (exports, require, module, __filename, __dirname) {' + text + '\\n})';
        return new Script(wrapped, { cachedData }).cachedDataRejected;
      });
      console.log(JSON.stringify(wrong));
    `;
    const args = ['--input-type=module', '--eval', source];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('[]\n');
  });

  it('needs nothing but its source, from a folder that nobody may write to', async () => {
    await using folder = await TemporaryFolder.create();
    const dist = folder.pathOf('dist');
    await cp('dist', dist, {
      recursive: true,
      filter: (path) => !path.endsWith('.cache') && path !== join('dist', 'web'),
    });
    await cp('package.json', folder.pathOf('package.json'));
    await symlink(join(process.cwd(), 'node_modules'), folder.pathOf('node_modules'));
    const before = await readdir(dist, { recursive: true });
    await chmod(join(dist, 'chunks'), 0o500);
    const { stdout, status } = spawnSync(process.execPath, [join(dist, 'main.js'), '--help'], {
      encoding: 'utf8',
    });
    await chmod(join(dist, 'chunks'), 0o700);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: aam-gateway');
    expect(await readdir(dist, { recursive: true })).toEqual(before);
    await rm(dist, { recursive: true });
  });
});
