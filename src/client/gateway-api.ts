import { TRY_AGAIN, resultsIn, type LookupResult } from './answer.js';
import { NamesError } from './errors.js';
import type { SegmentKey } from './generated/operations.js';
import { LOOK_UP_NAMES } from './operation.js';
import type { ClientOptions, Clock } from './types.js';

/** The wait before the first repetition, in milliseconds; each further one may take twice as long. */
const FIRST_DELAY = 200;
const LONGEST_DELAY = 5_000;

/** In milliseconds. `Retry-After` may be a date, and a clock may be wrong. */
const LONGEST_PAUSE = 3_600_000;

/** What {@link GatewayApi} needs. */
export type ApiOptions = Pick<ClientOptions, 'key' | 'token'> &
  Required<Pick<ClientOptions, 'url' | 'timeout' | 'retries' | 'failedTtl' | 'fetch' | 'random'>> & {
    readonly clock: Clock;
  };

/** Why nothing is asked for until a time, by the clock of the client. */
interface Pause {
  readonly until: number;
  readonly error: NamesError;
}

/** Sends lookups to the gateway, and repeats what may succeed then. Leaves a gateway alone that has no time, or is gone. */
export class GatewayApi {
  readonly #options: ApiOptions;
  #pause: Pause | null = null;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /**
   * One result for each key, in their order.
   *
   * @throws NamesError. If it is temporary, it is thrown again, without a request, for as long as the gateway asks to wait
   * @throws the reason of `signal`, if that ends the request
   */
  async lookUp(keys: readonly SegmentKey[], signal: AbortSignal): Promise<readonly LookupResult[]> {
    const { clock, failedTtl } = this.#options;
    if (this.#pause !== null && clock.now() < this.#pause.until) throw this.#pause.error;
    try {
      return await this.#attempts(keys, signal);
    } catch (error) {
      if (error instanceof NamesError && error.isTemporary) {
        const ms = Math.min(LONGEST_PAUSE, Math.max(failedTtl, error.retryAfterMs ?? 0));
        this.#pause = { until: clock.now() + ms, error };
      }
      throw error;
    }
  }

  async #attempts(keys: readonly SegmentKey[], signal: AbortSignal): Promise<readonly LookupResult[]> {
    const { clock, timeout, retries } = this.#options;
    const deadline = clock.now() + timeout;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(keys, deadline, signal);
      } catch (error) {
        if (!(error instanceof NamesError) || !mayRepeat(error) || attempt >= retries) throw error;
        const delay = this.#delay(error, attempt);
        // Waiting for what comes too late helps nobody.
        if (clock.now() + delay >= deadline) throw error;
        await sleep(delay, clock, signal);
      }
    }
  }

  async #attempt(
    keys: readonly SegmentKey[],
    deadline: number,
    signal: AbortSignal,
  ): Promise<readonly LookupResult[]> {
    const { url, clock, fetch } = this.#options;
    const ending = new AbortController();
    const end = (): void => ending.abort(signal.reason);
    signal.addEventListener('abort', end);
    const cancel = clock.after(deadline - clock.now(), () => ending.abort(timedOut()));
    try {
      const headers = await Promise.race([this.#headers(), ended(ending.signal)]);
      if (headers === null) throw timedOut();
      const body = JSON.stringify({ query: LOOK_UP_NAMES, variables: { keys } });
      // Following a redirect would carry the key to another place.
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: ending.signal,
      });
      return resultsIn(response, await response.text(), keys.length);
    } catch (error) {
      if (ending.signal.aborted) throw ending.signal.reason;
      throw error instanceof NamesError ? error : unreachable(error);
    } finally {
      cancel();
      signal.removeEventListener('abort', end);
    }
  }

  async #headers(): Promise<Headers> {
    const { key, token } = this.#options;
    const headers = new Headers({
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    });
    if (key !== undefined) headers.set('x-api-key', key);
    if (token === undefined) return headers;
    try {
      headers.set('authorization', `Bearer ${await token()}`);
      return headers;
    } catch {
      // What was thrown may contain the token.
      throw new NamesError('UNAUTHENTICATED', 'The token could not be had, or is not one.');
    }
  }

  #delay({ retryAfterMs }: NamesError, attempt: number): number {
    const spread = this.#options.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
    const asked = retryAfterMs ?? 0;
    // Many clients are told to wait for the same time, or not to wait at all.
    return Math.max(spread, asked + Math.min(spread, asked / 4));
  }
}

/** Checks that a key can be sent. What the platform throws for one that cannot would contain it. */
export function checkKey(key: string): void {
  try {
    new Headers({ 'x-api-key': key });
  } catch {
    throw new TypeError('key: has characters that no header may have; is there a line break in it?');
  }
}

function mayRepeat({ code, status }: NamesError): boolean {
  return code === 'UNREACHABLE' || TRY_AGAIN.has(status);
}

/** The code of the connection's error, such as ECONNREFUSED, is all that is certain to hold no secret. */
function unreachable(error: unknown): NamesError {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
  // Browsers say nothing at all, so that a page cannot find out what there is in a network.
  const why =
    typeof cause?.code === 'string' ? ` (${cause.code}).` : '. In a page: is its origin in listen.cors?';
  return new NamesError('UNREACHABLE', `The gateway cannot be reached${why}`);
}

/** The error of a lookup that took longer than `timeout`. */
export function timedOut(): NamesError {
  return new NamesError('TIMEOUT', 'The gateway has not answered in time.');
}

async function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => (cancel = clock.after(ms, resolve)));
  await Promise.race([over, ended(signal)]);
  cancel();
  signal.throwIfAborted();
}

/** Resolves when a signal ends, for waiting for what does not know the signal. */
function ended(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
