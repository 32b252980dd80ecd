import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DeliveryError } from '../delivery/delivery-error.js';
import { readFileName, withoutMode, type DeliveryFileName } from '../delivery/file-name.js';
import { MAX_INFO_LENGTH, readInfoFile, type DeliveryInfo } from '../delivery/info-file.js';
import { CommandError } from './command-error.js';
import { measureFile, type Measures } from './deliveries-measure.js';

/** A file with users that has arrived. */
export interface ArrivedFile extends Measures {
  /** From the folder on. */
  readonly path: string;
  readonly name: DeliveryFileName;
}

/** A `.info` file that has arrived. */
export interface ArrivedInfo {
  readonly path: string;
  /** `null`: it cannot be read. */
  readonly info: DeliveryInfo | null;
  /** Why it cannot be read. */
  readonly mistake: string | null;
}

/** What has arrived of one delivery. */
export interface ArrivedDelivery {
  readonly files: readonly ArrivedFile[];
  readonly infos: readonly ArrivedInfo[];
}

/** A file that may be of a delivery. Nothing of it has been read. */
export interface FoundFile {
  /** Where it is. */
  readonly path: string;
  readonly name: DeliveryFileName;
}

/**
 * What the files of one delivery have in common in their names: everything but mode and part. Names without a time have
 * nothing that tells one delivery from another but the whole name.
 */
export function deliveryKey(fileName: string): string {
  const name = readFileName(fileName);
  if (name === null) return withoutMode(fileName);
  return name.sentAt === null ? withoutMode(name.name).replace(/\.(sync|csv|info)(\.gz)?$/, '') : name.root;
}

/** Finds the files in a folder and the folders below it that are named as those of deliveries. @throws {CommandError} */
export async function findFiles(folder: string): Promise<FoundFile[]> {
  try {
    if (!(await stat(folder)).isDirectory()) {
      throw new CommandError(`${folder} is a file: name the folder in which files arrive.`);
    }
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const name = readFileName(entry.name);
        return name === null ? [] : [{ path: join(entry.parentPath, entry.name), name }];
      })
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/**
 * Reads files and puts those of one delivery together. A file that is no longer there is as if it had not been found:
 * partners move files away while they are read.
 *
 * @param onRead is told the size of each file that was read, in bytes
 * @throws {CommandError} if a file cannot be read; the reason of `signal` if it is aborted
 */
export async function readDeliveries(
  folder: string,
  files: readonly FoundFile[],
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ArrivedDelivery>> {
  const deliveries = new Map<string, { files: ArrivedFile[]; infos: ArrivedInfo[] }>();
  for (const { path, name } of files) {
    signal.throwIfAborted();
    const key = deliveryKey(name.name);
    const delivery = deliveries.get(key) ?? { files: [], infos: [] };
    const shown = relative(folder, path);
    try {
      if (name.content === 'INFO') delivery.infos.push(await readInfo(path, shown));
      else {
        const measures = await measureFile(path, signal);
        delivery.files.push({ path: shown, name, ...measures });
        onRead(measures.bytes);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isMissing(error)) continue;
      throw unreadable(path, error);
    }
    deliveries.set(key, delivery);
  }
  return deliveries;
}

async function readInfo(path: string, shown: string): Promise<ArrivedInfo> {
  const { size } = await stat(path);
  if (size > MAX_INFO_LENGTH) return { path: shown, info: null, mistake: 'it is too long for an .info file' };
  try {
    return { path: shown, info: readInfoFile(await readFile(path, 'utf8')), mistake: null };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { path: shown, info: null, mistake: error.message };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unreadable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (code === null || error instanceof CommandError) return error;
  return new CommandError(`${path} cannot be read (${code}): check the path and its permissions.`);
}
