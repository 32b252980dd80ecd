import type { FastifyInstance } from 'fastify';
import type { Directory } from '../../directory/index.js';

/** Whether the process takes requests. */
export type ServerState = 'starting' | 'ready' | 'draining';

/** Adds `/healthz` (the process runs) and `/readyz` (the process takes requests), which are always answered. */
export function addHealthRoutes(
  server: FastifyInstance,
  options: { readonly directory: Directory; readonly state: () => ServerState },
): void {
  const { directory, state } = options;
  const always = { config: { always: true, quiet: true } };
  server.get('/healthz', always, () => ({ status: 'ok' }));
  server.get('/readyz', always, async (_request, reply) => {
    const status = state() === 'ready' && server.isUnderPressure() ? 'overloaded' : state();
    return reply.code(status === 'ready' ? 200 : 503).send({
      status,
      // Lookups work without the storage, so this does not make the process unready.
      storage: directory.storageAvailable ? 'available' : 'unavailable',
    });
  });
}
