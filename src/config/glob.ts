import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { isAbsolute, join, posix } from 'node:path';
import { UnreadableFileError, unreadableFileError } from './text-files.js';

/** Maximum number of files and folders that one pattern looks at. A pattern such as `/**` would read the whole disk. */
const MAX_ENTRIES = 100_000;

/** Whether a path is a pattern: has a `*` or a `?`. */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/**
 * Finds the files that a pattern matches. `*` stands for any characters of a name, `?` for one, `**` as a whole name for
 * any number of folders. As in a shell, names that begin with a dot are only matched by a pattern that begins with one,
 * and `**` follows no symbolic links.
 *
 * @param folder where a relative pattern begins; an asterisk in it is one
 * @param onFolder called with each folder before it is listed: a new file can only match if one of them changes
 * @returns the paths in the order of their characters
 * @throws UnreadableFileError if the folder in which the pattern begins does not exist, or a folder cannot be read
 */
export function filesMatching(
  pattern: string,
  folder: string,
  onFolder: (folder: string) => void = () => undefined,
): string[] {
  const search = new Search(onFolder);
  const names = posix.normalize(pattern).split('/');
  if (isAbsolute(pattern)) search.walk('/', names.slice(1), true);
  else search.walk(folder, names, true);
  return [...search.files].sort();
}

class Search {
  readonly files = new Set<string>();
  readonly #onFolder: (folder: string) => void;
  #entries = 0;

  constructor(onFolder: (folder: string) => void) {
    this.#onFolder = onFolder;
  }

  /** @param isFixed whether there was no wildcard before these names, so that the folder has to exist */
  walk(folder: string, names: readonly string[], isFixed: boolean): void {
    const [name, ...rest] = names;
    if (name === undefined) return;
    const isLast = rest.length === 0;
    if (!isPattern(name)) {
      const path = join(folder, name);
      if (!isLast) this.walk(path, rest, isFixed);
      else if (typeOf(path, 'file') === 'file') this.files.add(path);
      return;
    }
    const isDeep = name === '**';
    if (isDeep) this.walk(folder, isLast ? ['*'] : rest, isFixed);
    const matches = isDeep ? matcherOf('*') : matcherOf(name);
    for (const entry of this.#list(folder, isFixed)) {
      if (!matches.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (isDeep) {
        if (entry.isDirectory()) this.walk(path, names, false);
      } else if (isLast) {
        if (entry.isFile() || (entry.isSymbolicLink() && typeOf(path, 'file') === 'file'))
          this.files.add(path);
      } else if (entry.isDirectory() || (entry.isSymbolicLink() && typeOf(path, 'folder') === 'folder')) {
        this.walk(path, rest, false);
      }
    }
  }

  #list(folder: string, isFixed: boolean): Dirent[] {
    this.#onFolder(folder);
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      // It was deleted while the pattern was searched, or only some of the folders have it.
      if (!isFixed && (code === 'ENOENT' || code === 'ENOTDIR')) return [];
      throw unreadableFileError(error);
    }
    this.#entries += entries.length;
    if (this.#entries <= MAX_ENTRIES) return entries;
    throw new UnreadableFileError(`has more than ${MAX_ENTRIES} files and folders below it`);
  }
}

function matcherOf(name: string): RegExp {
  const pattern = name
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(name.startsWith('.') ? `^${pattern}$` : `^(?!\\.)${pattern}$`, 'su');
}

/**
 * Follows symbolic links.
 *
 * @param wanted what is returned for a link that leads to itself, or to where this user may not look: an attempt to read it
 *   says what is wrong
 * @returns `null` if there is nothing, or something that is neither
 */
function typeOf(path: string, wanted: 'file' | 'folder'): 'file' | 'folder' | null {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch {
    return wanted;
  }
  if (stats === undefined) return null;
  return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : null;
}
