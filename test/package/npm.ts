import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../support/programs.js';

const run = promisify(execFile);

/** The folder with npm's own programs, which run with any Node.js. */
const NPM_FOLDER = npmFolder();

/** What a user runs, with another Node.js than this one. */
export const NPM = join(NPM_FOLDER, 'npm-cli.js');
export const NPX = join(NPM_FOLDER, 'npx-cli.js');

function npmFolder(): string {
  const folders = [process.env['npm_execpath'], findProgram('npm')]
    .filter((path) => path !== undefined && path !== null)
    .map((path) => dirname(realpathSync(path)));
  const found = folders.find((folder) => existsSync(join(folder, 'npx-cli.js')));
  if (found === undefined) throw new Error('npm is not installed');
  return found;
}

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** What `npm pack` says of the built package. */
export interface Packed {
  readonly filename: string;
  readonly version: string;
  readonly files: readonly PackedFile[];
}

/** Packs what is built already. Without `folder`, it only says what would be in it. */
export async function pack(folder?: string): Promise<Packed> {
  const where = folder === undefined ? ['--dry-run'] : ['--pack-destination', folder];
  const args = [NPM, 'pack', '--json', '--ignore-scripts', ...where];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 });
  // Newer npm has the packages by name.
  const said = JSON.parse(stdout) as Record<string, Packed> | readonly Packed[];
  return Object.values(said)[0]!;
}

/** Whether packages can be installed here: asks the registry for what every test run has installed already. */
export async function registryAnswers(): Promise<boolean> {
  const args = [NPM, 'view', 'graphql', 'name', '--fetch-retries=0', '--fetch-timeout=10000'];
  return await run(process.execPath, args, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}
