/**
 * Makes the program in `dist/`, of few files: loading the libraries' thousand small ones would take longer than most
 * commands do. Decision 0046 has the numbers. Has it compiled (compile.js), for this version of Node.js. Makes the pages for
 * browsers in `dist/web/`, from `src/web/`, and the package for clients in `dist/client/`, from `src/client/`.
 *
 * What is in `build/` is the same as the program, a file for each source file, for tests and benches that run a part of the
 * program in a process of its own. Types are not checked here: `npm run typecheck` does.
 *
 * What is newer than its sources is not made again.
 */
import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { Buffer } from 'node:buffer';
import { basename, dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { materialsOf, noticesOf } from './notices.js';

/** The threads that the program starts: see `threadFile`. */
const THREADS = [
  'background/worker',
  'import-export/spreadsheet-worker',
  'storage/packs/worker',
  'storage/sqlite/worker',
];

/** The program without `main`, which loads it. */
const PROGRAM = Object.fromEntries(['commands/program', ...THREADS].map((name) => [name, `src/${name}.ts`]));

/** What loads the program. */
const LOADER = { main: 'src/main.ts', 'compiled-program': 'src/commands/compiled-program.ts' };

const WEB_SOURCES = join('src', 'web');
const WEB = join('dist', 'web');

const CLIENT_SOURCES = join('src', 'client');
const CLIENT = join('dist', 'client');

/** Lists the files of the last build of the pages. */
const WEB_FILES = join('build', '.web-files.json');

/** What everything is made with. */
const TOOLS = ['build.js', 'compile.js', 'notices.js', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** The licences of the libraries that are in the files of a folder. */
const NOTICES = 'THIRD-PARTY-NOTICES.txt';

/** The libraries that are in the program, and in the pages. Scanners know the ending. */
const PROGRAM_MATERIALS = 'program.cdx.json';
const WEB_MATERIALS = 'pages.cdx.json';

/**
 * What stays a package: libsql has parts that are made for the machine, and the others are used only where an operator or a
 * developer has installed them. All else is in the program, so that what was tested is what is installed.
 */
const PACKAGES = [/^libsql(\/|$)/, 'pg-native', 'class-validator'];

/** What compiles the program, and has to be the same that runs it. */
const NODE = `${process.version} ${process.arch}`;

await makeIfOld('the program', {
  stamp: 'build/.program',
  isSource: (path) => !isIn(WEB_SOURCES, path) && !isIn(CLIENT_SOURCES, path),
  result: 'dist/main.js',
  makeIt: makeProgram,
});
await makeIfOld('the pages for browsers', {
  stamp: 'build/.web',
  isSource: (path) => isIn(WEB_SOURCES, path),
  result: 'dist/web/index.html',
  makeIt: makeWeb,
});
await makeIfOld('the package for clients', {
  stamp: 'build/.client',
  isSource: (path) => isIn(CLIENT_SOURCES, path),
  result: 'dist/client/package.json',
  makeIt: makeClient,
});

async function makeProgram() {
  // Loaded only here, because loading it takes longer than finding out that there is nothing to do.
  const { build } = await import('rolldown');
  const { files: sources } = await make(
    'build',
    { ...PROGRAM, ...LOADER },
    {
      treeshake: false,
      // What the compiler adds for decorators is no package that is installed.
      external: (id) => /^[@a-z]/.test(id) && !id.startsWith('@oxc-project/'),
      output: { format: 'esm', preserveModules: true, preserveModulesRoot: 'src' },
    },
  );
  await removeOthers('build', sources);
  const { files: program, modules } = await make('dist', PROGRAM, {
    external: PACKAGES,
    // What a thread shares with the program is then in a file that runs nothing.
    preserveEntrySignatures: 'strict',
    // V8 keeps compiled code only of scripts, not of modules.
    // Nor can such a script import.
    output: {
      format: 'cjs',
      dynamicImportInCjs: false,
      entryFileNames: '[name].cjs',
      chunkFileNames: 'chunks/[name]-[hash].cjs',
    },
  });
  const { files: loader } = await make('dist', LOADER, {
    output: { format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' },
  });
  const threads = THREADS.map((name) => `${name}.js`);
  for (const name of threads) await writeFile(join('dist', name), threadOf(name));
  await writeFile(join('dist', NOTICES), await noticesOf(modules));
  await writeFile(join('dist', PROGRAM_MATERIALS), await materialsOf(modules, 'The program'));
  await chmod('dist/main.js', 0o755);
  await removeOthers('dist', [...program, ...loader, ...threads, NOTICES, PROGRAM_MATERIALS, WEB_MATERIALS]);
  return await compileProgram(program);

  /** @returns the names of the files, and the paths of the modules in them */
  async function make(dir, input, { output, ...options }) {
    const made = await build({
      input,
      platform: 'node',
      logLevel: 'warn',
      transform: {
        define: {
          // Apollo's hash is made in JavaScript, twenty times as slow, where a module cannot ask for Node.js's own like this.
          'module.require': 'require',
          // Node.js 20 has no navigator. To recognise the platform, the library of PostgreSQL then makes a Response, for which
          // Node.js loads all that belongs to fetch: 15 ms of each start.
          navigator: '{"userAgent":"Node.js"}',
        },
      },
      plugins: [
        { name: 'webassembly', load: { filter: { id: /\.wat$/ }, handler: binaryOf } },
        ...(dir === 'dist' ? [{ name: 'required-libraries', transform: withRequiredLibraries }] : []),
      ],
      ...options,
      output: { ...output, dir },
    });
    return {
      files: made.output.map(({ fileName }) => fileName),
      modules: made.output.flatMap(({ moduleIds = [] }) => moduleIds),
    };
  }
}

/** The JavaScript that runs a thread's part of the program. */
function threadOf(name) {
  const up = name
    .split('/')
    .slice(1)
    .map(() => '../')
    .join('');
  return `import { fileURLToPath } from 'node:url';
import { CompiledProgram } from './${up}compiled-program.js';

new CompiledProgram(fileURLToPath(new URL('./${up}', import.meta.url))).load('${name.replace(/js$/, 'cjs')}');
`;
}

/** Removes what is left of earlier builds, now that all is there: a process that runs from the folder may load more of it. */
async function removeOthers(folder, names) {
  const paths = new Set(names.map((name) => join(folder, name)));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isOther = isIn(WEB, path) || isIn(CLIENT, path) || path.startsWith(join('build', '.'));
    if (entry.isFile() && !paths.has(path) && !isOther) {
      await rm(path, { force: true });
    }
  }
}

/**
 * In a process of its own, with the flags of the program alone: V8 refuses what was compiled with others, which NODE_OPTIONS
 * may have. Without compiled code, the program starts later, and that is all.
 *
 * @returns whether it is compiled
 */
async function compileProgram(files) {
  const threads = THREADS.map((name) => `${name}.cjs`);
  const loaded = files.filter((file) => !threads.includes(file));
  try {
    await promisify(execFile)(process.execPath, ['compile.js', JSON.stringify({ files: loaded, threads })], {
      timeout: 60_000,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return true;
  } catch (error) {
    process.stderr.write(
      `The program could not be compiled ahead, so it will start more slowly: ${error.message}\n`,
    );
    return false;
  }
}

/** Has a library that a source loads when it needs it become part of the program. @returns JavaScript */
function withRequiredLibraries(code) {
  const found = "createRequire(import.meta.url)('";
  return code.includes(found) ? code.replaceAll(found, "require('") : null;
}

/** Translates a module in the text format of WebAssembly. @returns JavaScript with the binary in base64 */
async function binaryOf(path) {
  const { default: wabt } = await import('wabt');
  const parsed = (await wabt()).parseWat(path, await readFile(path), { simd: true });
  const { buffer } = parsed.toBinary({});
  return { code: `export default '${Buffer.from(buffer).toString('base64')}';`, moduleType: 'js' };
}

/**
 * Makes the pages beside, and then puts them into their place, HTML last: so a gateway that runs has a whole page at every
 * moment. The files of the build before stay, for pages that are open.
 */
async function makeWeb() {
  const { build } = await import('vite');
  const folder = join('build', `.web-${process.pid}`);
  try {
    const { output } = await build({
      configFile: join(WEB_SOURCES, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: resolve(folder) },
    });
    const modules = output.flatMap(({ moduleIds = [] }) => moduleIds);
    await writeFile(join(folder, NOTICES), await noticesOf(modules));
    // Not among the pages, which are served.
    await writeFile(join('dist', WEB_MATERIALS), await materialsOf(modules, 'The pages for browsers'));
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

/** One file of code, and the types of each source. The package has the version of the gateway. */
async function makeClient() {
  const { build } = await import('rolldown');
  const { default: typescript } = await import('typescript');
  await rm(CLIENT, { recursive: true, force: true });
  await build({
    input: join(CLIENT_SOURCES, 'index.ts'),
    platform: 'neutral',
    logLevel: 'warn',
    tsconfig: join(CLIENT_SOURCES, 'tsconfig.json'),
    output: { format: 'esm', file: join(CLIENT, 'index.js') },
  });
  const sources = (await filesIn(CLIENT_SOURCES)).filter((path) => path.endsWith('.ts'));
  for (const path of sources) {
    const text = await readFile(join(CLIENT_SOURCES, path), 'utf8');
    const { outputText } = typescript.transpileDeclaration(text, {
      fileName: path,
      compilerOptions: { target: typescript.ScriptTarget.ES2022, module: typescript.ModuleKind.NodeNext },
    });
    const declaration = join(CLIENT, path.replace(/ts$/, 'd.ts'));
    await mkdir(dirname(declaration), { recursive: true });
    await writeFile(declaration, outputText);
  }
  for (const path of [join(CLIENT_SOURCES, 'README.md'), 'LICENSE']) {
    await copyFile(path, join(CLIENT, basename(path)));
  }
  const { version, license } = JSON.parse(await readFile('package.json', 'utf8'));
  const described = JSON.parse(await readFile(join(CLIENT_SOURCES, 'package.json'), 'utf8'));
  const text = JSON.stringify({ ...described, version, license }, null, 2);
  await writeFile(join(CLIENT, 'package.json'), `${text}\n`);
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
 * @param stamp a file with the time at which the last making began, and with what. It is there only if that came to its end
 * @param makeIt may return `false`: what is there can be used, but is made again the next time
 */
async function makeIfOld(what, { stamp, isSource, result, makeIt }) {
  const sources = (await readdir('src', { recursive: true })).map((path) => join('src', path));
  const times = await Promise.all([...TOOLS, ...sources.filter(isSource)].map(timeOf));
  const made = await timeOf(stamp);
  const by = await readFile(stamp, 'utf8').catch(() => null);
  if (by === NODE && times.every((time) => time <= made) && (await timeOf(result)) > 0) return;
  await rm(stamp, { force: true });
  const begun = new Date();
  process.stderr.write(`Building ${what} …\n`);
  if ((await makeIt()) === false) return;
  await mkdir('build', { recursive: true });
  await writeFile(stamp, NODE);
  await utimes(stamp, begun, begun);
}

/** When a file was changed, in milliseconds; 0 if there is none. */
async function timeOf(path) {
  return (await stat(path).catch(() => null))?.mtimeMs ?? 0;
}

function isIn(folder, path) {
  return path === folder || path.startsWith(join(folder, '/'));
}
