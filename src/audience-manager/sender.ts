import { pipeline, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { detachBuffers } from '../base/detach-buffers.js';
import type { OutboundConfig } from '../config/index.js';
import { listingTooLarge, type ByteBudget } from './byte-budget.js';
import { createDispatcher } from './dispatcher.js';
import { AudienceManagerError } from './errors.js';
import { parseMappingsPage, type MappingsPage } from './mappings-page.js';
import { networkFailure, type NetworkFailure } from './network-failure.js';
import { MAX_REFUSAL_BYTES, refusalOf, type Refusal } from './refusal.js';

/** One HTTP request. It holds everything that is needed to send it, also repeatedly. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** On whose behalf it is made, a label of metrics. */
  readonly customer?: string | undefined;
}

/** A complete HTTP response. By default its body is the decompressed bytes. */
export interface HttpResponse<TBody = Uint8Array<ArrayBuffer>> {
  readonly status: number;
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: TBody;
  /** Whether a redirect to the same path with or without a slash at the end was followed. */
  readonly redirected?: boolean;
}

/**
 * The body of a mappings response, parsed in the thread that received it. `error` is the reason why it could not
 * be parsed, `refusal` what the body of a 4xx status says; `null` stands for every other body.
 */
export type PageBody =
  { readonly page: MappingsPage } | { readonly error: string } | { readonly refusal: Refusal } | null;

/**
 * The outcome of sending a request. A failure is a value and not an exception, because undici's errors contain
 * header values and parts of bodies, which must not get any further.
 */
export type SendResult<TBody = Uint8Array<ArrayBuffer>> =
  | { readonly kind: 'response'; readonly response: HttpResponse<TBody> }
  | ({ readonly kind: 'network' } & NetworkFailure)
  | { readonly kind: 'too_large' }
  | { readonly kind: 'listing_too_large'; readonly limit: number }
  | { readonly kind: 'undecodable' };

export interface SendLimits {
  /** Maximum size of the decompressed body, in bytes. */
  readonly maxBytes: number;
  /** What the whole listing may take that the body is a page of. */
  readonly budget?: ByteBudget;
  /** Aborts the request. The result of an aborted request has no meaning. */
  readonly signal: AbortSignal;
}

