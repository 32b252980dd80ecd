import type { FastifyInstance } from 'fastify';
import { EXPOSITION_TYPES, type ExpositionFormat } from '../../telemetry/exposition.js';

/** What writes the metrics of a gateway. */
export interface Scrape {
  write(format: ExpositionFormat): Promise<string>;
}

/** Adds `/metrics`, in OpenMetrics or the format of Prometheus, for callers with the permission metrics. */
export function addMetricsRoute(server: FastifyInstance, metrics: Scrape): void {
  const config = { needs: ['metrics'], quiet: true, compressed: true } as const;
  server.get('/metrics', { config }, async (request, reply) => {
    const format = formatOf(request.headers.accept);
    reply.header('content-type', EXPOSITION_TYPES[format]).header('vary', 'accept');
    return reply.send(await metrics.write(format));
  });
}

/** OpenMetrics where it is asked for, with a weight that is not 0. */
function formatOf(accept = ''): ExpositionFormat {
  return weightOf(accept, 'application/openmetrics-text') > 0 ? 'openmetrics' : 'prometheus';
}

/** The weight that a header such as `accept` gives to a value that it names; 0 if it does not name it. */
function weightOf(header: string, wanted: string): number {
  for (const part of header.toLowerCase().split(',')) {
    const [value = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    if (value !== wanted) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}
