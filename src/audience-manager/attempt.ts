import { fetch, type Dispatcher, type Response } from 'undici';
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
  readonly headers: { get(name: string): string | null };
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
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      redirect: 'manual',
      dispatcher: limits.dispatcher,
      signal: controller.signal,
    });
    const body = await readBounded(response, limits.maxBytes, () => stop('too_large'));
    return { kind: 'response', response: { status: response.status, headers: response.headers, body } };
  } catch (error) {
    if (verdict !== undefined) return { kind: verdict };
    return isDecodingError(error) ? { kind: 'undecodable' } : { kind: 'network', ...networkFailure(error) };
  } finally {
    cancelTimeout();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function readBounded(
  response: Response,
  maxBytes: number,
  onTooLarge: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      onTooLarge();
      throw new Error('answer too large');
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(bytes);
  let end = 0;
  for (const chunk of chunks) {
    body.set(chunk, end);
    end += chunk.byteLength;
  }
  return body;
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
