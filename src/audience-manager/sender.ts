import { pipeline, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { request as send } from 'undici';
import type { OutboundConfig } from '../config/index.js';
import { createDispatcher } from './dispatcher.js';
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
 * What became of a request. Never thrown: the errors themselves stay here, as undici's carry header values and
 * pieces of bodies.
 */
export type SendResult =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  | ({ readonly kind: 'network' } & NetworkFailure)
  | { readonly kind: 'too_large' }
  | { readonly kind: 'undecodable' };

export interface SendLimits {
  /** Of the decompressed body, in bytes. */
  readonly maxBytes: number;
  /** Ends it; what it results in then is of no interest. */
  readonly signal: AbortSignal;
}

/** Sends requests over connections of its own. */
export interface Sender {
  send(request: HttpRequest, limits: SendLimits): Promise<SendResult>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/** How to connect. */
export interface SenderOptions {
  readonly outbound: OutboundConfig;
  /** To one host at once. */
  readonly connections: number;
}

/**
 * Sends from this thread. Redirects are not followed (they would carry credentials along); gzip, br and deflate
 * bodies are decompressed and bounded by their decompressed size.
 */
export function openSender({ outbound, connections }: SenderOptions): Sender {
  const dispatcher = createDispatcher(outbound, { connections });
  return {
    close: () => dispatcher.destroy(),
    send: async ({ method, url, headers, body = null }, { maxBytes, signal }) => {
      try {
        const options = { method, headers: { ...headers }, body, dispatcher, signal };
        const { statusCode: status, headers: found, body: stream } = await send(url, options);
        const bytes = await readBounded(decoded(stream, found), sizeOf(found), maxBytes);
        return { kind: 'response', response: { status, headers: found, body: bytes } };
      } catch (error) {
        if (error instanceof TooLarge) return { kind: 'too_large' };
        return isDecodingError(error)
          ? { kind: 'undecodable' }
          : { kind: 'network', ...networkFailure(error) };
      }
    },
  };
}

class TooLarge extends Error {}

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
function readBounded(stream: Readable, expected: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  let body = new Uint8Array(Math.min(expected, maxBytes));
  let length = 0;
  return new Promise((resolve, reject) => {
    // Not by an iterator, whose promises take as long as all the rest.
    stream.on('data', (piece: Uint8Array) => {
      const end = length + piece.byteLength;
      if (end > maxBytes) {
        // What is left of it is not read: this ends the connection.
        stream.destroy(new TooLarge());
        return;
      }
      if (end > body.length) {
        const grown = new Uint8Array(Math.min(maxBytes, Math.max(end, body.length * 2)));
        grown.set(body.subarray(0, length));
        body = grown;
      }
      body.set(piece, length);
      length = end;
    });
    stream.on('end', () => resolve(body.length === length ? body : body.slice(0, length)));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('closed before its end')));
  });
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
