import type { ExportedSegment } from '../../import-export/index.js';
import type { Destination } from '../destination.js';
import { confirmedAtOf } from '../snapshot/confirmation.js';

/**
 * All segments of a destination for an export. They are created while they are iterated over.
 *
 * @throws DirectoryError as `Destination.snapshot`
 */
export async function exportRows(destination: Destination): Promise<Iterable<ExportedSegment>> {
  const { segments, asOf } = await destination.snapshot();
  const { customerId, id: destinationId } = destination;
  return (function* (): Generator<ExportedSegment> {
    for (const segment of segments) {
      const { id, sid, alias, value, url, secureUrl, isTrait } = segment;
      const { name, description, status, source, startDate, endDate } = segment;
      yield {
        id,
        sid,
        alias,
        value,
        url,
        secureUrl,
        isTrait,
        name,
        description,
        status,
        source,
        customerId,
        destinationId,
        startDate,
        endDate,
        asOf: isoTime(confirmedAtOf(segment, asOf)),
      };
    }
  })();
}

function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
