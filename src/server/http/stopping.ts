import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.js';
import { errorBody } from './errors.js';
import { forbidCaching } from './headers.js';

/** Value of the Retry-After header of requests that meet the end, in seconds: by then another gateway answers. */
const RETRY_AFTER_S = 2;

const MESSAGE =
  'The gateway is being stopped, and cannot answer this request in time; try again in a few seconds.';

const JSON_TYPE = 'application/json; charset=utf-8';

/** The requests that the end has overtaken. */
export interface Unanswered {
  /** How many have got status 503. */
  readonly refused: number;
  /** How many get only the beginning of their answer, which was being sent. */
  readonly brokenOff: number;
}

/**
 * What requests and connections notice of the end of a gateway. While it drains, it answers as before, but each answer is
 * the last one of its connection, so that clients move on to other gateways by themselves: a connection that a client
 * uses could not be closed without failing the request that may be on its way. At the end, requests get status 503.
 */
export class Stopping {
  readonly #metrics: Metrics;
  /** Requests of the full path that were not answered completely. The fast path passes on those that wait when its turns end. */
  readonly #underWay = new Set<FastifyReply>();
  #isDraining = false;
  #hasEnded = false;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Whether requests are still answered. */
  get answers(): boolean {
    return !this.#hasEnded;
  }

  /** From now on, each answer is the last one of its connection. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Has an answer whose headers are about to be written close its connection, if the gateway drains. */
  closeAfter(response: ServerResponse): void {
    // Node.js adds `Connection: close`, and closes the connection when the answer has been sent.
    if (this.#isDraining) response.shouldKeepAlive = false;
  }

  /**
   * Refuses all requests that are under way and those that still arrive, with status 503. Answers that are being sent are
   * left alone.
   */
  end(): Unanswered {
    this.drain();
    this.#hasEnded = true;
    const replies = [...this.#underWay];
    const waiting = replies.filter(({ raw }) => !raw.headersSent);
    for (const reply of waiting) this.#refuseUnderWay(reply);
    return { refused: waiting.length, brokenOff: replies.length - waiting.length };
  }

  /** Knows the requests that are under way. Comes before all other hooks. */
  follow(server: FastifyInstance): void {
    server.addHook('onRequest', (_request, reply, done) => {
      this.#underWay.add(reply);
      reply.raw.once('close', () => this.#underWay.delete(reply));
      done();
    });
    server.addHook('onSend', (_request, reply, _payload, done) => {
      this.closeAfter(reply.raw);
      done();
    });
  }

  /** Refuses requests that arrive after the end. Health is answered nevertheless. */
  refuseLate(server: FastifyInstance): void {
    server.addHook('onRequest', (request, reply, done) => {
      if (this.answers || request.routeOptions.config.always === true) {
        done();
        return;
      }
      this.#count(reply);
      reply.code(503).header('retry-after', RETRY_AFTER_S);
      void reply.send(errorBody('RATE_LIMITED', MESSAGE));
    });
  }

  /** What works on the answer cannot be told to stop, so the answer is written without it. */
  #refuseUnderWay(reply: FastifyReply): void {
    this.#count(reply);
    forbidCaching(reply);
    reply.hijack();
    this.closeAfter(reply.raw);
    const body = Buffer.from(JSON.stringify(errorBody('RATE_LIMITED', MESSAGE)));
    reply.raw.writeHead(503, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': JSON_TYPE,
      'content-length': String(body.length),
      'retry-after': String(RETRY_AFTER_S),
    });
    reply.raw.end(body);
  }

  #count({ request }: FastifyReply): void {
    this.#metrics.rejections.inc({ reason: 'stopping' });
    request.operation.codes = ['RATE_LIMITED'];
    request.operation.outcome = 'error';
  }
}
