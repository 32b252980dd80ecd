import { closeSync, createReadStream, openSync, readSync } from 'node:fs';

/** A file that cannot be used as text. Its message completes "the file …": "does not exist". */
export class FileFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FileFault';
  }
}

/** ReadSet a file that the configuration names, relative to the configuration's own. @throws FileFault */
export type FileReader = (path: string) => string;

/** A file's text without byte order mark. Throws FileFault where it cannot be read or is larger than `maxBytes`. */
export async function readText(path: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    // One byte more than allowed tells a file that is too large from one that just fits, also of a pipe.
    for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk as Buffer);
  } catch (error) {
    throw faultOf(error);
  }
  return decode(Buffer.concat(chunks), maxBytes);
}

/** Like readText, at once. */
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
    throw faultOf(error);
  }
  return decode(buffer.subarray(0, length), maxBytes);
}

function decode(bytes: Buffer, maxBytes: number): string {
  if (bytes.length > maxBytes) throw new FileFault(`is larger than ${maxBytes / 1024} KiB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileFault('is not UTF-8 text');
  }
}

function faultOf(error: unknown): FileFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new FileFault('does not exist');
    case 'EISDIR':
      return new FileFault('is a directory');
    case 'EACCES':
    case 'EPERM':
      return new FileFault('may not be read by this process');
    default:
      return new FileFault(`cannot be read (${code})`);
  }
}
