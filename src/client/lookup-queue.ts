import type { LookupResult } from './answer.js';
import { NamesError } from './errors.js';
import type { GatewayApi } from './gateway-api.js';
import type { SegmentKey } from './generated/operations.js';
import type { Clock, Name } from './types.js';

/** Bytes of all keys in a request. The gateway takes 1 MiB, the operation included. */
const MAX_BYTES = 1_000_000;

/** A request that is under way. */
interface Request {
  readonly lookups: readonly Lookup[];
  readonly controller: AbortController;
}

/** An ID that is being looked up, for all calls that wait for it. */
export class Lookup {
  /** Identifies the ID and its destination. */
  readonly id: string;
  readonly key: SegmentKey;
  /** Number of calls that wait. */
  calls = 0;
  /** `null`: not sent yet. */
  request: Request | null = null;
  /** `null`: not known yet. */
  name: Name | null = null;
  readonly settled: Promise<void>;
  #resolve: () => void = () => undefined;

  constructor(id: string, key: SegmentKey) {
    this.id = id;
    this.key = key;
    this.settled = new Promise((resolve) => (this.#resolve = resolve));
  }

  settle(name: Name): void {
    this.name = name;
    this.#resolve();
  }
}

/** What {@link LookupQueue} needs. */
export interface QueueOptions {
  readonly api: GatewayApi;
  readonly clock: Clock;
  /** Number of requests at the same time. */
  readonly concurrency: number;
  /** Number of IDs in a request. */
  readonly maxIds: number;
  /** Makes a name of a result or an error, and remembers it. */
  readonly settle: (lookup: Lookup, outcome: LookupResult | NamesError) => Name;
  readonly onError: (error: NamesError) => void;
}

/** Gathers what is asked for at the same moment, or while requests are under way, to few requests. */
export class LookupQueue {
  readonly #options: QueueOptions;
  /** All that are not settled, by `id`. */
  readonly #lookups = new Map<string, Lookup>();
  /** Those of them that are not sent yet, in order. */
  readonly #waiting = new Set<Lookup>();
  #requests = 0;
  #isScheduled = false;
  /** The failure that was told last. */
  #told: NamesError | null = null;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Looks up an ID, or joins a lookup of it that is under way. Pass what is returned to {@link leave} in the end. */
  join(id: string, key: SegmentKey): Lookup {
    const lookup = this.#lookups.get(id) ?? this.#add(new Lookup(id, key));
    lookup.calls += 1;
    return lookup;
  }

  /**
   * Ends the waiting of a call. What nobody waits for is not sent, and a request for such IDs alone is ended.
   *
   * @param reason why the call does not wait any longer, if it has to end a request; a `NamesError` is one of that request
   */
  leave(lookups: readonly Lookup[], reason: unknown): void {
    const requests = new Set<Request>();
    for (const lookup of lookups) {
      lookup.calls -= 1;
      if (lookup.name !== null) continue;
      if (lookup.request !== null) requests.add(lookup.request);
      else if (lookup.calls === 0) this.#forget(lookup);
    }
    for (const { lookups: asked, controller } of requests) {
      if (asked.some(({ calls }) => calls > 0)) continue;
      asked.forEach((lookup) => this.#forget(lookup));
      controller.abort(reason);
    }
  }

  #add(lookup: Lookup): Lookup {
    this.#lookups.set(lookup.id, lookup);
    this.#waiting.add(lookup);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      // Not a microtask: calls of handlers that run one after the other belong together, too.
      this.#options.clock.after(0, () => {
        this.#isScheduled = false;
        this.#sendWaiting();
      });
    }
    return lookup;
  }

  #forget(lookup: Lookup): void {
    this.#waiting.delete(lookup);
    if (this.#lookups.get(lookup.id) === lookup) this.#lookups.delete(lookup.id);
  }

  #sendWaiting(): void {
    while (this.#waiting.size > 0 && this.#requests < this.#options.concurrency) {
      void this.#send(this.#take());
    }
  }

  #take(): Lookup[] {
    const taken: Lookup[] = [];
    const encoder = new TextEncoder();
    let bytes = 0;
    for (const lookup of this.#waiting) {
      bytes += encoder.encode(`${JSON.stringify(lookup.key)},`).length;
      if (taken.length >= this.#options.maxIds || (taken.length > 0 && bytes > MAX_BYTES)) break;
      taken.push(lookup);
      this.#waiting.delete(lookup);
    }
    return taken;
  }

  async #send(lookups: readonly Lookup[]): Promise<void> {
    const request = { lookups, controller: new AbortController() };
    for (const lookup of lookups) lookup.request = request;
    this.#requests += 1;
    const outcomes = await this.#outcomes(request);
    this.#requests -= 1;
    lookups.forEach((lookup, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return;
      this.#forget(lookup);
      lookup.settle(this.#options.settle(lookup, outcome));
    });
    this.#sendWaiting();
  }

  /** The outcome of each lookup; none if nobody waits for them any more. */
  async #outcomes({
    lookups,
    controller: { signal },
  }: Request): Promise<readonly (LookupResult | NamesError)[]> {
    try {
      const keys = lookups.map(({ key }) => key);
      return await this.#options.api.lookUp(keys, signal);
    } catch (error) {
      if (signal.aborted && !(error instanceof NamesError)) return [];
      const failure =
        error instanceof NamesError ? error : new NamesError('BAD_RESPONSE', 'The request failed.');
      this.#tell(failure);
      return lookups.map(() => failure);
    }
  }

  /** What is thrown again, because nothing was sent, is told once. */
  #tell(failure: NamesError): void {
    if (failure === this.#told) return;
    this.#told = failure;
    // Apart, so that an error that is thrown there stops nothing here.
    queueMicrotask(() => this.#options.onError(failure));
  }
}
