import type { FastifyInstance } from 'fastify';
import type { Directory } from '../../directory/index.js';
import type { EventLoopLag } from '../http/event-loop-lag.js';

/** Whether the process takes requests. */
export type ServerState = 'starting' | 'ready' | 'draining';

/** Adds `/healthz` (the process runs) and `/readyz` (the process takes requests), which are always answered. */
export function addHealthRoutes(
  server: FastifyInstance,
  options: {
    readonly directory: Directory;
    readonly lag: EventLoopLag;
    readonly state: () => ServerState;
  },
): void {
  const { directory, lag, state } = options;
  const always = { config: { always: true, quiet: true } };
  server.get('/healthz', always, () => ({ status: 'ok' }));
  server.get('/readyz', always, async (_request, reply) => {
    const status = state() === 'ready' && lag.isBehind ? 'overloaded' : state();
    return reply.code(status === 'ready' ? 200 : 503).send({
      status,
      // Lookups work without the storage, so this does not make the process unready.
      storage: directory.storageAvailable ? 'available' : 'unavailable',
    });
  });
}
