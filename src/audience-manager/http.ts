import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  bulkhead,
  circuitBreaker,
  handleWhenResult,
  noJitterGenerator,
  type BulkheadPolicy,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { sleep, type Clock } from '../base/clock.js';
import type { OutboundConfig } from '../config/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { attempt, type AttemptResult } from './attempt.js';
import type { ByteBudget } from './byte-budget.js';
import { callCancelled, callFailure, type CircuitResult } from './call-failure.js';
import { Pacer } from './pace.js';
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
import { slashRedirect } from './slash-redirect.js';

export type { HttpRequest, HttpResponse } from './sender.js';

/** The purpose of a request. Used as a label of metrics and logs. */
export type Endpoint = 'token' | 'user' | 'destination' | 'mappings';

export interface HttpOptions {
  /** Time limit of one attempt, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Number of attempts after the first one. */
  readonly retries: number;
  /** Maximum number of attempts in flight. */
  readonly concurrency: number;
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
}

const DIRECT: OutboundConfig = { ca: null, proxy: null, noProxy: [] };

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** The same for single objects, such as a token: they are parsed on the answering thread. */
const MAX_OBJECT_BYTES = 1024 * 1024;

/**
 * Full jitter over 250 ms, 500 ms, 1 s …, at most 5 s. With the default 3 retries, a call whose attempts all
 * fail at once waits 0.9 s on average and 1.75 s at most, well below the default coldTimeout of 10 s.
 */
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;

/** With a longer Retry-After the call fails at once; the caller waits before the next call. */
const MAX_RETRY_AFTER_MS = 30_000;

/**
 * A call with the default 3 retries makes 4 attempts, so 10 consecutive failed attempts are about two and a half
 * failed calls. A success resets the count.
 */
const FAILURES_TO_OPEN = 10;
const FIRST_OPEN_MS = 1_000;
const MAX_OPEN_MS = 30_000;

const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Thrown to keep an attempt that its caller aborted from being counted by the circuit breaker. */
class GivenUp extends Error {}

type SendOnce<TBody> = (request: HttpRequest, limits: SendLimits) => Promise<SendResult<TBody>>;

/**
 * HTTP calls to Audience Manager: a time limit per attempt, retries with full jitter that respect Retry-After, a
 * circuit breaker and a pace per host, limited concurrency and limited response size.
 */
