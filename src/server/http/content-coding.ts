import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  gzip,
  gzipSync,
  type BrotliOptions,
} from 'node:zlib';

/** The content codings that answers are sent in. */
export type Coding = 'br' | 'gzip';

/** Shorter answers, in bytes, fit into the packet of their headers, and are not compressed. */
const MIN_BYTES = 1_024;

/** Speed before size, for what is compressed while others wait. Small windows take little memory. */
const QUICK = { gzip: { level: 1, windowBits: 13, memLevel: 7 }, br: brotli(1, 16) } as const;

/** For what is compressed in the background: at least a sixth less to send, for at least three times the time. */
const THOROUGH = { gzip: { level: 6 }, br: brotli(5, 20) } as const;

/** Speed before size: for an export of 24 MB, gzip 1 takes 97 ms instead of 161 ms, and the file gets 6 % larger. */
const STREAMED = { gzip: { level: 1 }, br: brotli(2, 20) } as const;

const gzipLater = promisify<string | Buffer, object, Buffer>(gzip);
const brotliLater = promisify<string | Buffer, object, Buffer>(brotliCompress);

/**
 * The content coding for an answer. Source: RFC 9110, section 12.5.3.
 *
 * @param accepted the request's header Accept-Encoding
 * @param bytes length of the answer; infinite if it is not known yet
 * @returns `null`: as it is. So are answers to clients that accept nothing that there is: they may read it nevertheless
 */
export function codingFor(accepted: string | undefined, bytes: number): Coding | null {
  if (accepted === undefined) return null;
  const header = accepted.toLowerCase();
  // Most answers are short, and few clients refuse them as they are.
  if (bytes <= MIN_BYTES && !header.includes('q=0')) return null;
  const weights = weightsOf(header);
  const others = weights.get('*');
  const identity = weights.get('identity') ?? (others === 0 ? 0 : null);
  if (bytes <= MIN_BYTES && identity !== 0) return null;
  const br = weights.get('br') ?? others ?? 0;
  const gz = weights.get('gzip') ?? weights.get('x-gzip') ?? others ?? 0;
  const weight = Math.max(br, gz);
  if (weight === 0 || weight < (identity ?? 0)) return null;
  return br === weight ? 'br' : 'gzip';
}

/** Compresses a short body at once. */
export function compressNow(body: string | Buffer, coding: Coding): Buffer {
  return coding === 'br' ? brotliCompressSync(body, QUICK.br) : gzipSync(body, QUICK.gzip);
}

/** Compresses a body in a thread of Node.js. */
export async function compressLater(body: string | Buffer, coding: Coding): Promise<Buffer> {
  return coding === 'br' ? await brotliLater(body, THOROUGH.br) : await gzipLater(body, THOROUGH.gzip);
}

/** What is written is sent at once: the client sees that something comes, and a slow one is noticed by what it reads. */
export function compressingStream(coding: Coding): Transform {
  return coding === 'br'
    ? createBrotliCompress({ ...STREAMED.br, flush: constants.BROTLI_OPERATION_FLUSH })
    : createGzip({ ...STREAMED.gzip, flush: constants.Z_SYNC_FLUSH });
}

/** @param windowBits the memory for what was before, which repetitions refer to: 16 is 64 KiB, 20 is 1 MiB */
function brotli(quality: number, windowBits: number): BrotliOptions {
  return {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: windowBits },
  };
}

/** The weights of the codings that a header in lower case names. */
function weightsOf(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((each) => each.trim());
    const weight = parameters.find((each) => each.startsWith('q='))?.slice(2) ?? '1';
    // A weight that is none counts as 0: without compression, everybody can read the answer.
    if (coding !== '') weights.set(coding, Number(weight) || 0);
  }
  return weights;
}
