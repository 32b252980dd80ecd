/**
 * The keys of a segment's ID in JSON, in lower case and without underscores, by rank: the first that an object has counts.
 * Source: "Real-time outbound data transfers"; "HTTP format macros", SEGMENTS.
 */
export const SEGMENT_ID_KEYS: readonly string[] = ['segmentid', 'segment', 'mapping'];

/** A key of a JSON object as it is compared: partners write the documented ones in several ways. */
export function plainKey(key: string): string {
  return key.replaceAll('_', '').toLowerCase();
}
