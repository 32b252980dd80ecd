import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { isGzip, isZip, utf16Of } from '../base/file-kinds.js';
import { CommandError, FileFailure } from './command-error.js';

/** What is read at once, in bytes. */
const PIECE_BYTES = 256 * 1_024;

/** A file of a delivery, or standard input. */
export interface Input {
  /** As it was given; `-`: standard input. */
  readonly path: string;
  /** For messages. */
  readonly name: string;
  /** In bytes; `null`: not known, because it is a stream. */
  readonly bytes: number | null;
}

/** What is known of an input that was read to its end. */
export interface ReadInput {
  readonly bytes: number;
  /** With gzip, whose checksum tells that nothing is missing. */
  readonly isPacked: boolean;
  /** Hexadecimal; `null`: nobody asked for it. */
  readonly md5: string | null;
}

/** @throws {CommandError} if there is no such file */
export async function findInput(path: string): Promise<Input> {
  if (path === '-') return { path, name: 'standard input', bytes: null };
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new CommandError(`${path} is a folder: name the files in it, such as ${path}/*.sync.gz.`, 2);
    }
    return { path, name: path, bytes: found.isFile() ? found.size : null };
  } catch (error) {
    throw asCommandError(error, path);
  }
}

/**
 * Reads a file in pieces, unpacked and as UTF-8.
 *
 * @param options.encoding of the file; default: UTF-8, or UTF-16 if it says so
 * @param options.needsMd5 whether the checksum is wanted
 * @param options.onBytes told how many bytes of the file were read
 * @param options.onEnd told at the end
 * @throws {CommandError} if it cannot be read, or is damaged
 */
export async function* readInput(
  input: Input,
  options: {
    readonly encoding: string | null;
    readonly needsMd5: boolean;
    readonly onBytes: (bytes: number) => void;
    readonly onEnd: (read: ReadInput) => void;
  },
): AsyncGenerator<Buffer> {
  const hash = options.needsMd5 ? createHash('md5') : null;
  let bytes = 0;
  let isPacked = false;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of input.path === '-' ? standardInput() : piecesOf(input.path)) {
      hash?.update(piece);
      bytes += piece.length;
      options.onBytes(bytes);
      yield piece;
    }
  }
  try {
    const pieces = unpacked(counted(), input.name, () => {
      isPacked = true;
    });
    yield* transcoded(pieces, options.encoding, input.name);
  } catch (error) {
    throw asCommandError(error, input.name);
  }
  options.onEnd({ bytes, isPacked, md5: hash?.digest('hex') ?? null });
}

/** Each piece has memory of its own: what was yielded may still be in use when the next one is read. */
async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* standardInput(): AsyncGenerator<Buffer> {
  for await (const piece of process.stdin) yield piece as Buffer;
}

async function* unpacked(
  pieces: AsyncGenerator<Buffer>,
  name: string,
  onPacked: () => void,
): AsyncGenerator<Buffer> {
  const first = await pieces.next();
  if (first.done === true) {
    // Even without lines, a packed file has bytes.
    if (/\.gz$/i.test(name)) throw cutOff(name);
    return;
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    yield* pieces;
  }
  if (isZip(first.value)) {
    await pieces.return(undefined);
    throw new FileFailure(
      `${name} is a ZIP file: unpack it first. Plain text and gzip are read as they are.`,
    );
  }
  if (!isGzip(first.value)) {
    yield* all();
    return;
  }
  onPacked();
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  pipeline(Readable.from(all(), { objectMode: false, highWaterMark: PIECE_BYTES }), gunzip, () => undefined);
  for await (const piece of gunzip) yield piece as Buffer;
}

async function* transcoded(
  pieces: AsyncGenerator<Buffer>,
  stated: string | null,
  name: string,
): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | null = null;
  let isFirst = true;
  for await (const piece of pieces) {
    if (isFirst) decoder = decoderOf(stated ?? utf16Of(piece), name);
    isFirst = false;
    yield decoder === null ? piece : Buffer.from(decoder.decode(piece, { stream: true }));
  }
  if (decoder !== null) yield Buffer.from(decoder.decode());
}

function decoderOf(encoding: string | null, name: string): TextDecoder | null {
  if (encoding === null || /^utf-?8$/i.test(encoding)) return null;
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new CommandError(
      `${name}: there is no encoding ${encoding}: state one such as windows-1252, shift_jis, gbk or utf-16le with --encoding.`,
      2,
    );
  }
}

function cutOff(name: string): FileFailure {
  return new FileFailure(`${name} is cut off: its packed data end too early. Have it sent again.`);
}

function asCommandError(error: unknown, name: string): unknown {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') {
    return cutOff(name);
  }
  if (code?.startsWith('Z_') === true) {
    return new FileFailure(
      `${name} is damaged: it cannot be unpacked (${error.message}). Have it sent again.`,
    );
  }
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new FileFailure(
      `${name} has bytes that its encoding does not know: state another one with --encoding.`,
    );
  }
  if (code === undefined) return error;
  return new FileFailure(`${name} cannot be read (${code}): check the path and its permissions.`);
}