/** Sends HTTP requests over its own connection pool. */
export interface Sender {
  /** Sends a request and returns the body as bytes. Never rejects. */
  send(request: HttpRequest, limits: SendLimits): Promise<SendResult>;
  /** Sends a request to the mappings endpoint and returns the parsed body. Never rejects. */
  fetchPage(request: HttpRequest, limits: SendLimits): Promise<SendResult<PageBody>>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/** How to connect. */
export interface SenderOptions {
  readonly outbound: OutboundConfig;
  /** Maximum number of connections to one host. */
  readonly connections: number;
}

/**
 * Opens a sender that works in the calling thread. Redirects are not followed here, because they would carry the
 * credentials to another address. gzip, br and deflate bodies are decompressed; `maxBytes` limits the decompressed size.
 *
 * The body of an error only gives a reason: one that is long or cannot be read counts as empty, so that the status counts
 * in any case. A rejected log-in, above all, is not repeated because its answer broke off.
 */
export function openSender({ outbound, connections }: SenderOptions): Sender {
  const dispatcher = createDispatcher(outbound, { connections });
  const sendOnce: Sender['send'] = async ({ method, url, headers, body = null }, limits) => {
    try {
      const { origin, pathname, search } = new URL(url);
      const options = { origin, path: pathname + search, method, headers: { ...headers }, body };
      const answer = await dispatcher.request({ ...options, signal: limits.signal });
      const { statusCode: status, headers: found, body: stream } = answer;
      const read = isSuccess(status) ? readBody(stream, found, limits) : readReason(stream, found);
      return { kind: 'response', response: { status, headers: found, body: await read } };
    } catch (error) {
      if (error instanceof TooLarge) return { kind: 'too_large' };
      if (error instanceof ListingTooLarge) return { kind: 'listing_too_large', limit: error.limit };
      return isDecodingError(error) ? { kind: 'undecodable' } : { kind: 'network', ...networkFailure(error) };
    }
  };
  return {
    close: () => dispatcher.destroy(),
    send: sendOnce,
    fetchPage: async (request, limits) => {
      const result = await sendOnce(request, limits);
      if (result.kind !== 'response') return result;
      const { response } = result;
      return { kind: 'response', response: { ...response, body: parsePageBody(response, limits.budget) } };
    },
  };
}

/**
 * Parses the body of a mappings response. Never throws an AudienceManagerError; see `PageBody`.
 *
 * @param budget counts what the parsed mappings take, too
 */
export function parsePageBody(response: HttpResponse, budget?: ByteBudget): PageBody {
  const { status, headers, body } = response;
  if (!isSuccess(status)) {
    const refusal = status >= 400 && status < 500 ? refusalOf(response) : null;
    return refusal && { refusal };
  }
  try {
    const page = parseMappingsPage(body, headers['content-type']);
    if (budget === undefined || budget.take(page.mappings.byteLength)) return { page };
    page.mappings.free();
    throw listingTooLarge(budget.limit);
  } catch (error) {
    if (error instanceof AudienceManagerError) return { error: error.message };
    throw error;
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

class TooLarge extends Error {}

class ListingTooLarge extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super('the listing is too large');
    this.limit = limit;
  }
}

const DECODERS: Readonly<Record<string, (() => Duplex) | undefined>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Nobody compresses more often than that; each decompressor takes memory. */
const MAX_ENCODINGS = 3;

/** The decompressed body; the body as it is if an encoding is unknown. */
function decoded(body: Readable, { 'content-encoding': encoding }: HttpResponse['headers']): Readable {
  const encodings = String(encoding ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '' && each !== 'identity');
  if (encodings.length > MAX_ENCODINGS) return body;
  let stream = body;
  for (const each of encodings.toReversed()) {
    const decoder = DECODERS[each]?.();
    if (decoder === undefined) return body;
    // An error of any stage destroys the last stream, whose reader handles it.
    stream = pipeline(stream, decoder, () => undefined);
  }
  return stream;
}

/** The value of Content-Length, in bytes; 0 if the header is absent or unusable. */
function contentLengthOf({ 'content-length': length }: HttpResponse['headers']): number {
  return typeof length === 'string' && /^\d{1,9}$/.test(length) ? Number(length) : 0;
}

async function readBody(
  stream: Readable,
  headers: HttpResponse['headers'],
  { maxBytes, budget }: SendLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  return await readBounded(decoded(stream, headers), contentLengthOf(headers), maxBytes, budget);
}

/** The body of an error; empty if it is too long or cannot be read. */
async function readReason(
  stream: Readable,
  headers: HttpResponse['headers'],
): Promise<Uint8Array<ArrayBuffer>> {
  return await readBounded(decoded(stream, headers), 0, MAX_REFUSAL_BYTES).catch(() => new Uint8Array());
}

/** Copies each chunk into one buffer at once, so that the garbage collector does not have to track thousands of chunks. */
function readBounded(
  stream: Readable,
  expected: number,
  maxBytes: number,
  budget?: ByteBudget,
): Promise<Uint8Array<ArrayBuffer>> {
  let body = new Uint8Array(Math.min(expected, maxBytes, budget?.limit ?? maxBytes));
  let length = 0;
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const fail = (error: Error): void => {
      if (isSettled) return;
      isSettled = true;
      budget?.giveBack(length);
      detachBuffers([body.buffer]);
      reject(error);
    };
    // Events instead of an async iterator, whose promises would double the time.
    stream.on('data', (chunk: Uint8Array) => {
      if (isSettled) return;
      const end = length + chunk.byteLength;
      // Destroying the stream closes the connection; the rest of the body is not read.
      if (end > maxBytes) {
        stream.destroy(new TooLarge());
        return;
      }
      if (budget?.take(chunk.byteLength) === false) {
        budget.giveBack(chunk.byteLength);
        stream.destroy(new ListingTooLarge(budget.limit));
        return;
      }
      if (end > body.length) {
        const grown = new Uint8Array(Math.min(maxBytes, Math.max(end, body.length * 2)));
        grown.set(body.subarray(0, length));
        body = grown;
      }
      body.set(chunk, length);
      length = end;
    });
    stream.on('end', () => {
      if (isSettled) return;
      isSettled = true;
      resolve(body.length === length ? body : body.slice(0, length));
    });
    stream.on('error', fail);
    stream.on('close', () => fail(new Error('the connection was closed before the end of the body')));
  });
}

/** zlib's error codes begin with Z_ (Z_DATA_ERROR), Brotli's with ERR_BROTLI; undici wraps such an error as the cause of its own. */
function isDecodingError(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && /^(Z_|ERR_+BROTLI|ERR__ERROR)/.test(code) && code !== 'Z_BUF_ERROR')
      return true;
  }
  return false;
}
