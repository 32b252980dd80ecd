import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the work on what it holds began, as `performance.now()` says; 0: not yet. */
    workSince: number;
  }
}

/** Refusing something that took this long, in milliseconds, is noticed by others, … */
const COSTLY_MS = 2;
/** … so it takes its sender so many times as long until it is told, … */
const TIMES = 4;
/** … but not longer than this, in milliseconds. */
const MAX_MS = 500;

/**
 * Lets whoever sent something that was costly to refuse wait for the refusal: one thread does everything, and who
 * sends such requests one after the other would leave little of it to others. What is answered is not delayed.
 */
export function delayCostlyRejections(server: FastifyInstance): void {
  server.decorateRequest('workSince', 0);
  server.addHook('onSend', (request, reply, _payload, done) => {
    const isRefusal = reply.statusCode >= 400 && reply.statusCode < 500;
    const cost = request.workSince === 0 ? 0 : performance.now() - request.workSince;
    if (isRefusal && cost >= COSTLY_MS) setTimeout(done, Math.min(cost * TIMES, MAX_MS));
    else done();
  });
}
