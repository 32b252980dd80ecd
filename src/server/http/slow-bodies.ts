import { finished } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { errorBody } from './errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route receives the body itself, whatever kind of body it is, and has it supervised. */
    receivesBody?: boolean;
  }
}

/** Supervises the body of a request from now on, for a route that receives it itself. */
export type SuperviseBody = (request: FastifyRequest, reply: FastifyReply) => void;

/** A request whose body has not been received completely. */
interface IncomingBody {
  /** When its headers were received, by `elapsed()`. */
  readonly since: number;
  /** Number of bytes that its connection had received by then. */
  readonly bytesBefore: number;
  /** Maximum size of the body, in bytes. */
  readonly maxBytes: number;
  /** Whether what has been received is kept in memory. Otherwise it is discarded. */
  readonly isKept: boolean;
  /** Called if the body is too slow or too large, or if there is no more room for it. */
  readonly abort: (cause: 'slow' | 'no room') => void;
}

/** Time that every body may take, however small, in milliseconds. */
const GRACE_MS = 1_500;

/** Interval between checks, in milliseconds. */
const CHECK_INTERVAL_MS = 250;

/** Maximum size of all bodies that have been received in part, in bytes. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** Value of the Retry-After header of responses to requests for whose bodies there is no room, in seconds. */
const NO_ROOM_RETRY_AFTER_S = 2;

/** Maximum number of bytes to read and discard from the body of a request that is rejected. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * Rejects requests with status 408 whose bodies arrive more slowly than `bytesPerSecond` (0: no minimum). Otherwise an
 * attacker could occupy all connections with slow requests. If all bodies that are being received exceed 64 MiB, those
 * that began first are rejected with status 503.
 *
 * If a request is rejected before its body is complete, the response is sent after the rest of the body was received
 * and discarded. A client that is still sending does not read, so it would lose an earlier response when the connection
 * is closed.
 *
 * @returns supervises the bodies of routes with `receivesBody`. What they keep does not count here
 */
export function refuseSlowBodies(
  server: FastifyInstance,
  options: {
    readonly bytesPerSecond: number;
    readonly clock: Clock;
    readonly metrics: Metrics;
  },
): SuperviseBody {
  const { bytesPerSecond, clock, metrics } = options;
  const incoming = new Map<FastifyRequest, IncomingBody>();
  /** Requests whose response is sent without waiting for the rest of the body. */
  const aborted = new WeakSet<FastifyRequest>();
  let cancel: (() => void) | null = null;

  const check = (): void => {
    cancel = null;
    let kept = 0;
    for (const [request, { since, bytesBefore, maxBytes, isKept, abort }] of incoming) {
      if (request.raw.destroyed) {
        incoming.delete(request);
        continue;
      }
      const bytes = request.raw.socket.bytesRead - bytesBefore;
      const slow =
        bytesPerSecond > 0 && clock.elapsed() - since > GRACE_MS + (bytes / bytesPerSecond) * 1_000;
      // A complete body is never too slow: the request is waiting for something else.
      if (!request.raw.complete && !slow && bytes <= maxBytes) {
        if (isKept) kept += bytes;
        continue;
      }
      incoming.delete(request);
      if (!request.raw.complete) abort('slow');
    }
    // Those that began first come first: they have taken the longest time.
    for (const [request, { bytesBefore, isKept, abort }] of incoming) {
      if (kept <= MAX_KEPT_BYTES) break;
      if (!isKept) continue;
      kept -= request.raw.socket.bytesRead - bytesBefore;
      incoming.delete(request);
      abort('no room');
    }
    if (incoming.size > 0) cancel = clock.schedule(check, CHECK_INTERVAL_MS);
  };
  const watch = (
    request: FastifyRequest,
    { maxBytes, isKept, abort }: Pick<IncomingBody, 'maxBytes' | 'isKept' | 'abort'>,
  ): void => {
    const { raw } = request;
    const { since = clock.elapsed(), bytesBefore = raw.socket.bytesRead } = incoming.get(request) ?? {};
    incoming.set(request, { since, bytesBefore, maxBytes, isKept, abort });
    cancel ??= clock.schedule(check, CHECK_INTERVAL_MS);
  };
  /** Closes the connection after the response, without receiving the rest of the body. */
  const closeAfterResponse = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('connection', 'close');
    reply.raw.once('finish', () => request.raw.destroy());
  };

  const supervise = (request: FastifyRequest, reply: FastifyReply, isKept: boolean): void => {
    if (request.raw.complete) return;
    const abort = (cause: 'slow' | 'no room'): void => {
      aborted.add(request);
      closeAfterResponse(request, reply);
      if (cause === 'slow') {
        metrics.rejections.inc({ reason: 'too_slow' });
        const message = `The request body arrives too slowly; the minimum is ${bytesPerSecond} bytes per second.`;
        void reply.code(408).send(errorBody('BAD_USER_INPUT', message));
      } else {
        metrics.rejections.inc({ reason: 'overloaded' });
        const message = 'Too many request bodies arrive at the same time; try again in a few seconds.';
        reply.code(503).header('retry-after', NO_ROOM_RETRY_AFTER_S);
        void reply.send(errorBody('RATE_LIMITED', message));
      }
    };
    watch(request, { maxBytes: Infinity, isKept, abort });
  };

  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.routeOptions.config.receivesBody !== true) supervise(request, reply, true);
    done();
  });
  server.addHook('preValidation', (request, _reply, done) => {
    incoming.delete(request);
    done();
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (request.raw.complete || aborted.has(request)) {
      incoming.delete(request);
      done();
      return;
    }
    const stop = finished(request.raw, { writable: false }, () => {
      incoming.delete(request);
      done();
    });
    const abort = (): void => {
      stop();
      closeAfterResponse(request, reply);
      done();
    };
    watch(request, { maxBytes: MAX_DISCARDED_BYTES, isKept: false, abort });
    request.raw.resume();
  });
  server.addHook('onRequestAbort', (request, done) => {
    incoming.delete(request);
    done();
  });
  server.addHook('onClose', (_server, done) => {
    cancel?.();
    done();
  });
  return (request, reply) => supervise(request, reply, false);
}
