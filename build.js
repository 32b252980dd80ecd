/**
 * Makes the program in `dist/`, of few files: loading the libraries' thousand small ones would take longer than most
 * commands do. Decision 0046 has the numbers.
 *
 * What is in `build/` is the same, a file for each source file, for tests and benches that run a part of the program in a
 * process of its own. Types are not checked here: `npm run typecheck` does.
 */
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'rolldown';

/** The program, and the threads that it starts: see `threadFile`. */
const input = {
  main: 'src/main.ts',
  'background/worker': 'src/background/worker.ts',
  'import-export/spreadsheet-worker': 'src/import-export/spreadsheet-worker.ts',
  'storage/sqlite/worker': 'src/storage/sqlite/worker.ts',
};

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
    ...options,
    output: { format: 'esm', ...output },
  });
  const names = new Set(made.output.map(({ fileName }) => join(output.dir, fileName)));
  for (const entry of await readdir(output.dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !names.has(path)) await rm(path, { force: true });
  }
}
