import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Calls `callback` for each request whose client disconnects before the response is complete. Fastify's hook
 * `onRequestAbort` only reports clients that disconnect before their request is complete.
 */
export function onClientDisconnect(
  server: FastifyInstance,
  callback: (request: FastifyRequest) => void,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) callback(request);
    });
    done();
  });
}
