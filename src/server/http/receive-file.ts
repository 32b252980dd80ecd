import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ErrorCode } from '../../graphql/index.js';
import { MAX_FILE_BYTES, SPLIT_IT } from '../../import-export/index.js';
import type { HeldFile } from './held-files.js';

/** Why a file is not taken, as it is answered. */
export class FileRefusal extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'FileRefusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The client has disconnected before its file was there, so nobody is to be answered. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** When to try again if there is no room for a file, in seconds. */
const NO_ROOM_RETRY_AFTER_S = '10';

/** The same if too many files of the caller wait already. */
const WAITING_RETRY_AFTER_S = '60';

/** How the body of a request is packed. @throws FileRefusal with status 415 for other content codings than gzip */
export function codingOf({ headers }: IncomingMessage): 'gzip' | null {
  const coding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (coding === 'identity') return null;
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip';
  throw new FileRefusal(
    415,
    'BAD_USER_INPUT',
    `The content encoding ${coding.slice(0, 50)} is not supported; send the file as it is, or with content-encoding: gzip.`,
    // Source: RFC 7694, section 3.
    { 'accept-encoding': 'gzip' },
  );
}

/**
 * Receives the body of a request as a file. If it is refused, the rest of the body is left to be read.
 *
 * @param held what the file takes is added there. The caller releases it
 * @throws FileRefusal if it is too large, wrongly packed, or if there is no room for it; ClientLeft
 */
export async function receiveFile(raw: IncomingMessage, held: HeldFile): Promise<Buffer> {
  const coding = codingOf(raw);
  if (raw.destroyed) throw new ClientLeft();
  // The length is claimed beforehand, so that a file is refused before it is sent, and not when the room is used up.
  const claimed = Number(raw.headers['content-length'] ?? 0);
  if (claimed > MAX_FILE_BYTES) throw tooLarge();
  if (!held.grow(claimed)) throw noRoom();
  const gunzip = coding === null ? null : createGunzip();
  const source: Readable = gunzip === null ? raw : raw.pipe(gunzip);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      source.on('data', (chunk: Buffer) => {
        size += chunk.length;
        const more = Math.min(chunk.length, size - claimed);
        if (size > MAX_FILE_BYTES) reject(tooLarge());
        else if (more > 0 && !held.grow(more)) reject(noRoom());
        else chunks.push(chunk);
      });
      source.once('end', resolve);
      gunzip?.once('error', () => reject(notGzip()));
      raw.on('error', () => reject(new ClientLeft()));
      raw.once('close', () => {
        if (!raw.readableEnded) reject(new ClientLeft());
      });
    });
  } catch (error) {
    source.removeAllListeners('data');
    if (gunzip !== null) raw.unpipe(gunzip);
    gunzip?.destroy();
    throw error;
  }
  return Buffer.concat(chunks);
}

function tooLarge(): FileRefusal {
  const mebibytes = MAX_FILE_BYTES / 1024 / 1024;
  return new FileRefusal(
    413,
    'BAD_USER_INPUT',
    `The file exceeds ${mebibytes} MiB. Leave out what is not needed, such as further columns. ${SPLIT_IT}`,
  );
}

function noRoom(): FileRefusal {
  const message = 'Too many files are received or imported at the same time; try again in a few seconds.';
  return new FileRefusal(503, 'RATE_LIMITED', message, { 'retry-after': NO_ROOM_RETRY_AFTER_S });
}

/** A caller has so many files waiting that no more are taken. */
export function tooManyWaiting(): FileRefusal {
  const message = 'Too many of your files wait to be imported; try again when they are, in a minute perhaps.';
  return new FileRefusal(503, 'RATE_LIMITED', message, { 'retry-after': WAITING_RETRY_AFTER_S });
}

function notGzip(): FileRefusal {
  const message =
    'The body is not gzip, although content-encoding says so, or it is cut off. Send a file that is packed itself (.gz) without content-encoding.';
  return new FileRefusal(400, 'BAD_USER_INPUT', message);
}
