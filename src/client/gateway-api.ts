import { NamesError } from './errors.js';
import type { LookUpNamesQuery, SegmentKey } from './generated/operations.js';
import { LOOK_UP_NAMES } from './operation.js';
import type { ClientOptions, Clock } from './types.js';

/** What the gateway found out about a key. */
export type LookupResult = NonNullable<LookUpNamesQuery['lookupSegments']>[number];

/** The wait before the first repetition, in milliseconds; each further one may take twice as long. */
const FIRST_DELAY = 200;
const LONGEST_DELAY = 5_000;

/** Status of a gateway that has no time now. 408 is of a request that arrived too slowly. */
const TRY_AGAIN: ReadonlySet<number | null> = new Set([408, 429, 503]);

/** Status that a proxy answers instead of a gateway. */
const NO_GATEWAY: ReadonlySet<number> = new Set([502, 504]);

/** What {@link GatewayApi} needs. */
export type ApiOptions = Pick<ClientOptions, 'key' | 'token'> &
  Required<Pick<ClientOptions, 'url' | 'timeout' | 'retries' | 'fetch' | 'random'>> & {
    readonly clock: Clock;
  };

/** Sends lookups to the gateway, and repeats what may succeed then. */
export class GatewayApi {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /**
   * One result for each key, in their order.
   *
   * @throws NamesError
   * @throws the reason of `signal`, if that ends the request
   */
  async lookUp(keys: readonly SegmentKey[], signal: AbortSignal): Promise<readonly LookupResult[]> {
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
      // A redirect would carry the key to another place.
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'error',
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
    // Many clients are told to wait for the same time.
    return retryAfterMs === null ? spread : retryAfterMs + Math.min(spread, retryAfterMs / 4);
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

function resultsIn(response: Response, text: string, count: number): readonly LookupResult[] {
  const { status } = response;
  const { data, errors } = parsed(text);
  const results = data?.lookupSegments;
  if (Array.isArray(results) && results.length === count) return results;
  const [error] = errors ?? [];
  const code = error?.extensions?.code ?? codeOf(status);
  const message = error?.message ?? `The response has status ${status} and no names.`;
  throw new NamesError(code, message, { status, retryAfterMs: retryAfterOf(response) });
}

/** The parts of a response that the client reads, as far as they are there. */
interface Answer {
  readonly data?: LookUpNamesQuery | null;
  readonly errors?: readonly {
    readonly message?: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

function parsed(text: string): Answer {
  try {
    const answer = JSON.parse(text) as unknown;
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** The code of a response that has none: it is from a proxy, or from something else. */
function codeOf(status: number): string {
  if (NO_GATEWAY.has(status)) return 'UNREACHABLE';
  if (TRY_AGAIN.has(status)) return 'RATE_LIMITED';
  return status === 401 ? 'UNAUTHENTICATED' : status === 403 ? 'FORBIDDEN' : 'BAD_RESPONSE';
}

function mayRepeat({ code, status }: NamesError): boolean {
  return code === 'UNREACHABLE' || TRY_AGAIN.has(status);
}

/** The header holds seconds, or a date. */
function retryAfterOf(response: Response): number | null {
  const value = response.headers.get('retry-after') ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const ms = Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}

/** The code of the connection's error, such as ECONNREFUSED, is all that is certain to hold no secret. */
function unreachable(error: unknown): NamesError {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
  const why = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
  return new NamesError('UNREACHABLE', `The gateway cannot be reached${why}.`);
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
