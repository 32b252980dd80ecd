import type { ExportedSegment } from '../../import-export/index.js';
import type { Destination } from '../destination.js';
import { confirmedAtOf } from '../snapshot/confirmation.js';

/** Which segments are exported. */
export interface ExportSelection {
  /** Whether only segments with something given by hand, with what Audience Manager says of them. Default: false. */
  readonly overridden?: boolean;
}

/**
 * All segments of a destination for an export. They are created while they are iterated over.
 *
 * @throws DirectoryError as `Destination.snapshot`
 */
export async function exportRows(
  destination: Destination,
  { overridden = false }: ExportSelection = {},
): Promise<Iterable<ExportedSegment>> {
  const { segments, asOf } = await destination.snapshot();
  const { customerId, id: destinationId } = destination;
  return (function* (): Generator<ExportedSegment> {
    for (let index = 0; index < segments.length; index++) {
      if (overridden && !segments.mayHaveManual(index)) continue;
      const segment = segments.at(index);
      if (segment === undefined || (overridden && segment.manual === null)) continue;
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
        ...(overridden && { listed: segment.manual?.base ?? null }),
      };
    }
  })();
}

function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
