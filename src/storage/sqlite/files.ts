import { constants } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What is added to the name of a database for the files that SQLite keeps beside it while it is in use. */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const;

/** Makes what was written to a file, or to the list of files of a folder, outlast a loss of power. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns `false` if there is no such file */
export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => {
      if (isCode(error, 'ENOENT')) return false;
      throw error;
    },
  );
}

/**
 * Gives a file a second name, unless that is taken. Where the disk knows no second names, the file gets the new name in
 * the place of its old one.
 *
 * @throws the error EEXIST if the name is taken
 */
export async function linkOrRename(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT') || (await exists(to))) throw error;
    await rename(from, to);
  }
}

/**
 * Gives a file a second name, unless that is taken, and leaves it at its place. Where the disk knows no second names, a
 * copy gets it.
 *
 * @throws the error EEXIST if the name is taken
 */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isCode(error, 'EEXIST') || isCode(error, 'ENOENT') || (await exists(to))) throw error;
    try {
      await copyFile(from, to, constants.COPYFILE_EXCL);
      await flush(to);
    } catch (failure) {
      if (!isCode(failure, 'EEXIST')) await rm(to, { force: true });
      throw failure;
    }
  }
}

/** The name for a file while it is written, beside its final place. */
export function partOf(file: string): string {
  return `${file}.${process.pid}.part`;
}

/** Deletes unfinished files of processes that were killed while they wrote them. */
export async function removeParts(file: string): Promise<void> {
  const name = basename(file);
  for (const entry of await readdir(dirname(file))) {
    if (!entry.startsWith(`${name}.`)) continue;
    const [, pid] = /^(\d+)\.part(-journal|-wal|-shm)?$/.exec(entry.slice(name.length + 1)) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(dirname(file), entry), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    // Another user's process must not be signalled.
    return isCode(error, 'EPERM');
  }
}

/** Whether an error of the operating system has this code, such as ENOENT. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
