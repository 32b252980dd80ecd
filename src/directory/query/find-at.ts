import type { SegmentIdType } from '../../config/index.js';
import type { Destination, Found } from '../destination.js';
import { preferred, type Segment } from '../snapshot/segment.js';

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
  const { segments } = snapshot;
  const field = type === 'SID' ? 'sid' : 'alias';
  const mappingIds: string[] = [];
  for (let row = 0; row < segments.length; row++) {
    if (wanted.has(segments.text(row, field) ?? '')) mappingIds.push(segments.id(row));
  }
  const then = await destination.segmentsAt(mappingIds, at);
  const found = new Map<string, Segment>();
  for (const segment of then.segments) {
    const id = segment?.[field] ?? null;
    if (segment === undefined || id === null) continue;
    const other = found.get(id);
    found.set(id, other === undefined ? segment : preferred(other, segment));
  }
  return { snapshot: then.snapshot, segments: ids.map((id) => found.get(id)) };
}
