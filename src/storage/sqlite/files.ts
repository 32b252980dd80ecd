import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/**
 * Makes sure that the database file is there and open to its owner alone. SQLite gives the files that it puts
 * beside it the same mode.
 */
export async function prepareFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', OWNER_ONLY);
  await handle.close();
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      // A file that was copied here may have come with another mode.
      await chmod(path, OWNER_ONLY);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}
