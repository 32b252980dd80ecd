import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { EXPOSITION_TYPES, type ExpositionFormat } from '../../telemetry/exposition.js';
import type { Metrics } from '../../telemetry/metrics.js';

const compressed = promisify(gzip);

/** Adds `/metrics`, in OpenMetrics or the format of Prometheus, for callers with the permission metrics. */
export function addMetricsRoute(server: FastifyInstance, metrics: Metrics): void {
  server.get('/metrics', { config: { needs: ['metrics'], quiet: true } }, async (request, reply) => {
    const { accept, 'accept-encoding': encodings } = request.headers;
    const format = formatOf(accept);
    const text = await metrics.write(format);
    reply.header('content-type', EXPOSITION_TYPES[format]).header('vary', 'accept, accept-encoding');
    if (!acceptsGzip(encodings)) return reply.send(text);
    // In a thread of its own, at the level that costs least: the text has hardly anything but repetitions.
    const body = await compressed(text, { level: constants.Z_BEST_SPEED });
    return reply.header('content-encoding', 'gzip').send(body);
  });
}

/** OpenMetrics where it is asked for, with a weight that is not 0. */
function formatOf(accept = ''): ExpositionFormat {
  return weightOf(accept, 'application/openmetrics-text') > 0 ? 'openmetrics' : 'prometheus';
}

function acceptsGzip(encodings: string | string[] = ''): boolean {
  return weightOf(String(encodings), 'gzip') > 0;
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
