import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { LimitsConfig } from '../../config/index.js';
import { exportRows, type Directory } from '../../directory/index.js';
import { Deadline, DestinationLoader, idMistake } from '../../graphql/index.js';
import { csvLines, inChunks, ndjsonLines } from '../../import-export/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { requireCaller } from '../access/guard.js';
import { errorBody } from '../http/errors.js';
import { flagOf } from '../http/query-parameters.js';
import { sendFailure } from './failures.js';

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

interface ExportRoute {
  readonly Params: { readonly customer: string; readonly file: string };
  readonly Querystring: Readonly<Record<string, unknown>>;
}

/** Tells Excel that a CSV file is UTF-8. Without it, Excel takes it for the encoding of its country. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Adds `/export/{customer}/{destination}.csv` and `.ndjson`, for callers with the permission read. With `?bom=1`, a CSV
 * file begins with a byte order mark.
 */
export function addExportRoute(server: FastifyInstance, options: ExportRouteOptions): void {
  const { clock, limits, directory, metrics } = options;
  server.get<ExportRoute>(
    '/export/:customer/:file',
    { config: { needs: ['read'], compressed: true } },
    async (request, reply) => {
      request.deadline = new Deadline(clock, limits.requestTimeoutMs);
      const loader = new DestinationLoader(directory, requireCaller(request), metrics, request.deadline);
      request.loaders.push(loader);
      await sendExport(request, reply, loader);
      return reply;
    },
  );
}

/** Streams all segments of a destination. `file` is the destination's ID and the format, such as `314.csv`. */
async function sendExport(
  request: FastifyRequest<ExportRoute>,
  reply: FastifyReply,
  loader: DestinationLoader,
): Promise<void> {
  const { customer: customerId, file } = request.params;
  const [, destinationId = '', format] = /^(.*)\.(csv|ndjson)$/s.exec(file) ?? [];
  if (format !== 'csv' && format !== 'ndjson') {
    const message = 'An export is at /export/{customer}/{destination}.csv or .ndjson.';
    void reply.code(404).send(errorBody('NOT_FOUND', message));
    return;
  }
  const mistake = idMistake('customer', customerId) ?? idMistake('destination', destinationId);
  const bom = flagOf(request.query['bom']);
  const unknown = Object.keys(request.query).find((name) => name !== 'bom');
  // A misspelt one would send another file than was asked for.
  const message =
    unknown !== undefined
      ? `There is no parameter ${unknown.slice(0, 50)}; there is bom.`
      : bom === null || (bom && format !== 'csv')
        ? 'bom is 1 or 0, and only a .csv file can begin with a byte order mark (bom=1).'
        : mistake?.message;
  if (message !== undefined) {
    void reply.code(400).send(errorBody('BAD_USER_INPUT', message));
    return;
  }
  const { lines, contentType } = FORMATS[format];
  try {
    await loader.lookFor([{ customerId, destinationId }]);
    const rows = await exportRows(loader.requireDestination(customerId, destinationId));
    const name = encodeURIComponent(`${customerId}-${destinationId}.${format}`);
    reply
      .header('content-type', contentType)
      .header('content-disposition', `attachment; filename*=UTF-8''${name}`);
    const texts = inChunks(bom === true ? after(BYTE_ORDER_MARK, lines(rows)) : lines(rows));
    void reply.send(Readable.from(texts));
  } catch (error) {
    sendFailure(reply, error);
  }
}

async function* after(first: string, others: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  yield first;
  yield* others;
}
