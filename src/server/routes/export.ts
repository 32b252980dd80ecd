import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { DirectoryError, exportRows } from '../../directory/index.js';
import { csvLines, inChunks, ndjsonLines } from '../../import-export/index.js';
import type { DestinationLoader } from '../../graphql/index.js';
import { errorBody } from '../http/errors.js';

const FORMATS = {
  csv: { lines: csvLines, contentType: 'text/csv; charset=utf-8' },
  ndjson: { lines: ndjsonLines, contentType: 'application/x-ndjson; charset=utf-8' },
} as const;

/** Streams everything that is known of a destination: `314.csv` or `314.ndjson`. */
export async function sendExport(
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
  const { lines, contentType } = FORMATS[format];
  try {
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
  // Nothing was ever read of it, and Audience Manager does not let us.
  return code.startsWith('AAM_') ? 502 : 500;
}
