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
import { AudienceManagerError } from './errors.js';
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
export type Endpoint = 'token' | 'destination' | 'mappings';

export interface HttpOptions {
  /** Time limit of one attempt, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Number of attempts after the first one. */
  readonly retries: number;
  /** Maximum number of attempts in flight. */
  readonly concurrency: number;
  /** Maximum size of a decompressed response, in bytes. Default: 64 MiB. */
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

type CircuitResult<TBody = unknown> = AttemptResult<TBody> | { readonly kind: 'circuit_open' };

type SendOnce<TBody> = (limits: SendLimits) => Promise<SendResult<TBody>>;

/**
 * HTTP calls to Audience Manager: a time limit per attempt, retries with full jitter that respect Retry-After, a
 * circuit breaker per host, limited concurrency and limited response size.
 */
export class Http {
  readonly #options: HttpOptions;
  readonly #sender: Sender;
  readonly #random: () => number;
  readonly #bulkhead: BulkheadPolicy;
  readonly #circuits = new Map<string, CircuitBreakerPolicy>();
  readonly #closing = new AbortController();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const { concurrency } = options;
    this.#sender = options.sender ?? openSender({ outbound: DIRECT, connections: concurrency });
    this.#bulkhead = bulkhead(concurrency, Number.POSITIVE_INFINITY);
  }

  /**
   * Sends a request and repeats it after temporary failures.
   *
   * @returns a response of status 2xx or 4xx, except 429. The caller handles the 4xx.
   * @throws AudienceManagerError AAM_UNAVAILABLE, AAM_RATE_LIMITED or AAM_BAD_RESPONSE
   */
  async request(endpoint: Endpoint, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    return await this.#request(endpoint, request.url, (limits) => this.#sender.send(request, limits), signal);
  }

  /**
   * Sends a request to the mappings endpoint as `request` does. The body is parsed by the sender.
   *
   * @throws AudienceManagerError as `request`
   */
  async requestPage(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse<PageBody>> {
    return await this.#request(
      'mappings',
      request.url,
      (limits) => this.#sender.fetchPage(request, limits),
      signal,
    );
  }

  async #request<TBody>(
    endpoint: Endpoint,
    url: string,
    send: SendOnce<TBody>,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse<TBody>> {
    const stop =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    for (let retry = 0; ; retry++) {
      const result = await this.#attempt(endpoint, url, send, stop);
      if (result.kind === 'response' && isFinal(result.response.status)) return result.response;
      const retryAfterMs = this.#retryAfter(result);
      const waitMs = Math.max(this.#backoff(retry), retryAfterMs ?? 0);
      if (!isRetried(result) || retry >= this.#options.retries || waitMs > MAX_RETRY_AFTER_MS) {
        throw this.#failure(result, retry + 1, retryAfterMs);
      }
      this.#options.logger.debug(
        { endpoint, outcome: outcomeOf(result), attempt: retry + 1, waitMs: Math.round(waitMs) },
        'retrying a call to Audience Manager',
      );
      try {
        await sleep(this.#options.clock, waitMs, stop);
      } catch {
        throw this.#failure({ kind: 'aborted' }, retry + 1, undefined);
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
    url: string,
    send: SendOnce<TBody>,
    signal: AbortSignal,
  ): Promise<CircuitResult<TBody>> {
    const { clock, metrics, requestTimeoutMs, maxResponseBytes = MAX_RESPONSE_BYTES } = this.#options;
    const options = { send, clock, timeoutMs: requestTimeoutMs, maxBytes: maxResponseBytes };
    const circuit = this.#circuit(new URL(url).host);
    const result = await this.#bulkhead.execute(async (): Promise<CircuitResult<TBody>> => {
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
    });
    metrics.upstreamRequests.inc({ endpoint, outcome: outcomeOf(result) });
    return result;
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

  #failure(result: CircuitResult, attempts: number, retryAfterMs: number | undefined): AudienceManagerError {
    const times = attempts === 1 ? '' : ` (${attempts} attempts)`;
    const unavailable = (message: string): AudienceManagerError =>
      new AudienceManagerError('AAM_UNAVAILABLE', message, { retryAfterMs });
    const badResponse = (message: string): AudienceManagerError =>
      new AudienceManagerError('AAM_BAD_RESPONSE', message);
    switch (result.kind) {
      case 'timeout':
        return unavailable(
          `Audience Manager did not answer within ${this.#options.requestTimeoutMs} ms${times}.`,
        );
      case 'network':
        return unavailable(`Audience Manager could not be reached: ${result.reason}${times}.`);
      case 'circuit_open':
        return unavailable('Audience Manager has not answered for a while; it is asked again shortly.');
      case 'aborted':
        return unavailable('The call to Audience Manager was cancelled.');
      case 'too_large':
        return badResponse('Audience Manager sent an answer that is larger than the gateway accepts.');
      case 'undecodable':
        return badResponse('Audience Manager sent a compressed answer that cannot be decompressed.');
      case 'response': {
        const { status } = result.response;
        if (status === 429) {
          return new AudienceManagerError(
            'AAM_RATE_LIMITED',
            `Audience Manager limits the rate of calls${times}.`,
            { retryAfterMs },
          );
        }
        if (status >= 500) return unavailable(`Audience Manager answered with status ${status}${times}.`);
        return badResponse(`Audience Manager answered with an unexpected status ${status}.`);
      }
    }
  }
}

/** 2xx and 4xx (except 429) are returned to the caller. 3xx is not followed; everything else is a failure. */
function isFinal(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 500 && status !== 429);
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
