import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { formatSize } from './sizes.js';

/**
 * A file cannot be used as text. The message completes the sentence "the file …", such as "does not exist".
 */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads a file named in the configuration. Relative paths start at the folder of the configuration file.
 *
 * @throws UnreadableFileError
 */
export type FileReader = (path: string) => string;

/**
 * Reads a UTF-8 file. A byte order mark is removed.
 *
 * @throws UnreadableFileError also for a file of more than `maxBytes`
 */
export async function readText(path: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    // Reads up to one byte more than allowed: that detects a file that is too large, also if it is a pipe.
    for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk as Buffer);
  } catch (error) {
    throw unreadableFileError(error);
  }
  return decode(Buffer.concat(chunks), maxBytes);
}

/** `readText` without a promise. @throws UnreadableFileError */
export function readTextSync(path: string, maxBytes: number): string {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const descriptor = openSync(path, 'r');
    try {
      // Reads up to one byte more than allowed, as `readText` does.
      while (length <= maxBytes) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, maxBytes + 1 - length));
        const read = readSync(descriptor, chunk, 0, chunk.length, null);
        if (read === 0) break;
        length += read;
        chunks.push(chunk.subarray(0, read));
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadableFileError(error);
  }
  return decode(Buffer.concat(chunks), maxBytes);
}

function decode(bytes: Buffer, maxBytes: number): string {
  if (bytes.length > maxBytes)
    throw new UnreadableFileError(`is larger than ${formatSize(maxBytes).replace(/\D/, ' $&')}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFileError('is not UTF-8 text');
  }
}

/** What a failed call to the file system means. */
export function unreadableFileError(error: unknown): UnreadableFileError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UnreadableFileError('does not exist');
    case 'ELOOP':
      return new UnreadableFileError('is a symbolic link that leads to itself');
    case 'EISDIR':
      return new UnreadableFileError('is a directory');
    case 'EACCES':
    case 'EPERM':
      return new UnreadableFileError('cannot be read (permission denied)');
    default:
      return new UnreadableFileError(`cannot be read (${code})`);
  }
}
