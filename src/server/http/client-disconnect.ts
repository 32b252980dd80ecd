import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Calls back for each request whose client has gone before it had the whole answer. Fastify's own hook for it
 * only knows of those that went before the whole request was there.
 */
export function onClientDisconnect(server: FastifyInstance, callback: (request: FastifyRequest) => void): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) callback(request);
    });
    done();
  });
}
