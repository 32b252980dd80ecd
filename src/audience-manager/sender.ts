import { pipeline, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { request as send } from 'undici';
import type { OutboundConfig } from '../config/index.js';
import { createDispatcher } from './dispatcher.js';
import { AudienceManagerError } from './errors.js';
import { parseMappingsPage, type MappingsPage } from './listing.js';
import { networkFailure, type NetworkFailure } from './network-failure.js';
import { parseRefusal, type Refusal } from './refusal.js';

/** One HTTP request. It holds everything that is needed to send it, also repeatedly. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
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
  | { readonly kind: 'undecodable' };

export interface SendLimits {
  /** Maximum size of the decompressed body, in bytes. */
  readonly maxBytes: number;
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
 */
export function openSender({ outbound, connections }: SenderOptions): Sender {
  const dispatcher = createDispatcher(outbound, { connections });
  const sendOnce: Sender['send'] = async ({ method, url, headers, body = null }, { maxBytes, signal }) => {
    try {
      const options = { method, headers: { ...headers }, body, dispatcher, signal };
      const { statusCode: status, headers: found, body: stream } = await send(url, options);
      const bytes = await readBounded(decoded(stream, found), contentLengthOf(found), maxBytes);
      return { kind: 'response', response: { status, headers: found, body: bytes } };
    } catch (error) {
      if (error instanceof TooLarge) return { kind: 'too_large' };
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
      return { kind: 'response', response: { ...response, body: parsePageBody(response) } };
    },
  };
}

/** Parses the body of a mappings response. Never throws an AudienceManagerError; see `PageBody`. */
export function parsePageBody({ status, body }: HttpResponse): PageBody {
  if (status < 200 || status >= 300) {
    const refusal = status >= 400 && status < 500 ? parseRefusal(body) : null;
    return refusal && { refusal };
  }
  try {
    return { page: parseMappingsPage(body) };
  } catch (error) {
    if (error instanceof AudienceManagerError) return { error: error.message };
    throw error;
  }
}

class TooLarge extends Error {}

const DECODERS: Readonly<Record<string, (() => Duplex) | undefined>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The decompressed body; the body as it is if an encoding is unknown. */
function decoded(body: Readable, { 'content-encoding': encoding }: HttpResponse['headers']): Readable {
  const encodings = String(encoding ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '' && each !== 'identity');
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

/** Copies each chunk into one buffer at once, so that the garbage collector does not have to track thousands of chunks. */
function readBounded(stream: Readable, expected: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  let body = new Uint8Array(Math.min(expected, maxBytes));
  let length = 0;
  return new Promise((resolve, reject) => {
    // Events instead of an async iterator, whose promises would double the time.
    stream.on('data', (chunk: Uint8Array) => {
      const end = length + chunk.byteLength;
      if (end > maxBytes) {
        // Destroying the stream closes the connection; the rest of the body is not read.
        stream.destroy(new TooLarge());
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
    stream.on('end', () => resolve(body.length === length ? body : body.slice(0, length)));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('the connection was closed before the end of the body')));
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
