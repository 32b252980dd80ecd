import { lstatSync, readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '../errors.js';

/** A file or folder of another user. */
interface ForeignPath {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Keeps root from a database of another user. That user can put links and other files in the place of those that root opens and
 * changes there, and could not open what root creates. Looks only; creates and opens nothing.
 *
 * @param file absolute path of the database, which need not exist
 * @throws StorageError UNUSABLE if this process is root's, and the database is not
 */
export function requireOwner(file: string): void {
  const foreign = foreignPath(file);
  if (foreign === null) return;
  const { path, uid, gid } = foreign;
  const name = userName(uid);
  const what = path === file ? file : `${path}, the folder for the database,`;
  const [who, how] =
    name === null
      ? [`user ${uid}`, `setpriv --reuid=${uid} --regid=${gid} --clear-groups aam-gateway …`]
      : [`user ${name}`, `runuser -u ${name} -- aam-gateway …`];
  throw new StorageError(
    'UNUSABLE',
    `${what} belongs to ${who}, so it is not safe for root to use it. Run the command as that user: ${how}`,
  );
}

/** Whether this process is root's, and the database belongs to another user. */
export function isForeign(file: string): boolean {
  return foreignPath(file) !== null;
}

/** The database, or the folder in which it would be created, if it belongs to another user than root, which runs this process. */
function foreignPath(file: string): ForeignPath | null {
  if (process.geteuid?.() !== 0) return null;
  let path = file;
  let found = statsOf(lstatSync, path);
  while (found === null && dirname(path) !== path) {
    path = dirname(path);
    found = statsOf(statSync, path);
  }
  // A link of root may lead to a file of another user.
  const stats = found?.uid === 0 ? statsOf(statSync, path) : found;
  return stats === null || stats.uid === 0 ? null : { path, uid: stats.uid, gid: stats.gid };
}

/** @returns `null` if there is nothing, or if it cannot be reached: opening it says why */
function statsOf(read: (path: string) => Stats, path: string): Stats | null {
  try {
    return read(path);
  } catch {
    return null;
  }
}

/** @returns `null` if it is not known here, as that of a user of another machine or of a container */
function userName(uid: number): string | null {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    const [name = ''] = lines.map((line) => line.split(':')).find((fields) => fields[2] === `${uid}`) ?? [];
    return name === '' ? null : name;
  } catch {
    return null;
  }
}
