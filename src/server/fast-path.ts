import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.js';
import type { Config } from '../config/index.js';
import type { Directory } from '../directory/index.js';
import {
  Deadline,
  DestinationLoader,
  recordRequest,
  type Caller,
  type OperationRecord,
  type QuickAnswer,
  type QuickAnswers,
} from '../graphql/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Authenticator } from './access/authenticator.js';
import { countHosts } from './http/errors.js';
import { isForeignHost } from './access/guard.js';
import type { RateLimiter } from './access/rate-limiter.js';
import { requestIdOf, requestLine } from './http/request-log.js';

export interface FastPathOptions {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly access: Authenticator;
  readonly quick: QuickAnswers;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly rates: RateLimiter;
  /** Whether the process takes requests and keeps up with them. */
  readonly isReady: () => boolean;
}

/** One request on its way through. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the body, in bytes. */
  readonly length: number;
  readonly caller: Caller;
  /** Of the answer. */
  readonly headers: readonly string[];
  readonly started: number;
  /** Leaves it to the web framework. */
  readonly handOn: () => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A body that comes in pieces is waited for this long, in milliseconds. */
const PIECES_MS = 50;

/** Longer bodies, which take long to look at, do not get looked at twice. */
const MAX_BYTES = 256 * 1024;

/** Kinds of requests, by their headers, whose answers' headers are known. */
const MAX_KINDS = 200;

/** A host name or address with or without a port, beyond doubt. */
const PLAIN_HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/**
 * The short way from a request to its answer: GraphQL by POST whose answer QuickAnswers has at hand does not go
 * through the web framework and Apollo Server. The same rules hold as there; whatever is the least out of the
 * ordinary is handed on to them, untouched. The headers of an answer are those that they gave to a request
 * like it before.
 */
export class FastPath {
  readonly #options: FastPathOptions;
  /** Headers of answers, by the request's headers on which they depend. */
  readonly #headers = new LRUCache<string, readonly string[]>({ max: MAX_KINDS });
  readonly #bodies = new WeakMap<IncomingMessage, Buffer>();
  /** Starts to wait, for those whose bodies are not there yet. */
  readonly #waiting = new Set<() => void>();

  constructor(options: FastPathOptions) {
    this.#options = options;
  }

