import { readFileSync, statSync } from 'node:fs';

/**
 * Where SQLite locks the file with the ending `-shm` while somebody writes, in bytes.
 *
 * @see https://www.sqlite.org/walformat.html#locks
 */
const WRITE_LOCK_BYTE = 120;

/** One line of Linux's list of locks: kind, process, inode, and the first locked byte. */
const LOCK = /^\d+: (?:POSIX|OFDLCK)\s+\S+\s+WRITE (-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) /;

/** A process that has a database locked. */
interface LockHolder {
  readonly pid: number;
  /** The name of its program; `null` if it cannot be read. */
  readonly program: string | null;
}

/**
 * Finds out which process is writing to a database right now.
 *
 * @param file absolute path of the database
 * @returns `null` if nobody is, or if the system does not tell: only Linux does, and only of processes that it shows
 */
export function writerOf(file: string): LockHolder | null {
  try {
    const { ino } = statSync(`${file}-shm`);
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      const [, pid, inode, start] = LOCK.exec(line) ?? [];
      if (Number(inode) !== ino || Number(start) !== WRITE_LOCK_BYTE || Number(pid) <= 0) continue;
      return { pid: Number(pid), program: programOf(Number(pid)) };
    }
  } catch {
    // There is no such file, or the system has no such list.
  }
  return null;
}

function programOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}