export class Http {
  readonly #options: HttpOptions;
  readonly #sender: Sender;
  readonly #random: () => number;
  readonly #bulkhead: BulkheadPolicy;
  readonly #pacer: Pacer;
  readonly #circuits = new Map<string, CircuitBreakerPolicy>();
  readonly #closing = new AbortController();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const { concurrency, callsPerSecond = 0, clock } = options;
    this.#sender = options.sender ?? openSender({ outbound: DIRECT, connections: concurrency });
    this.#bulkhead = bulkhead(concurrency, Number.POSITIVE_INFINITY);
    this.#pacer = new Pacer({ callsPerSecond, clock });
  }

  /**
   * Sends a request and repeats it after temporary failures. A redirect to the same path with or without a slash at the
   * end is followed once, others are not.
   *
   * @returns a response of status 2xx or 4xx, except 429. The caller handles the 4xx.
   * @throws AudienceManagerError AAM_UNAVAILABLE, AAM_RATE_LIMITED or AAM_BAD_RESPONSE
   */
  async request(endpoint: Endpoint, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    return await this.#request(
      endpoint,
      request,
      (current, limits) =>
        this.#sender.send(current, { ...limits, maxBytes: Math.min(limits.maxBytes, MAX_OBJECT_BYTES) }),
      signal,
    );
  }

  /**
   * Sends a request to the mappings endpoint as `request` does. The body is parsed by the sender.
   *
   * @param budget what the whole listing may take
   * @throws AudienceManagerError as `request`
   */
  async requestPage(
    request: HttpRequest,
    budget: ByteBudget,
    signal?: AbortSignal,
  ): Promise<HttpResponse<PageBody>> {
    return await this.#request(
      'mappings',
      request,
      (current, limits) => this.#sender.fetchPage(current, { ...limits, budget }),
      signal,
    );
  }

  async #request<TBody>(
    endpoint: Endpoint,
    request: HttpRequest,
    send: SendOnce<TBody>,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse<TBody>> {
    const { clock, logger, requestTimeoutMs, retries } = this.#options;
    const stop =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    let current = request;
    for (let retry = 0; ; retry++) {
      let result = await this.#attempt(endpoint, current, send, stop);
      const redirected = current === request ? redirectOf(request, result) : null;
      if (redirected !== null) {
        current = redirected;
        result = await this.#attempt(endpoint, current, send, stop);
      }
      if (result.kind === 'response' && isFinal(result.response.status)) {
        return current === request ? result.response : { ...result.response, redirected: true };
      }
      const retryAfterMs = this.#retryAfter(result);
      const waitMs = Math.max(this.#backoff(retry), retryAfterMs ?? 0);
      if (!isRetried(result) || retry >= retries || waitMs > MAX_RETRY_AFTER_MS) {
        throw callFailure(result, { attempts: retry + 1, requestTimeoutMs, retryAfterMs });
      }
      logger.debug(
        { endpoint, outcome: outcomeOf(result), attempt: retry + 1, waitMs: Math.round(waitMs) },
        'retrying a call to Audience Manager',
      );
      try {
        await sleep(clock, waitMs, stop);
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

  async #attempt<TBody>(
    endpoint: Endpoint,
    request: HttpRequest,
    send: SendOnce<TBody>,
    signal: AbortSignal,
  ): Promise<CircuitResult<TBody>> {
    const { host } = new URL(request.url);
    const circuit = this.#circuit(host);
    // While the circuit is open, no call is made that would have to be paced.
    const mayBegin = circuit.state === CircuitState.Open || (await this.#pacer.take(host, signal));
    const result: CircuitResult<TBody> = mayBegin
      ? await this.#bulkhead.execute(() =>
          this.#throughCircuit(endpoint, circuit, (limits) => send(request, limits), signal),
        )
      : { kind: 'aborted' };
    this.#options.metrics.upstreamRequests.inc({ endpoint, outcome: outcomeOf(result) });
    return result;
  }

  async #throughCircuit<TBody>(
    endpoint: Endpoint,
    circuit: CircuitBreakerPolicy,
    send: (limits: SendLimits) => Promise<SendResult<TBody>>,
    signal: AbortSignal,
  ): Promise<CircuitResult<TBody>> {
    const { clock, metrics, requestTimeoutMs, maxResponseBytes = MAX_RESPONSE_BYTES } = this.#options;
    const options = { send, clock, timeoutMs: requestTimeoutMs, maxBytes: maxResponseBytes };
    const started = performance.now();
    try {
      const value = await circuit.execute(async () => {
        const wasClosed = circuit.state === CircuitState.Closed;
        const value = await attempt(options, signal);
        // A returned value would reset the count of failures, although the host did not answer.
        if (value.kind === 'aborted' && wasClosed) throw new GivenUp();
        return value;
      });
      metrics.upstreamDuration.observe({ endpoint }, (performance.now() - started) / 1000);
      return value;
    } catch (error) {
      if (error instanceof BrokenCircuitError) return { kind: 'circuit_open' };
      if (error instanceof GivenUp) return { kind: 'aborted' };
      throw error;
    }
  }

  #circuit(host: string): CircuitBreakerPolicy {
    let circuit = this.#circuits.get(host);
    if (circuit === undefined) {
      circuit = circuitBreaker(
        handleWhenResult((result) => failsHost(result as AttemptResult)),
        {
          breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
          // No jitter, because it could make the first pauses almost zero. Only one call tries the host afterwards.
          halfOpenAfter: new ExponentialBackoff({
            generator: noJitterGenerator,
            initialDelay: FIRST_OPEN_MS,
            maxDelay: MAX_OPEN_MS,
          }),
        },
      );
      circuit.onBreak(() =>
        this.#options.logger.warn(
          { host },
          'Audience Manager does not answer: calls to this host are paused',
        ),
      );
      circuit.onReset(() => this.#options.logger.info({ host }, 'Audience Manager answers again'));
      this.#circuits.set(host, circuit);
    }
    return circuit;
  }

  #backoff(retry: number): number {
    return this.#random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** retry);
  }

  #retryAfter(result: CircuitResult): number | undefined {
    if (result.kind !== 'response') return undefined;
    const { 'retry-after': header } = result.response.headers;
    return parseRetryAfter(typeof header === 'string' ? header : null, this.#options.clock.now());
  }
}

/** 2xx and 4xx (except 429) are returned to the caller. Everything else is a failure. */
function isFinal(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 500 && status !== 429);
}

/** The request to repeat if the response redirects to the same path with or without a slash at the end. */
function redirectOf(request: HttpRequest, result: CircuitResult): HttpRequest | null {
  if (result.kind !== 'response') return null;
  const { status, headers } = result.response;
  return slashRedirect(request, status, headers['location']);
}

function isRetried(result: CircuitResult): boolean {
  if (result.kind === 'response') return RETRIED_STATUSES.has(result.response.status);
  return result.kind === 'timeout' || (result.kind === 'network' && !result.lasting);
}

/** An aborted attempt is counted only while the circuit is half-open: the trial call got no response. */
function failsHost(result: AttemptResult): boolean {
  if (result.kind === 'response') return result.response.status >= 500;
  return result.kind === 'timeout' || result.kind === 'network' || result.kind === 'aborted';
}

function outcomeOf(result: CircuitResult): string {
  return result.kind === 'response' ? String(result.response.status) : result.kind;
}
