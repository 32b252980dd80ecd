/**
 * Makes the program in `dist/`, of few files: loading the libraries' thousand small ones would take longer than most
 * commands do. Decision 0046 has the numbers. Makes the pages for browsers in `dist/web/`, from `src/web/`.
 *
 * What is in `build/` is the same as the program, a file for each source file, for tests and benches that run a part of the
 * program in a process of its own. Types are not checked here: `npm run typecheck` does.
 *
 * What is newer than its sources is not made again.
 */
import { chmod, mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';

/** The program, and the threads that it starts: see `threadFile`. */
const input = {
  main: 'src/main.ts',
  'background/worker': 'src/background/worker.ts',
  'import-export/spreadsheet-worker': 'src/import-export/spreadsheet-worker.ts',
  'storage/sqlite/worker': 'src/storage/sqlite/worker.ts',
};

const WEB_SOURCES = join('src', 'web');
const WEB = join('dist', 'web');

/** Lists the files of the last build of the pages. */
const WEB_FILES = join('build', '.web-files.json');

/** What everything is made with. */
const TOOLS = ['build.js', 'package-lock.json', 'tsconfig.json'];

await makeIfOld('the program', {
  stamp: 'build/.program',
  isSource: (path) => !isIn(WEB_SOURCES, path),
  result: 'dist/main.js',
  makeIt: makeProgram,
});
await makeIfOld('the pages for browsers', {
  stamp: 'build/.web',
  isSource: (path) => isIn(WEB_SOURCES, path),
  result: 'dist/web/index.html',
  makeIt: makeWeb,
});

async function makeProgram() {
  // Loaded only here, because loading it takes longer than finding out that there is nothing to do.
  const { build } = await import('rolldown');
  await make({
    treeshake: false,
    // What the compiler adds for decorators is no package that is installed.
    external: (id) => /^[@a-z]/.test(id) && !id.startsWith('@oxc-project/'),
    output: { dir: 'build', preserveModules: true, preserveModulesRoot: 'src' },
  });
  await make({
    // In `node_modules`, because they have parts that are made for the machine, or are looked for when they are needed.
    external: ['libsql', 'pino-pretty', 'pg-native', 'class-validator'],
    // What a thread shares with the program is then in a file that runs nothing.
    preserveEntrySignatures: 'strict',
    output: { dir: 'dist', chunkFileNames: 'chunks/[name]-[hash].js' },
  });
  await chmod('dist/main.js', 0o755);

  /** Writes a folder, and then removes what is left of earlier builds: a process that runs from it may load more of it. */
  async function make({ output, ...options }) {
    const made = await build({
      input,
      platform: 'node',
      logLevel: 'warn',
      // Apollo's hash is made in JavaScript, twenty times as slow, where a module cannot ask for Node.js's own like this.
      transform: { define: { 'module.require': 'require' } },
      ...options,
      output: { format: 'esm', ...output },
    });
    const names = new Set(made.output.map(({ fileName }) => join(output.dir, fileName)));
    for (const entry of await readdir(output.dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !names.has(path) && !isIn(WEB, path) && !path.startsWith(join('build', '.'))) {
        await rm(path, { force: true });
      }
    }
  }
}

/**
 * Makes the pages beside, and then puts them into their place, HTML last: so a gateway that runs has a whole page at every
 * moment. The files of the build before stay, for pages that are open.
 */
async function makeWeb() {
  const { build } = await import('vite');
  const folder = join('build', `.web-${process.pid}`);
  try {
    await build({
      configFile: join(WEB_SOURCES, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: resolve(folder) },
    });
    const paths = await filesIn(folder);
    const isPage = (path) => /\.html(\.\w+)?$/.test(path);
    const made = [...paths.filter((path) => !isPage(path)), ...paths.filter(isPage)];
    await mkdir(join(WEB, 'assets'), { recursive: true });
    for (const path of made) await rename(join(folder, path), join(WEB, path));
    const kept = new Set([...(await filesBefore()), ...made]);
    for (const path of await filesIn(WEB)) {
      if (!kept.has(path)) await rm(join(WEB, path), { force: true });
    }
    await writeFile(WEB_FILES, JSON.stringify(made));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Assets of the build before. Their names contain their content, and so lead to no other page. */
async function filesBefore() {
  const list = await readFile(WEB_FILES, 'utf8').catch(() => '[]');
  return JSON.parse(list).filter((path) => path.startsWith('assets'));
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/**
 * Makes something if a source is newer than what was made.
 *
 * @param stamp a file with the time at which the last making began. It is there only if that came to its end
 */
async function makeIfOld(what, { stamp, isSource, result, makeIt }) {
  const sources = (await readdir('src', { recursive: true })).map((path) => join('src', path));
  const times = await Promise.all([...TOOLS, ...sources.filter(isSource)].map(timeOf));
  const made = await timeOf(stamp);
  if (times.every((time) => time <= made) && (await timeOf(result)) > 0) return;
  await rm(stamp, { force: true });
  const begun = new Date();
  process.stderr.write(`Building ${what} …\n`);
  await makeIt();
  await mkdir('build', { recursive: true });
  await writeFile(stamp, '');
  await utimes(stamp, begun, begun);
}

/** When a file was changed, in milliseconds; 0 if there is none. */
async function timeOf(path) {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}

function isIn(folder, path) {
  return path === folder || path.startsWith(join(folder, '/'));
}
