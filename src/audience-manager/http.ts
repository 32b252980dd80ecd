import { setMaxListeners } from 'node:events';
import { momentOf, sleep, type Clock, type Moment } from '../base/clock.js';
import type { OutboundConfig } from '../config/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { attempt } from './attempt.js';
import type { ByteBudget } from './byte-budget.js';
import { callCancelled, callFailure, type CallResult } from './call-failure.js';
import { isFinal, isLimited, isRetried, outcomeOf, redirectOf, verdictOf } from './call-outcome.js';
import { CallQueue, type CallTurns, type ListingRoom } from './call-queue.js';
import { PATIENCE_MS, loggedHost, type Host } from './host.js';
import { MAX_PAUSE_MS } from './pace.js';
import { RefreshPriority, type Priority } from './priority.js';
import { parseRetryAfter } from './retry-after.js';
import {
  openSender,
  type HttpRequest,
  type HttpResponse,
  type PageBody,
  type SendLimits,
  type SendResult,
  type Sender,
} from './sender.js';

export type { HttpRequest, HttpResponse } from './sender.js';

/** The purpose of a request. Used as a label of metrics and logs. */
export type Endpoint = 'token' | 'user' | 'destination' | 'destinations' | 'mappings' | 'outbound_history';

export interface HttpOptions {
  /** Time limit of one attempt, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Number of attempts after the first one. Those that were answered with 429 do not count. */
  readonly retries: number;
  /** Maximum number of attempts in flight. */
  readonly concurrency: number;
  /**
   * For how long a host may answer all calls with 429 before they fail with AAM_RATE_LIMITED, in milliseconds. Default: 2
   * minutes.
   */
  readonly patienceMs?: number;
  /** Maximum number of attempts to one host that begin within any second; 0: any number. Default: 0. */
  readonly callsPerSecond?: number;
  /** Maximum size of a decompressed response, in bytes. Default: 64 MiB. Single objects: 1 MiB at most. */
  readonly maxResponseBytes?: number;
  readonly clock: Clock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive), for jitter. */
  readonly random?: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Closed together with this object. Default: a keep-alive pool that connects directly. */
  readonly sender?: Sender;
  /** Decides when calls are made. Default: this process alone, within the limits above. */
  readonly turns?: CallTurns;
}

const DIRECT: OutboundConfig = { ca: null, proxy: null, noProxy: [] };

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** The same for single objects, such as a token: they are parsed on the answering thread. */
const MAX_OBJECT_BYTES = 1024 * 1024;

/**
 * The same for lists: of destinations, of which an account has 1,000 at most, and of what was sent to one, which is about
 * 300 bytes a file.
 */
const MAX_LIST_BYTES = 4 * MAX_OBJECT_BYTES;

const LISTS: ReadonlySet<Endpoint> = new Set(['destinations', 'outbound_history']);

/**
 * Full jitter over 250 ms, 500 ms, 1 s …, at most 5 s. With the default 3 retries, a call whose attempts all
 * fail at once waits 0.9 s on average and 1.75 s at most, well below the default coldTimeout of 10 s.
 */
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;

/** With a longer Retry-After the call fails at once; the caller waits before the next call. */
const MAX_RETRY_AFTER_MS = MAX_PAUSE_MS;

/** So often a call waits after a 429, if its host accepts other calls: its account may have a limit of its own. */
const MAX_REFUSALS = 20;

/** How a call is made. */
export interface CallOptions {
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** For whom it is made. Default: `lookup`. */
  readonly priority?: Priority | RefreshPriority | undefined;
}

/** How a page of mappings is asked for. */
export interface PageCallOptions extends CallOptions {
  /** What the whole listing may take. */
  readonly budget: ByteBudget;
  /** For the first page: the room that the listing needs. */
  readonly room?: ListingRoom | undefined;
}

/** The response to a call. */
export interface CallResponse<TBody = HttpResponse['body']> extends HttpResponse<TBody> {
  /** When the attempt began that it answers. The call itself may have waited for its turn long before. */
  readonly askedAt: Moment;
}

