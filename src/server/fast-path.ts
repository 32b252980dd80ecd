import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.js';
import type { Config } from '../config/index.js';
import type { Directory } from '../directory/index.js';
import {
  Deadline,
  DestinationLoader,
  recordRequest,
  type Caller,
  type FastResponder,
  type FastResponse,
  type OperationRecord,
} from '../graphql/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Tracing } from '../telemetry/tracing.js';
import type { Authenticator } from './access/authenticator.js';
import { isForeignHost } from './access/guard.js';
import type { RateLimiter } from './access/rate-limiter.js';
import { BodySlices, LONGEST_WHOLE_BODY } from './http/body-slices.js';
import type { Compressor } from './http/compressor.js';
import { codingFor, type Coding } from './http/content-coding.js';
import { countHosts, tooManyLargeAnswers, tooManyWaiting } from './http/errors.js';
import { isLongRequest, type FairTurns } from './http/fair-turns.js';
import { LearnedHeaders, type FlatHeaders, type ResponseHeaders } from './http/learned-headers.js';
import type { Handler } from './http/one-at-a-time.js';
import { requestIdOf, requestLine } from './http/request-log.js';
import { traceFastRequest } from './http/request-traces.js';
import type { Stopping } from './http/stopping.js';
import { takerOf } from './http/taker.js';
import type { UnsentAnswers } from './http/unsent-answers.js';

/** What the fast path works with: the same parts as the full path. */
export interface FastPathOptions {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly access: Authenticator;
  readonly responder: FastResponder;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly rates: RateLimiter;
  readonly answers: UnsentAnswers;
  readonly compressor: Compressor;
  readonly turns: FairTurns;
  readonly stopping: Stopping;
  /** Whether the process takes requests and is not overloaded. */
  readonly isReady: () => boolean;
}

/** A request that the fast path may answer, while its body is read. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Length of the request's body, in bytes. */
  readonly length: number;
  readonly caller: Caller;
  /** Headers for the response. */
  readonly headers: FlatHeaders;
  /** When the request arrived, by `performance.now()`. */
  readonly started: number;
  readonly fullPath: Handler;
}

/** How long the fast path waits for a body that arrives in several pieces, in milliseconds. */
const BODY_TIMEOUT_MS = 50;

/** Maximum length of a body that the fast path reads, in bytes. Parsing longer ones twice would take too long. */
const MAX_BODY_BYTES = 256 * 1024;

/** A Host header with a plain name or address, with or without a port. */
const PLAIN_HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/**
 * Answers common GraphQL requests without Fastify and Apollo Server. A request takes this path only if it is a plain POST
 * to /graphql, its caller is known at once (by an API key, or without access control) and FastResponder has a response for it; everything else is passed on
 * unchanged to the full path.
 *
 * Fastify hooks and Apollo plugins do not run here. test/server/fast-path-hooks.test.ts declares for each of them that
 * this class does the same work, or why the fast path does not need it; a new hook or plugin makes that test fail.
 */
export class FastPath {
  readonly #options: FastPathOptions;
  readonly #headers = new LearnedHeaders();
  /** Bodies of requests that were read here before they were passed on. */
  readonly #bodies = new WeakMap<IncomingMessage, Buffer>();
  /** When requests have to be answered that have taken their turn here before they were passed on. */
  readonly #deadlines = new WeakMap<IncomingMessage, Deadline>();
  /** Functions that start the timeout of requests whose bodies have not arrived yet. */
  readonly #timeoutStarters = new Set<() => void>();

  constructor(options: FastPathOptions) {
    this.#options = options;
  }

  /**
   * Puts the fast path in front of the full path.
   *
   * @returns the request handler for the HTTP server
   */
  inFrontOf(fullPath: Handler): Handler {
    const { access } = this.#options;
    const read = (exchange: Exchange): void => this.#read(exchange);
    return (request, response) => {
      const headers = this.#headers.of(request);
      const caller =
        headers !== undefined && this.#isSupported(request) ? access.authenticateSync(request.headers) : null;
      if (headers === undefined || caller === null) {
        fullPath(request, response);
        return;
      }
      const length = Number(request.headers['content-length']);
      const started = performance.now();
      // The body usually arrives together with the headers. Node.js has read it when the current tick ends.
      process.nextTick(read, { request, response, length, caller, headers, started, fullPath });
    };
  }

  /** Gives Fastify the bodies of requests that were read here before they were passed on. */
  provideBodies(server: FastifyInstance): void {
    server.addHook('preParsing', (request, _reply, payload, done) => {
      const body = this.bodyOf(request.raw);
      done(null, body === undefined ? payload : Readable.from([body]));
    });
  }

  /** The body of a request that was read here before it was passed on. */
  bodyOf(request: IncomingMessage): Buffer | undefined {
    return this.#bodies.get(request);
  }

  /** Forgets the body of a request that waits for its turn with what was parsed of it. */
  forgetBody(request: IncomingMessage): void {
    this.#bodies.delete(request);
  }

