import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../clock.js';
import type { Metrics } from '../telemetry/metrics.js';
import { errorBody } from './errors.js';

interface Arriving {
  readonly since: number;
  /** Of its connection, when its headers had been read. */
  readonly bytesBefore: number;
  readonly giveUp: () => void;
}

/** A body may take this long however small it is, in milliseconds. */
const GRACE_MS = 1_500;
const CHECK_MS = 250;

/**
 * Gives up on requests whose bodies arrive more slowly than `bytesPerSecond`: each holds a connection, and
 * who sends many of them means no good.
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
    const now = clock.now();
    for (const [request, { since, bytesBefore, giveUp }] of arriving) {
      const allowed = GRACE_MS + ((request.raw.socket.bytesRead - bytesBefore) / bytesPerSecond) * 1_000;
      if (now - since <= allowed) continue;
      arriving.delete(request);
      giveUp();
    }
    if (arriving.size > 0) cancel = clock.schedule(check, CHECK_MS);
  };
  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (!request.raw.complete) {
      arriving.set(request, {
        since: clock.now(),
        bytesBefore: request.raw.socket.bytesRead,
        giveUp: () => {
          if (reply.sent) return;
          metrics.rejections.inc({ reason: 'too_slow' });
          const message = `The request arrives too slowly: ${bytesPerSecond} bytes a second are the least.`;
          // What is still on its way is not waited for.
          reply.raw.once('finish', () => request.raw.destroy());
          void reply.code(408).header('connection', 'close').send(errorBody('BAD_USER_INPUT', message));
        },
      });
      cancel ??= clock.schedule(check, CHECK_MS);
    }
    done();
  });
  const arrived = (request: FastifyRequest): void => {
    arriving.delete(request);
  };
  server.addHook('preValidation', (request, _reply, done) => {
    arrived(request);
    done();
  });
  server.addHook('onResponse', (request, _reply, done) => {
    arrived(request);
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    arrived(request);
    done();
  });
  server.addHook('onClose', (_server, done) => {
    cancel?.();
    done();
  });
}
