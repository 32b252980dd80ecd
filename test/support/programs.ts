import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put servers, which is not on every user's path. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** The folder of PostgreSQL's own programs, such as `initdb`; `null` if no server is installed. */
export function postgresPrograms(): string | null {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
    const [newest] = versions;
    return newest === undefined ? null : `/usr/lib/postgresql/${newest}/bin`;
  } catch {
    return null;
  }
}

/** The path of an installed program, such as `haproxy`; `null` if there is none. Tests that need it are skipped then. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  const paths = folders.map((folder) => join(folder, name));
  return paths.find(isExecutable) ?? null;
}

/**
 * The name of a group of tests, which says what is missing if they are skipped:
 * `describe.skipIf(haproxy === null)(needing('behind HAProxy', { haproxy }), …)`.
 */
export function needing(name: string, programs: Readonly<Record<string, string | null>>): string {
  const missing = Object.keys(programs).filter((program) => programs[program] === null);
  return missing.length === 0 ? name : `${name} (skipped: ${missing.join(', ')} not installed)`;
}

/**
 * Whether tests that need these are skipped because one of them is missing. Where all were installed for the tests, none may be:
 * TESTS_NEED_PROGRAMS says so.
 */
export function mayBeMissing(...programs: readonly (string | null)[]): boolean {
  return programs.includes(null) && process.env['TESTS_NEED_PROGRAMS'] !== 'true';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
