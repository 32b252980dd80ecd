import type { DestinationType, MetadataSource, SegmentStatus } from '../generated/operations.js';

/** The statuses that segments can be filtered by. */
export const SEGMENT_STATUSES: readonly SegmentStatus[] = ['ACTIVE', 'INACTIVE', 'DELETED', 'UNKNOWN'];

/** Where names can come from. */
export const METADATA_SOURCES: readonly MetadataSource[] = ['AUDIENCE_MANAGER', 'MANUAL'];

/** The types of destination. */
export const DESTINATION_TYPES: readonly DestinationType[] = [
  'URL',
  'COOKIE',
  'SERVER_TO_SERVER',
  'ANALYTICS',
  'PEOPLE_BASED',
  'PULL',
  'UNKNOWN',
];

/** What an address chooses of some values; `null`: none of them. */
export function chosen<T extends string>(values: readonly T[], text: string | undefined): T | null {
  return values.find((value) => value.toLowerCase() === text?.toLowerCase()) ?? null;
}
