import type { LookupResult } from './answer.js';
import { NamesError } from './errors.js';
import { GatewayApi, checkKey, timedOut } from './gateway-api.js';
import type { SegmentKey } from './generated/operations.js';
import { Lookup, LookupQueue } from './lookup-queue.js';
import { NameCache } from './name-cache.js';
import { numbersOf } from './numbers.js';
import type { ClientOptions, Clock, Destination, Name, NamesClient, NamesOptions } from './types.js';

/**
 * Makes a client of a gateway.
 *
 * @throws TypeError for an address, a key or a number that cannot be used
 */
export function createClient(options: ClientOptions): NamesClient {
  return new CachingClient(options);
}

const CLOCK: Clock = {
  // Unlike the date, nobody sets it.
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

class CachingClient implements NamesClient {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #ttl: Readonly<Record<'found' | 'unknown' | 'failed', number>>;
  readonly #cache: NameCache;
  readonly #queue: LookupQueue;

  constructor(options: ClientOptions) {
    const { clock = CLOCK, random = Math.random } = options;
    const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const numbers = numbersOf(options);
    const { timeout, concurrency, maxIds, cacheSize, ttl, unknownTtl, failedTtl } = numbers;
    if (options.key !== undefined) checkKey(options.key);
    this.#clock = clock;
    this.#timeout = timeout;
    this.#ttl = { found: ttl, unknown: unknownTtl, failed: failedTtl };
    this.#cache = new NameCache(cacheSize);
    this.#queue = new LookupQueue({
      api: new GatewayApi({ ...options, ...numbers, url: addressOf(options.url), clock, fetch, random }),
      clock,
      concurrency,
      maxIds,
      settle: (lookup, outcome) => this.#settle(lookup, outcome),
      onError: options.onError ?? (() => undefined),
    });
  }

  async names(
    destination: Destination,
    ids: readonly string[],
    { signal }: NamesOptions = {},
  ): Promise<Name[]> {
    signal?.throwIfAborted();
    const now = this.#clock.now();
    const keys = ids.map((id) => keyOf(destination, id));
    const answers = keys.map((key) => {
      const id = JSON.stringify([key.customerId, key.destinationId, key.idType, key.segmentId]);
      return this.#cache.fresh(id, now) ?? this.#queue.join(id, key);
    });
    const lookups = answers.filter((answer) => answer instanceof Lookup);
    if (lookups.length > 0) await this.#waitFor(lookups, signal);
    return answers.map((answer) =>
      answer instanceof Lookup ? (answer.name ?? this.#settle(answer, timedOut())) : answer,
    );
  }

  /** Waits until all are settled, or until `timeout` is over. */
  async #waitFor(lookups: readonly Lookup[], signal: AbortSignal | undefined): Promise<void> {
    let cancel = (): void => undefined;
    let end = (): void => undefined;
    try {
      await new Promise<void>((resolve) => {
        end = resolve;
        cancel = this.#clock.after(this.#timeout, resolve);
        signal?.addEventListener('abort', end);
        void Promise.all(lookups.map(({ settled }) => settled)).then(() => resolve());
      });
    } finally {
      cancel();
      signal?.removeEventListener('abort', end);
      this.#queue.leave(lookups, signal?.aborted ? signal.reason : timedOut());
    }
    signal?.throwIfAborted();
  }

  #settle({ id, key }: Lookup, outcome: LookupResult | NamesError): Name {
    const answer = nameOf(key.segmentId, outcome);
    const known = this.#cache.any(id);
    // After another error, such as FORBIDDEN, the name may be none of the caller's business any more.
    const mayKeep = answer.lookup === 'UNCHECKED' || answer.error?.isTemporary === true;
    const name: Name = Object.freeze(
      mayKeep && known?.lookup === 'FOUND' ? { ...known, stale: true, error: answer.error } : answer,
    );
    this.#cache.set(id, name, this.#clock.now() + this.#ttlOf(answer));
    return name;
  }

  #ttlOf({ lookup, stale }: Name): number {
    if (lookup === 'FAILED') return this.#ttl.failed;
    return lookup === 'FOUND' && !stale ? this.#ttl.found : this.#ttl.unknown;
  }
}

function keyOf({ customerId, destinationId, idType }: Destination, segmentId: string): SegmentKey {
  if (typeof segmentId !== 'string')
    throw new TypeError('ids: pass IDs as strings, as they stand in your data');
  return {
    ...(customerId === undefined ? {} : { customerId }),
    destinationId,
    ...(idType === undefined ? {} : { idType }),
    segmentId,
  };
}

function nameOf(id: string, outcome: LookupResult | NamesError): Name {
  if (outcome instanceof NamesError) return { ...nothing(id), lookup: 'FAILED', error: outcome };
  const { status: lookup, segment, error } = outcome;
  return {
    ...nothing(id),
    lookup,
    ...segment,
    error: error === null ? null : new NamesError(error.code, error.message),
  };
}

function nothing(id: string) {
  return { id, label: id, name: null, description: null, status: null, asOf: null, stale: false };
}

/** An absolute address. One that is relative to the page stays as it is. */
function addressOf(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  try {
    const { protocol, username, password } = new URL(url, page);
    if (/^https?:$/.test(protocol) && username === '' && password === '') return url;
  } catch {
    // As below: what is thrown contains the address.
  }
  throw new TypeError('url: must be the http(s) address of a gateway, without user and password');
}
