import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { LimitsConfig } from '../../config/index.js';
import { DirectoryError, exportRows, type Directory } from '../../directory/index.js';
import { Deadline, DestinationLoader, idMistake } from '../../graphql/index.js';
import { csvLines, inChunks, ndjsonLines } from '../../import-export/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { requireCaller } from '../access/guard.js';
import { errorBody } from '../http/errors.js';

/** The parts that the export route needs. */
export interface ExportRouteOptions {
  readonly clock: Clock;
  readonly limits: Pick<LimitsConfig, 'requestTimeoutMs'>;
  readonly directory: Directory;
  readonly metrics: Metrics;
}

const FORMATS = {
  csv: { lines: csvLines, contentType: 'text/csv; charset=utf-8' },
  ndjson: { lines: ndjsonLines, contentType: 'application/x-ndjson; charset=utf-8' },
} as const;

/** Adds `/export/{customer}/{destination}.csv` and `.ndjson`, for callers with the permission read. */
export function addExportRoute(server: FastifyInstance, options: ExportRouteOptions): void {
  const { clock, limits, directory, metrics } = options;
  server.get<{ Params: { customer: string; file: string } }>(
    '/export/:customer/:file',
    { config: { needs: ['read'] } },
    async (request, reply) => {
      const { customer, file } = request.params;
      request.deadline = new Deadline(clock, limits.requestTimeoutMs);
      request.loader = new DestinationLoader(directory, requireCaller(request), metrics, request.deadline);
      return await sendExport(reply, request.loader, customer, file);
    },
  );
}

/** Streams all segments of a destination. `file` is the destination's ID and the format, such as `314.csv`. */
async function sendExport(
  reply: FastifyReply,
  loader: DestinationLoader,
  customerId: string,
  file: string,
): Promise<FastifyReply> {
  const [, destinationId = '', format] = /^(.*)\.(csv|ndjson)$/s.exec(file) ?? [];
  if (format !== 'csv' && format !== 'ndjson') {
    const message = 'An export is at /export/{customer}/{destination}.csv or .ndjson.';
    return reply.code(404).send(errorBody('NOT_FOUND', message));
  }
  const mistake = idMistake('customer', customerId) ?? idMistake('destination', destinationId);
  if (mistake !== null) return reply.code(400).send(errorBody('BAD_USER_INPUT', mistake.message));
  const { lines, contentType } = FORMATS[format];
  try {
    await loader.lookFor([{ customerId, destinationId }]);
    const rows = await exportRows(loader.requireDestination(customerId, destinationId));
    const name = encodeURIComponent(`${customerId}-${destinationId}.${format}`);
    return await reply
      .header('content-type', contentType)
      .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
      .send(Readable.from(inChunks(lines(rows))));
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return reply.code(statusOf(error)).send(errorBody(error.code, error.message));
  }
}

function statusOf({ code }: DirectoryError): number {
  if (code === 'NOT_FOUND') return 404;
  if (code === 'BAD_USER_INPUT') return 400;
  if (code === 'STORAGE_UNAVAILABLE') return 503;
  // The destination was never listed, and Audience Manager refuses or does not answer.
  return code.startsWith('AAM_') ? 502 : 500;
}
