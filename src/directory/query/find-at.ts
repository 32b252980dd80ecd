import type { SegmentIdType } from '../../config/index.js';
import type { Destination, Found } from '../destination.js';
import { preferred, type Segment } from '../snapshot/segment.js';

/**
 * Finds segments as they were at a time in the past; `undefined` for an ID that was not known then. A sid or alias
 * may belong to several mappings: the one is found that was preferred at that time, whatever is preferred now.
 *
 * @param idType default: the one in the destination's settings
 * @param at in milliseconds since the epoch
 * @throws DirectoryError as `Destination.snapshot`, or if the storage does not respond
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
  for (let index = 0; index < segments.length; index++) {
    if (wanted.has(segments.text(index, field) ?? '')) mappingIds.push(segments.id(index));
  }
  const past = await destination.segmentsAt(mappingIds, at);
  const found = new Map<string, Segment>();
  for (const segment of past.segments) {
    const id = segment?.[field] ?? null;
    if (segment === undefined || id === null) continue;
    const other = found.get(id);
    found.set(id, other === undefined ? segment : preferred(other, segment));
  }
  return { snapshot: past.snapshot, segments: ids.map((id) => found.get(id)) };
}