  /** When a request has to be answered that has taken its turn here before it was passed on. */
  deadlineOf(request: IncomingMessage): Deadline | undefined {
    return this.#deadlines.get(request);
  }

  /** Learns the headers of a successful response of the full path, after the response was sent. */
  learnHeaders(request: IncomingMessage, headersOf: () => ResponseHeaders): void {
    this.#headers.learn(request, headersOf);
  }

  /** Whether the request is plain enough for the fast path. */
  #isSupported(request: IncomingMessage): boolean {
    const { access, config, isReady } = this.#options;
    const { headers } = request;
    if (request.method !== 'POST' || request.url !== '/graphql' || !isReady()) return false;
    const length = Number(headers['content-length'] ?? Number.NaN);
    const isPlain =
      length > 0 &&
      length <= Math.min(config.limits.bodyBytes, MAX_BODY_BYTES) &&
      headers['content-encoding'] === undefined &&
      headers.expect === undefined &&
      isJson(headers['content-type']) &&
      PLAIN_HOST.test(headers.host ?? '') &&
      countHosts(request) === 1 &&
      !request.destroyed;
    // Without access control, requests are limited by address. Behind a proxy, only the full path finds out the address.
    return (
      isPlain &&
      (!access.isOpen ||
        (config.listen.trustProxy.length === 0 && !isForeignHost(config.listen.host, hostOf(request))))
    );
  }

  #read(exchange: Exchange): void {
    const { request } = exchange;
    const body = request.read(exchange.length) as Buffer | null;
    if (body === null) this.#waitForBody(exchange);
    else this.#take(exchange, body);
  }

  #take(exchange: Exchange, body: Buffer): void {
    const { request, response, caller, fullPath } = exchange;
    if (body.length !== exchange.length) {
      // The connection ended before the whole body arrived. The full path reports that.
      request.unshift(body);
      fullPath(request, response);
      return;
    }
    // Before any work, so that a caller above its limit causes none, and takes no room of those that wait.
    const waitMs = this.#options.rates.countOnce(request, caller, addressOf(request));
    if (waitMs !== 0) this.#passOn(exchange, body);
    // Short ones are answered within microseconds.
    else if (!isLongRequest(body.length)) this.#respond(exchange, body);
    else this.#takeTurn(exchange, body);
  }

  #takeTurn(exchange: Exchange, body: Buffer): void {
    const { answers, clock, config, turns } = this.#options;
    const { request, caller } = exchange;
    const deadline = new Deadline(clock, config.limits.requestTimeoutMs);
    turns.wait({
      taker: takerOf(caller, addressOf(request)),
      bytes: body.length,
      begin: () => {
        if (deadline.leftMs === 0) this.#refuseTurn(exchange);
        else if (answers.isFull) this.#refuse(exchange);
        else {
          this.#deadlines.set(request, deadline);
          this.#respond(exchange, body);
        }
      },
      // Bound, because an arrow function would hold the body.
      refuse: this.#refuseTurn.bind(this, exchange),
    });
  }

  /** Rejects a request that has waited in vain. */
  #refuseTurn(exchange: Exchange): void {
    // The full path says that the gateway is being stopped.
    if (!this.#options.stopping.answers) exchange.fullPath(exchange.request, exchange.response);
    else this.#refuse(exchange, tooManyWaiting());
  }

  #passOn({ request, response, fullPath }: Exchange, body: Buffer): void {
    this.#bodies.set(request, body);
    fullPath(request, response);
  }

  #waitForBody(exchange: Exchange): void {
    const { request, response, length, fullPath } = exchange;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(timer);
      request.off('readable', onReadable);
      this.#timeoutStarters.delete(startTimeout);
    };
    const onReadable = (): void => {
      const body = request.read(length) as Buffer | null;
      if (body === null) return;
      stop();
      this.#take(exchange, body);
    };
    const startTimeout = (): void => {
      timer = setTimeout(() => {
        stop();
        fullPath(request, response);
      }, BODY_TIMEOUT_MS);
    };
    request.on('readable', onReadable);
    // Often the rest arrives in the current turn of the event loop. Then no timer is needed.
    if (this.#timeoutStarters.size === 0) setImmediate(() => this.#startTimeouts());
    this.#timeoutStarters.add(startTimeout);
  }

  #startTimeouts(): void {
    for (const startTimeout of this.#timeoutStarters) startTimeout();
    this.#timeoutStarters.clear();
  }

  #respond(exchange: Exchange, body: Buffer): void {
    const { clock, config, directory, logger, metrics, responder } = this.#options;
    const { request, caller } = exchange;
    // The client has disconnected: nobody waits for the response.
    if (request.socket.destroyed) return;
    const createLoader = (): DestinationLoader => {
      const deadline = this.deadlineOf(request) ?? new Deadline(clock, config.limits.requestTimeoutMs);
      return new DestinationLoader(directory, caller, metrics, deadline);
    };
    let fast: FastResponse | null = null;
    try {
      fast = responder.respond(body, caller, createLoader);
    } catch (error) {
      // The full path answers the request all the same.
      logger.error(
        { err: error },
        'internal error: a bug in the gateway; please report it with this log entry',
      );
    }
    if (fast === null) this.#passOn(exchange, body);
    else this.#send(exchange, fast);
  }

  #send(exchange: Exchange, fast: FastResponse): void {
    const { compressor, responder } = this.#options;
    const { request, response, caller } = exchange;
    const coding = codingFor(request.headers['accept-encoding'], fast.bytes);
    if (coding === null) {
      this.#write(exchange, fast, fast.body, null);
      return;
    }
    const kept = fast.kind === 'repeated' ? fast.compressed.get(coding) : undefined;
    const compressed =
      kept ?? compressor.compress({ response, lane: takerOf(caller, addressOf(request)).id }, fast, coding);
    const write = (body: Buffer): void => {
      // The client has disconnected meanwhile.
      if (request.socket.destroyed) return;
      if (kept === undefined) responder.keepCompressed(fast, coding, body);
      this.#write(exchange, fast, body, coding);
    };
    if (compressed === null) this.#write(exchange, fast, fast.body, null);
    else if (Buffer.isBuffer(compressed)) write(compressed);
    else compressed.then(write).catch((error: unknown) => this.#giveUp(exchange, error));
  }

  /** Writes a response. @param coding the content coding of `body` */
  #write(exchange: Exchange, fast: FastResponse, body: string | Buffer, coding: Coding | null): void {
    const { answers, responder, stopping } = this.#options;
    const { request, response } = exchange;
    const bytes = body === fast.body ? fast.bytes : body.length;
    const isLong = bytes > LONGEST_WHOLE_BODY;
    if (isLong && !answers.hold(response, body, bytes)) {
      this.#refuse(exchange);
      return;
    }
    const requestId = requestIdOf(request.headers);
    const headers = [...exchange.headers, 'x-request-id', requestId, 'content-length', String(bytes)];
    if (coding !== null) headers.push('content-encoding', coding);
    stopping.closeAfter(response);
    if (isLong) {
      response.writeHead(200, headers);
      new BodySlices(body).pipe(response);
    } else {
      writeWhole(response, 200, headers, body, bytes);
      if (response.writableLength > 0) answers.watch(response);
    }
    responder.countServed(fast);
    this.#record(exchange, 200, requestId, { operation: fast.operation, outcome: 'ok', codes: [] });
  }

  /** Ends a request whose response could not be compressed, usually because the client has left. */
  #giveUp({ response }: Exchange, error: unknown): void {
    if (!response.destroyed) this.#options.logger.error({ err: error }, 'an answer could not be compressed');
    response.destroy();
  }

  /** Rejects a request while too many large answers are being sent, or too many requests wait. */
  #refuse(exchange: Exchange, { retryAfter, error } = tooManyLargeAnswers()): void {
    if (exchange.request.socket.destroyed) return;
    const text = JSON.stringify(error);
    const bytes = Buffer.byteLength(text);
    const requestId = requestIdOf(exchange.request.headers);
    const own = ['x-request-id', requestId, 'retry-after', retryAfter, 'content-length', String(bytes)];
    this.#options.stopping.closeAfter(exchange.response);
    writeWhole(exchange.response, 503, [...exchange.headers, ...own], text, bytes);
    this.#options.metrics.rejections.inc({ reason: 'overloaded' });
    const codes = error.errors.map(({ extensions }) => extensions.code);
    this.#record(exchange, 503, requestId, { operation: null, outcome: 'error', codes });
  }

  #record(
    { request, caller, started }: Exchange,
    status: number,
    requestId: string,
    record: OperationRecord,
  ): void {
    const { logger, metrics, tracing } = this.#options;
    const milliseconds = performance.now() - started;
    recordRequest(metrics, record, caller, milliseconds / 1000);
    const line = requestLine({
      requestId,
      method: 'POST',
      path: '/graphql',
      record,
      caller: caller.id,
      status,
      milliseconds,
    });
    const trace = traceFastRequest(
      tracing,
      { headers: request.headers, started, caller: caller.id },
      status,
      record,
    );
    if (trace === null) logger.info(line, 'request');
    else tracing.within(trace, () => logger.info(line, 'request'));
  }
}

/** Sends a short response. */
function writeWhole(
  response: ServerResponse,
  status: number,
  headers: string[],
  body: string | Buffer,
  bytes: number,
): void {
  response.writeHead(status, headers);
  // Corked, headers and body go to the socket as one text. `end(body)` would send three pieces.
  response.cork();
  response.write(body, typeof body === 'string' && bytes === body.length ? 'latin1' : 'utf8');
  response.uncork();
  response.end();
}

function isJson(type: string | undefined): boolean {
  return type === 'application/json' || type === 'application/json; charset=utf-8';
}

function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '');
}
