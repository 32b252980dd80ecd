import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** When processing of the body started, as `performance.now()`; 0: not started. */
    processingStartedAt: number;
  }
}

/** Rejections that took less processing time than this, in milliseconds, are not delayed. */
const MIN_COST_MS = 2;

/** The response is delayed by the processing time multiplied by this. */
const DELAY_FACTOR = 4;

/** Maximum delay, in milliseconds. */
const MAX_DELAY_MS = 500;

/**
 * Delays responses with status 4xx to requests that were expensive to reject, such as very large operations. All
 * requests share one thread, so a client that sends such requests one after another would slow down all others.
 * Other responses are not delayed.
 */
export function delayCostlyRejections(server: FastifyInstance): void {
  server.decorateRequest('processingStartedAt', 0);
  server.addHook('onSend', (request, reply, _payload, done) => {
    const isRejection = reply.statusCode >= 400 && reply.statusCode < 500;
    const { processingStartedAt } = request;
    const costMs = processingStartedAt === 0 ? 0 : performance.now() - processingStartedAt;
    if (isRejection && costMs >= MIN_COST_MS) setTimeout(done, Math.min(costMs * DELAY_FACTOR, MAX_DELAY_MS));
    else done();
  });
}
