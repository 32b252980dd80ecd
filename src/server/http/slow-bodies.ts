import { finished } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { errorBody } from './errors.js';

interface Arriving {
  readonly since: number;
  /** Of its connection, when its headers had been read. */
  readonly bytesBefore: number;
  /** How much of it is read at most. */
  readonly mostBytes: number;
  readonly giveUp: () => void;
}

/** A body may take this long however small it is, in milliseconds. */
const GRACE_MS = 1_500;
const CHECK_MS = 250;

/** Of a body that nobody wants. */
const MAX_DISCARDED = 16 * 1024 * 1024;

/**
 * Gives up on requests whose bodies arrive more slowly than `bytesPerSecond` (0: on none): each holds a
 * connection, and who sends many of them means no good.
 *
 * What is refused before its body is there is answered when it is: who is still sending does not read, and the
 * answer would be lost with the connection.
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
  const arriving = new Map<FastifyRequest, Arriving>();
  let cancel: (() => void) | null = null;

  const check = (): void => {
    cancel = null;
    for (const [request, { since, bytesBefore, mostBytes, giveUp }] of arriving) {
      if (request.raw.destroyed) {
        arriving.delete(request);
        continue;
      }
      const bytes = request.raw.socket.bytesRead - bytesBefore;
      const slow = bytesPerSecond > 0 && clock.now() - since > GRACE_MS + (bytes / bytesPerSecond) * 1_000;
      // What is there, but waits for something else, is late by no fault of its sender.
      if (!request.raw.complete && !slow && bytes <= mostBytes) continue;
      arriving.delete(request);
      if (!request.raw.complete) giveUp();
    }
    if (arriving.size > 0) cancel = clock.schedule(check, CHECK_MS);
  };
  const watch = (request: FastifyRequest, mostBytes: number, giveUp: () => void): void => {
    const { raw } = request;
    const { since = clock.now(), bytesBefore = raw.socket.bytesRead } = arriving.get(request) ?? {};
    arriving.set(request, { since, bytesBefore, mostBytes, giveUp });
    cancel ??= clock.schedule(check, CHECK_MS);
  };
  /** What is still on its way is not waited for any longer. */
  const hangUp = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('connection', 'close');
    reply.raw.once('finish', () => request.raw.destroy());
  };

  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (!request.raw.complete) {
      watch(request, Infinity, () => {
        metrics.rejections.inc({ reason: 'too_slow' });
        hangUp(request, reply);
        const message = `The request arrives too slowly: ${bytesPerSecond} bytes a second are the least.`;
        void reply.code(408).send(errorBody('BAD_USER_INPUT', message));
      });
    }
    done();
  });
  server.addHook('preValidation', (request, _reply, done) => {
    arriving.delete(request);
    done();
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (request.raw.complete || reply.statusCode === 408) {
      arriving.delete(request);
      done();
      return;
    }
    const stop = finished(request.raw, { writable: false }, () => {
      arriving.delete(request);
      done();
    });
    watch(request, MAX_DISCARDED, () => {
      stop();
      hangUp(request, reply);
      done();
    });
    request.raw.resume();
  });
  server.addHook('onRequestAbort', (request, done) => {
    arriving.delete(request);
    done();
  });
  server.addHook('onClose', (_server, done) => {
    cancel?.();
    done();
  });
}