type SendOnce<TBody> = (request: HttpRequest, limits: SendLimits) => Promise<SendResult<TBody>>;

/** A call with everything that its attempts need. */
interface Call<TBody> {
  readonly endpoint: Endpoint;
  readonly request: HttpRequest;
  readonly send: SendOnce<TBody>;
  readonly priority: RefreshPriority;
  readonly room: ListingRoom | undefined;
  readonly signal: AbortSignal;
}

/** One attempt of a call. */
interface Attempted<TBody> {
  readonly result: CallResult<TBody>;
  /** When it began, or when it was given up, if it never began. */
  readonly askedAt: Moment;
}

/**
 * HTTP calls to Audience Manager: a time limit per attempt, retries with full jitter that respect Retry-After, a queue by
 * priority, a circuit breaker and a pace per host, limited concurrency and limited response size.
 */
export class Http {
  readonly #options: HttpOptions;
  readonly #sender: Sender;
  readonly #random: () => number;
  readonly #queue: CallTurns;
  readonly #closing = new AbortController();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const { concurrency, clock, metrics } = options;
    this.#sender = options.sender ?? openSender({ outbound: DIRECT, connections: concurrency });
    this.#queue =
      options.turns ?? new CallQueue({ concurrency, clock, createHost: (host) => this.#createHost(host) });
    // Calls without a signal of their own listen to it while they wait. Node.js warns of more than ten.
    setMaxListeners(0, this.#closing.signal);
    metrics.observeUpstreamQueue(() => this.#queue.waiting);
  }

  /**
   * Sends a request and repeats it after temporary failures. A redirect to the same path with or without a slash at the
   * end is followed once, others are not.
   *
   * @returns a response of status 2xx or 4xx, except 429. The caller handles the 4xx.
   * @throws AudienceManagerError AAM_UNAVAILABLE, AAM_RATE_LIMITED or AAM_BAD_RESPONSE
   */
  async request(endpoint: Endpoint, request: HttpRequest, options: CallOptions = {}): Promise<CallResponse> {
    const maxBytes = LISTS.has(endpoint) ? MAX_LIST_BYTES : MAX_OBJECT_BYTES;
    const send: SendOnce<HttpResponse['body']> = (current, limits) =>
      this.#sender.send(current, { ...limits, maxBytes: Math.min(limits.maxBytes, maxBytes) });
    return await this.#request({ endpoint, request, send, room: undefined, ...this.#callOf(options) });
  }

  /**
   * Sends a request to the mappings endpoint as `request` does. The body is parsed by the sender.
   *
   * @throws AudienceManagerError as `request`
   */
  async requestPage(request: HttpRequest, options: PageCallOptions): Promise<CallResponse<PageBody>> {
    const { budget, room } = options;
    const send: SendOnce<PageBody> = (current, limits) =>
      this.#sender.fetchPage(current, { ...limits, budget });
    return await this.#request({ endpoint: 'mappings', request, send, room, ...this.#callOf(options) });
  }

  /** Says that there may be room for listings that wait for it. */
  roomFreed(): void {
    this.#queue.wake();
  }

  #callOf({ signal, priority = 'lookup' }: CallOptions): Pick<Call<unknown>, 'signal' | 'priority'> {
    const closing = this.#closing.signal;
    return {
      signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
      priority: RefreshPriority.of(priority),
    };
  }

  async #request<TBody>(call: Call<TBody>): Promise<CallResponse<TBody>> {
    const { clock, logger, requestTimeoutMs, retries } = this.#options;
    const { endpoint, request, signal } = call;
    let current = call;
    let failures = 0;
    let refusals = 0;
    for (let attempts = 1; ; attempts++) {
      let attempted = await this.#attempt(current);
      const redirected = current.request === request ? redirectOf(request, attempted.result) : null;
      if (redirected !== null) {
        current = { ...current, request: redirected };
        attempted = await this.#attempt(current);
      }
      const { result, askedAt } = attempted;
      if (result.kind === 'response' && isFinal(result.response.status)) {
        const response = { ...result.response, askedAt };
        return current.request === request ? response : { ...response, redirected: true };
      }
      const retryAfterMs = this.#retryAfter(result);
      const failure = { attempts, requestTimeoutMs, retryAfterMs };
      if (isLimited(result)) {
        refusals += 1;
        const isTooLong = (retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS;
        if (isTooLong || refusals > MAX_REFUSALS) throw callFailure(result, failure);
        // The whole host is paused, so the next turn comes after the pause.
        continue;
      }
      failures += 1;
      const waitMs = Math.max(this.#backoff(failures), retryAfterMs ?? 0);
      if (!isRetried(result) || failures > retries || waitMs > MAX_RETRY_AFTER_MS) {
        throw callFailure(result, failure);
      }
      logger.debug(
        { endpoint, outcome: outcomeOf(result), attempt: attempts, waitMs: Math.round(waitMs) },
        'retrying a call to Audience Manager',
      );
      try {
        await sleep(clock, waitMs, signal);
      } catch {
        throw callCancelled();
      }
    }
  }

  /** Aborts calls in flight and closes all connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#sender.close();
  }

  /** Makes one attempt when it is its turn. */
  async #attempt<TBody>({ endpoint, request, send, ...call }: Call<TBody>): Promise<Attempted<TBody>> {
    const turn = await this.#queue.enter({ ...call, host: new URL(request.url).host });
    const askedAt = momentOf(this.#options.clock);
    const count = (result: CallResult): void =>
      this.#options.metrics.upstreamRequests.inc({
        customer: request.customer ?? '',
        endpoint,
        outcome: outcomeOf(result),
      });
    if (typeof turn === 'string') {
      count({ kind: turn });
      return { result: { kind: turn }, askedAt };
    }
    let result: CallResult<TBody>;
    try {
      result = await this.#send(endpoint, (limits) => send(request, limits), call.signal);
    } catch (error) {
      await turn.end({ answer: 'nothing', pace: 'unanswered' });
      throw error;
    }
    count(result);
    const retryAfterMs = this.#retryAfter(result);
    const refusal = await turn.end(verdictOf(result, retryAfterMs));
    // The host has refused everything for too long: the call fails with those that wait.
    return { result: refusal === 'rate_limited' ? { kind: refusal, retryAfterMs } : result, askedAt };
  }

  async #send<TBody>(
    endpoint: Endpoint,
    send: (limits: SendLimits) => Promise<SendResult<TBody>>,
    signal: AbortSignal,
  ): Promise<CallResult<TBody>> {
    const { clock, metrics, requestTimeoutMs, maxResponseBytes = MAX_RESPONSE_BYTES } = this.#options;
    const started = performance.now();
    const options = { send, clock, timeoutMs: requestTimeoutMs, maxBytes: maxResponseBytes };
    const result = await attempt(options, signal);
    if (result.kind !== 'aborted') {
      metrics.upstreamDuration.observe({ endpoint }, (performance.now() - started) / 1000);
    }
    return result;
  }

  #createHost(host: string): Host {
    const { callsPerSecond = 0, clock, logger, metrics, patienceMs = PATIENCE_MS } = this.#options;
    return loggedHost(host, {
      callsPerSecond,
      clock,
      random: this.#random,
      patienceMs,
      logger,
      onPause: (reason) => metrics.upstreamPauses.inc({ reason }),
    });
  }

  #backoff(failures: number): number {
    return this.#random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  }

  #retryAfter(result: CallResult): number | undefined {
    if (result.kind === 'rate_limited') return result.retryAfterMs;
    if (result.kind !== 'response') return undefined;
    const { 'retry-after': header } = result.response.headers;
    return parseRetryAfter(typeof header === 'string' ? header : null, this.#options.clock.now());
  }
}
