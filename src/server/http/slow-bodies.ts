import { finished } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { errorBody } from './errors.js';

/** A request whose body has not been received completely. */
interface IncomingBody {
  /** When its headers were received, in milliseconds since the epoch. */
  readonly since: number;
  /** Number of bytes that its connection had received by then. */
  readonly bytesBefore: number;
  /** Maximum size of the body, in bytes. */
  readonly maxBytes: number;
  /** Called if the body is too slow or too large. */
  readonly abort: () => void;
}

/** Time that every body may take, however small, in milliseconds. */
const GRACE_MS = 1_500;

/** Interval between checks, in milliseconds. */
const CHECK_INTERVAL_MS = 250;

/** Maximum number of bytes to read and discard from the body of a request that is rejected. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * Rejects requests with status 408 whose bodies arrive more slowly than `bytesPerSecond` (0: no minimum). Otherwise an
 * attacker could occupy all connections with slow requests.
 *
 * If a request is rejected before its body is complete, the response is sent after the rest of the body was received
 * and discarded. A client that is still sending does not read, so it would lose an earlier response when the connection
 * is closed.
 */
export function refuseSlowBodies(
  server: FastifyInstance,
  options: {
    readonly bytesPerSecond: number;
    readonly clock: Clock;
    readonly metrics: Metrics;
  },
): void {
  const { bytesPerSecond, clock, metrics } = options;
  const incoming = new Map<FastifyRequest, IncomingBody>();
  let cancel: (() => void) | null = null;

  const check = (): void => {
    cancel = null;
    for (const [request, { since, bytesBefore, maxBytes, abort }] of incoming) {
      if (request.raw.destroyed) {
        incoming.delete(request);
        continue;
      }
      const bytes = request.raw.socket.bytesRead - bytesBefore;
      const slow = bytesPerSecond > 0 && clock.now() - since > GRACE_MS + (bytes / bytesPerSecond) * 1_000;
      // A complete body is never too slow: the request is waiting for something else.
      if (!request.raw.complete && !slow && bytes <= maxBytes) continue;
      incoming.delete(request);
      if (!request.raw.complete) abort();
    }
    if (incoming.size > 0) cancel = clock.schedule(check, CHECK_INTERVAL_MS);
  };
  const watch = (request: FastifyRequest, maxBytes: number, abort: () => void): void => {
    const { raw } = request;
    const { since = clock.now(), bytesBefore = raw.socket.bytesRead } = incoming.get(request) ?? {};
    incoming.set(request, { since, bytesBefore, maxBytes, abort });
    cancel ??= clock.schedule(check, CHECK_INTERVAL_MS);
  };
  /** Closes the connection after the response, without receiving the rest of the body. */
  const closeAfterResponse = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('connection', 'close');
    reply.raw.once('finish', () => request.raw.destroy());
  };

  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (!request.raw.complete) {
      watch(request, Infinity, () => {
        metrics.rejections.inc({ reason: 'too_slow' });
        closeAfterResponse(request, reply);
        const message = `The request body arrives too slowly; the minimum is ${bytesPerSecond} bytes per second.`;
        void reply.code(408).send(errorBody('BAD_USER_INPUT', message));
      });
    }
    done();
  });
  server.addHook('preValidation', (request, _reply, done) => {
    incoming.delete(request);
    done();
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (request.raw.complete || reply.statusCode === 408) {
      incoming.delete(request);
      done();
      return;
    }
    const stop = finished(request.raw, { writable: false }, () => {
      incoming.delete(request);
      done();
    });
    watch(request, MAX_DISCARDED_BYTES, () => {
      stop();
      closeAfterResponse(request, reply);
      done();
    });
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
}
