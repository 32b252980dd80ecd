import { createRequire } from 'node:module';

/** What `package.json` says of the program, and where it is. */
interface Package {
  readonly folder: URL;
  readonly version: string;
  readonly description: string;
}

/**
 * Finds `package.json`. The code that runs may be in `src/`, in `build/` or, with other code in one file, in `dist/`, so where
 * this file is tells little.
 */
function findPackage(): Package {
  for (const up of ['../', '../../', '../../../']) {
    const folder = new URL(up, new URL('.', import.meta.url));
    try {
      const found = createRequire(folder)('./package.json') as Omit<Package, 'folder'>;
      return { ...found, folder };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error('the program is not whole: it has no package.json; install it again');
}

const { folder, version, description } = findPackage();

/** The version of this program, as in `package.json`. */
export const programVersion = version;

/** What this program is, in a line. */
export const programDescription = description;

/** The folder of the built pages for browsers, `dist/web`; `null` if they are not built. */
export function webFolder(): URL | null {
  const web = new URL('dist/web/', folder);
  try {
    createRequire(web).resolve('./index.html');
    return web;
  } catch {
    return null;
  }
}

/**
 * The JavaScript of a thread, in `dist/`: also when the sources are run directly, as the tests do, because a thread needs a
 * file that Node.js can run.
 *
 * @param path of the source file in `src/`, without `.ts`
 */
export function threadFile(path: string): URL {
  return new URL(`dist/${path}.js`, folder);
}
