import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.js';

/** Adds `/metrics`, in Prometheus format, for callers with the permission metrics. */
export function addMetricsRoute(server: FastifyInstance, { registry }: Metrics): void {
  server.get('/metrics', { config: { needs: ['metrics'] } }, async (_request, reply) =>
    reply.header('content-type', registry.contentType).send(await registry.metrics()),
  );
}
