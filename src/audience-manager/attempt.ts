import type { Clock } from '../base/clock.js';
import type { SendLimits, SendResult } from './sender.js';

/** The outcome of one attempt. Failures are values, so that the circuit breaker sees every attempt. */
export type AttemptResult<TBody = unknown> =
  SendResult<TBody> | { readonly kind: 'timeout' } | { readonly kind: 'aborted' };

export interface AttemptOptions<TBody> {
  /** Sends the request once. */
  readonly send: (limits: SendLimits) => Promise<SendResult<TBody>>;
  readonly clock: Clock;
  /** Limit for connecting, waiting and reading together, in milliseconds. */
  readonly timeoutMs: number;
  /** Maximum size of the decompressed body, in bytes. */
  readonly maxBytes: number;
}

/** Sends a request once, with a time limit. */
export async function attempt<TBody>(
  { send, clock, timeoutMs, maxBytes }: AttemptOptions<TBody>,
  signal: AbortSignal,
): Promise<AttemptResult<TBody>> {
  if (signal.aborted) return { kind: 'aborted' };
  const controller = new AbortController();
  let stoppedBy: 'timeout' | 'aborted' | undefined;
  const stop = (reason: typeof stoppedBy): void => {
    stoppedBy ??= reason;
    controller.abort();
  };
  const onAbort = (): void => stop('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  const cancelTimeout = clock.schedule(() => stop('timeout'), timeoutMs);
  try {
    const result = await send({ maxBytes, signal: controller.signal });
    return stoppedBy === undefined || result.kind === 'response' ? result : { kind: stoppedBy };
  } finally {
    cancelTimeout();
    signal.removeEventListener('abort', onAbort);
  }
}
