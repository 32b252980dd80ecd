import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isGzip, KIND_BYTES } from '../base/file-kinds.js';
import { isHeader } from '../delivery/template-guess.js';

/** What a file is, whole. */
export interface Measures {
  /** Size as it arrived, in bytes. */
  readonly bytes: number;
  /** Number of lines after decompression; `null` if it cannot be decompressed. */
  readonly lines: number | null;
  /** How many of the lines are headers: 0 or 1. */
  readonly headers: number;
  /** Of the file as it arrived, hexadecimal. */
  readonly md5: string;
}

const LINE_FEED = 0x0a;

/** How much of a file is looked at to find a header, in bytes. */
const HEAD_BYTES = 1_024;

/**
 * Reads a file from its beginning to its end, without keeping it. Whether it is compressed, its first bytes tell: some are
 * decompressed and keep their names.
 *
 * @param signal ends the reading, also in the middle of a file
 * @throws the error of the file system if it cannot be read; `AbortError`
 */
export async function measureFile(path: string, signal?: AbortSignal): Promise<Measures> {
  if (!(await isPacked(path))) {
    const plain = await measure(path, null, signal);
    // Even without lines, a packed file has bytes.
    return plain.bytes === 0 && /\.gz$/i.test(path) ? { ...plain, lines: null } : plain;
  }
  try {
    return await measure(path, createGunzip(), signal);
  } catch (error) {
    if (!isBroken(error)) throw error;
    // Reading ended where the data are broken. Size and checksum are of the whole file.
    return { ...(await measure(path, null, signal)), lines: null, headers: 0 };
  }
}

async function measure(
  path: string,
  gunzip: Transform | null,
  signal: AbortSignal | undefined,
): Promise<Measures & { readonly lines: number }> {
  const hash = createHash('md5');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const lines = new LineCounter();
  const steps = gunzip === null ? [counted] : [counted, gunzip];
  await pipeline([createReadStream(path), ...steps, lines], { signal });
  return { bytes, lines: lines.count, headers: lines.hasHeader ? 1 : 0, md5: hash.digest('hex') };
}

async function isPacked(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0);
    return isGzip(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Whether compressed data are broken, or end too early. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/** Counts lines. The last one counts with or without a line feed. */
class LineCounter extends Writable {
  count = 0;
  #isOpen = false;
  #head = Buffer.alloc(0);

  /** Whether the first line that is not blank is a header. */
  get hasHeader(): boolean {
    const text = this.#head.toString().replace(/^\ufeff/, '');
    return isHeader(text.split(/[\r\n]+/).find((line) => line.trim() !== '') ?? '');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) this.count += 1;
    if (this.#head.length < HEAD_BYTES) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES - this.#head.length)]);
    }
    this.#isOpen = chunk.at(-1) !== LINE_FEED;
    done();
  }

  override _final(done: () => void): void {
    if (this.#isOpen) this.count += 1;
    done();
  }
}
