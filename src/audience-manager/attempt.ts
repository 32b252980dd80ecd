import type { Clock } from '../base/clock.js';
import type { HttpRequest, SendResult, Sender } from './sender.js';

/** How one attempt ended. Never thrown, so that a circuit sees every attempt as a value. */
export type AttemptResult = SendResult | { readonly kind: 'timeout' } | { readonly kind: 'aborted' };

export interface AttemptLimits {
  readonly sender: Sender;
  readonly clock: Clock;
  /** For the whole attempt: connecting, waiting and reading, in milliseconds. */
  readonly timeoutMs: number;
  /** Of the decompressed body, in bytes. */
  readonly maxBytes: number;
}

/** Sends a request once. */
export async function attempt(
  request: HttpRequest,
  { sender, clock, timeoutMs, maxBytes }: AttemptLimits,
  signal: AbortSignal | undefined,
): Promise<AttemptResult> {
  if (signal?.aborted) return { kind: 'aborted' };
  const controller = new AbortController();
  let verdict: 'timeout' | 'aborted' | undefined;
  const stop = (reason: typeof verdict): void => {
    verdict ??= reason;
    controller.abort();
  };
  const onAbort = (): void => stop('aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelTimeout = clock.schedule(() => stop('timeout'), timeoutMs);
  try {
    const result = await sender.send(request, { maxBytes, signal: controller.signal });
    return verdict === undefined || result.kind === 'response' ? result : { kind: verdict };
  } finally {
    cancelTimeout();
    signal?.removeEventListener('abort', onAbort);
  }
}
