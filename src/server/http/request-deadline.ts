import type { FastifyInstance } from 'fastify';
import type { Deadline } from '../../graphql/index.js';
import { onClientDisconnect } from './client-disconnect.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** How long the request may wait; `null` for requests that wait for nothing. */
    deadline: Deadline | null;
  }
}

/**
 * Ends the deadline of each request when its response has been sent or its client has disconnected. A request whose
 * client has disconnected before it was executed is dropped.
 */
export function endDeadlines(server: FastifyInstance): void {
  server.decorateRequest('deadline', null);
  server.addHook('onResponse', (request, _reply, done) => {
    request.deadline?.end();
    done();
  });
  server.addHook('preHandler', (request, reply, done) => {
    if (request.raw.socket.destroyed) reply.hijack();
    else done();
  });
  onClientDisconnect(server, (request) => request.deadline?.end());
}
