import type { SegmentIdType } from '../config/index.js';
import type { Destination, Found } from './destination.js';
import { preferred, type Segment } from './segment.js';

/**
 * The segments with the given IDs as they stood at a moment in the past (milliseconds since the epoch);
 * `undefined` where none was known then. A sid or alias may have moved from one mapping to another since: the
 * one that had the say then is found.
 *
 * @throws DirectoryError as `Destination.snapshot`, or when the storage does not answer
 */
export async function findAt(
  destination: Destination,
  ids: readonly string[],
  idType: SegmentIdType | null | undefined,
  at: number,
): Promise<Found> {
  const type = idType ?? destination.settings.segmentIdType;
  if (type === 'MAPPING_ID') return await destination.segmentsAt(ids, at);
  const wanted = new Set(ids);
  const snapshot = await destination.snapshot();
  const bearers = snapshot.segments.filter((segment) => wanted.has(identifierOf(segment, type) ?? ''));
  const mappingIds = bearers.map(({ id }) => id);
  const then = await destination.segmentsAt(mappingIds, at);
  const found = new Map<string, Segment>();
  for (const segment of then.segments) {
    const id = segment === undefined ? null : identifierOf(segment, type);
    if (segment === undefined || id === null) continue;
    const other = found.get(id);
    found.set(id, other === undefined ? segment : preferred(other, segment));
  }
  return { snapshot: then.snapshot, segments: ids.map((id) => found.get(id)) };
}

function identifierOf(segment: Segment, idType: 'SID' | 'ALIAS'): string | null {
  return idType === 'SID' ? segment.sid : segment.alias;
}
