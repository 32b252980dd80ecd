import { closeSync, createReadStream, openSync, readSync } from 'node:fs';

/**
 * A file cannot be used as text. The message completes the sentence "the file …", such as "does not exist".
 */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

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
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  try {
    const descriptor = openSync(path, 'r');
    try {
      for (;;) {
        const read = readSync(descriptor, buffer, length, buffer.length - length, null);
        if (read === 0) break;
        length += read;
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadableFileError(error);
  }
  return decode(buffer.subarray(0, length), maxBytes);
}

function decode(bytes: Buffer, maxBytes: number): string {
  if (bytes.length > maxBytes) throw new UnreadableFileError(`is larger than ${maxBytes / 1024} KiB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFileError('is not UTF-8 text');
  }
}

function unreadableFileError(error: unknown): UnreadableFileError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UnreadableFileError('does not exist');
    case 'EISDIR':
      return new UnreadableFileError('is a directory');
    case 'EACCES':
    case 'EPERM':
      return new UnreadableFileError('cannot be read (permission denied)');
    default:
      return new UnreadableFileError(`cannot be read (${code})`);
  }
}