  /** Puts itself in front of a web framework that is ready to listen. */
  install(server: FastifyInstance): void {
    const http = server.server;
    const [further] = http.listeners('request') as Handler[];
    if (further === undefined) throw new Error('there is nothing to hand requests on to');
    http.removeAllListeners('request');
    const { access } = this.#options;
    const read = (exchange: Exchange): void => this.#read(exchange);
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const handOn = (): void => further.call(http, request, response);
      const headers = this.#headers.get(kindOf(request));
      const caller =
        headers !== undefined && this.#isPlain(request) ? access.authenticateSync(request.headers) : null;
      if (headers === undefined || caller === null) handOn();
      else {
        const length = Number(request.headers['content-length']);
        const exchange = { request, response, length, caller, headers, started: performance.now(), handOn };
        process.nextTick(read, exchange);
      }
    });
  }

  /** The body of a request that was read here and handed on. */
  bodyOf(request: IncomingMessage): Buffer | undefined {
    return this.#bodies.get(request);
  }

  /** Takes note of the headers of an answer that others gave. */
  learn(request: IncomingMessage, headers: Iterable<readonly [name: string, value: string]>): void {
    const kind = kindOf(request);
    if (this.#headers.has(kind)) return;
    this.#headers.set(kind, [...headers].flat());
  }

  /** Whether a request may be answered here. */
  #isPlain(request: IncomingMessage): boolean {
    const { access, config, isReady } = this.#options;
    const { headers } = request;
    if (request.method !== 'POST' || request.url !== '/graphql' || !isReady()) return false;
    const length = Number(headers['content-length'] ?? Number.NaN);
    const isPlain =
      length > 0 &&
      length <= Math.min(config.limits.bodyBytes, MAX_BYTES) &&
      headers['content-encoding'] === undefined &&
      headers.expect === undefined &&
      isJson(headers['content-type']) &&
      PLAIN_HOST.test(headers.host ?? '') &&
      countHosts(request) === 1 &&
      !request.destroyed;
    // Whose rate counts without access control is a question of addresses, which proxies may have to answer.
    return (
      isPlain &&
      (!access.isOpen ||
        (config.listen.trustProxy.length === 0 && !isForeignHost(config.listen.host, hostOf(request))))
    );
  }

  /** Nearly always the body has come together with the headers: as soon as those are dealt with, it is there. */
  #read(exchange: Exchange): void {
    const { request } = exchange;
    const body = request.read(exchange.length) as Buffer | null;
    if (body === null) this.#wait(exchange);
    else this.#take(exchange, body);
  }

  #take(exchange: Exchange, body: Buffer): void {
    if (body.length === exchange.length) {
      this.#answer(exchange, body);
      return;
    }
    // It has ended too early, which is not for us to judge.
    exchange.request.unshift(body);
    exchange.handOn();
  }

  #wait(exchange: Exchange): void {
    const { request, length, handOn } = exchange;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(timer);
      request.off('readable', onReadable);
      this.#waiting.delete(wait);
    };
    const onReadable = (): void => {
      const body = request.read(length) as Buffer | null;
      if (body === null) return;
      stop();
      this.#take(exchange, body);
    };
    const wait = (): void => {
      timer = setTimeout(() => {
        stop();
        handOn();
      }, PIECES_MS);
    };
    request.on('readable', onReadable);
    // Often the rest comes in this very turn of the event loop.
    if (this.#waiting.size === 0) setImmediate(() => this.#waitForPieces());
    this.#waiting.add(wait);
  }

  #waitForPieces(): void {
    for (const wait of this.#waiting) wait();
    this.#waiting.clear();
  }

  #answer(exchange: Exchange, body: Buffer): void {
    const { clock, config, directory, logger, metrics, quick, rates } = this.#options;
    const { request, caller } = exchange;
    const load = (): DestinationLoader =>
      new DestinationLoader(directory, caller, metrics, new Deadline(clock, config.limits.requestTimeoutMs));
    let answer: QuickAnswer | null = null;
    try {
      if (isUtf8(body)) answer = quick.answer(body.toString(), caller, load);
    } catch (error) {
      // The long way does not depend on it.
      logger.error({ err: error }, 'a defect in the gateway');
    }
    if (answer !== null && rates.count(caller, request.socket.remoteAddress ?? '') === 0) {
      this.#send(exchange, answer);
    } else {
      this.#bodies.set(request, body);
      exchange.handOn();
    }
  }

  #send({ request, response, caller, headers, started }: Exchange, answer: QuickAnswer): void {
    const { logger, metrics } = this.#options;
    const requestId = requestIdOf(request.headers);
    const { body, bytes, operation } = answer;
    response.writeHead(200, [...headers, 'x-request-id', requestId, 'content-length', String(bytes)]);
    // Ended with its body, a response would be three pieces, which go to the socket as a list; corked, it is one text.
    response.cork();
    response.write(body, typeof body === 'string' && bytes === body.length ? 'latin1' : 'utf8');
    response.uncork();
    response.end();
    const milliseconds = performance.now() - started;
    const record: OperationRecord = { operation, outcome: 'ok', codes: [] };
    recordRequest(metrics, record, milliseconds / 1000);
    const line = requestLine({
      requestId,
      method: 'POST',
      path: '/graphql',
      record,
      caller: caller.name,
      status: 200,
      milliseconds,
    });
    logger.info(line, 'request');
  }
}

function isJson(type: string | undefined): boolean {
  return type === 'application/json' || type === 'application/json; charset=utf-8';
}

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '');
}

/** What the headers of an answer depend on. */
function kindOf({ headers }: IncomingMessage): string {
  return `${headers.accept ?? ''}\n${headers.origin ?? ''}`;
}
