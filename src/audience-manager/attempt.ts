import { pipeline, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { request as send, type Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { networkFailure, type NetworkFailure } from './network-failure.js';

/** One HTTP request, ready to be sent as often as it takes. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A complete answer: its body has been read and decompressed. */
export interface HttpResponse {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * How one attempt ended. Never thrown, so that a circuit sees every attempt as a value. The errors
 * themselves stay here: undici's carry header values and pieces of bodies.
 */
export type AttemptResult =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | { readonly kind: 'timeout' }
  | ({ readonly kind: 'network' } & NetworkFailure)
  | { readonly kind: 'too_large' }
  | { readonly kind: 'undecodable' }
  | { readonly kind: 'aborted' };

export interface AttemptLimits {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** For the whole attempt: connecting, waiting and reading, in milliseconds. */
  readonly timeoutMs: number;
  /** Of the decompressed body, in bytes. */
  readonly maxBytes: number;
}

/**
 * Sends a request once. Redirects are not followed (they would carry credentials along); gzip, br and
 * deflate bodies are decompressed and bounded by their decompressed size.
 */
export async function attempt(
  request: HttpRequest,
  limits: AttemptLimits,
  signal: AbortSignal | undefined,
): Promise<AttemptResult> {
  const controller = new AbortController();
  let verdict: 'timeout' | 'aborted' | 'too_large' | undefined;
  const stop = (reason: typeof verdict): void => {
    verdict ??= reason;
    controller.abort();
  };
  const onAbort = (): void => stop('aborted');
  if (signal?.aborted) return { kind: 'aborted' };
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelTimeout = limits.clock.schedule(() => stop('timeout'), limits.timeoutMs);
  try {
    const { statusCode, headers, body } = await send(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body: request.body ?? null,
      dispatcher: limits.dispatcher,
      signal: controller.signal,
    });
    const bytes = await readBounded(decoded(body, headers), sizeOf(headers), limits.maxBytes, () =>
      stop('too_large'),
    );
    return { kind: 'response', response: { status: statusCode, headers, body: bytes } };
  } catch (error) {
    if (verdict !== undefined) return { kind: verdict };
    return isDecodingError(error) ? { kind: 'undecodable' } : { kind: 'network', ...networkFailure(error) };
  } finally {
    cancelTimeout();
    signal?.removeEventListener('abort', onAbort);
  }
}

const DECODERS: Readonly<Record<string, (() => Duplex) | undefined>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The body as it was before it was encoded for the way; as it is where nobody knows how to undo that. */
function decoded(body: Readable, { 'content-encoding': encoding }: HttpResponse['headers']): Readable {
  const encodings = String(encoding ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '' && each !== 'identity');
  let stream = body;
  for (const each of encodings.toReversed()) {
    const decoder = DECODERS[each]?.();
    if (decoder === undefined) return body;
    // Whatever goes wrong, whoever reads the last stream gets to know.
    stream = pipeline(stream, decoder, () => undefined);
  }
  return stream;
}

/** What the answer says of its own length, in bytes; 0 where it says nothing. */
function sizeOf({ 'content-length': length }: HttpResponse['headers']): number {
  return typeof length === 'string' && /^\d{1,9}$/.test(length) ? Number(length) : 0;
}

/** Copies piece by piece, so that none of them is kept: whole listings in pieces would be much to collect. */
async function readBounded(
  pieces: AsyncIterable<Uint8Array>,
  expected: number,
  maxBytes: number,
  onTooLarge: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  let body = new Uint8Array(Math.min(expected, maxBytes));
  let length = 0;
  for await (const piece of pieces) {
    const end = length + piece.byteLength;
    if (end > maxBytes) {
      onTooLarge();
      throw new Error('answer too large');
    }
    if (end > body.length) {
      const grown = new Uint8Array(Math.min(maxBytes, Math.max(end, body.length * 2)));
      grown.set(body.subarray(0, length));
      body = grown;
    }
    body.set(piece, length);
    length = end;
  }
  return body.length === length ? body : body.slice(0, length);
}

/** zlib's errors have codes such as Z_DATA_ERROR, Brotli's ERR_BROTLI_DECODER…; undici wraps them as the cause. */
function isDecodingError(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && /^(Z_|ERR_+BROTLI|ERR__ERROR)/.test(code) && code !== 'Z_BUF_ERROR')
      return true;
  }
  return false;
}
