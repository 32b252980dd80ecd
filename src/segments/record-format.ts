import type { SegmentStatus } from './segment.js';

/**
 * One segment as bytes, the same for the same segment: flags (2 bytes), dates (4 each) and times (6 each) that
 * there are, then the texts in the order of `TEXTS`. A text is its length in a variable number of bytes, and a
 * byte or two for each UTF-16 code unit, so that whatever was sent comes back, halves of surrogate pairs too.
 */
export const TEXTS = ['id', 'sid', 'alias', 'name', 'description'] as const;

/** Which text of a record. */
export type TextField = (typeof TEXTS)[number];

export const STATUSES = [
  'ACTIVE',
  'INACTIVE',
  'DELETED',
  'UNKNOWN',
] as const satisfies readonly SegmentStatus[];
export const STATUS = 0b11;
export const MANUAL = 1 << 2;
/** Behind the texts is JSON with what has no place of its own. */
export const EXTRA = 1 << 3;
/** No text has a character outside of ASCII. */
export const ASCII = 1 << 4;
export const START_DATE = 1 << 5;
export const END_DATE = 1 << 6;
export const CREATED_AT = 1 << 7;
export const UPDATED_AT = 1 << 8;
/** A time is written as its lower 32 bits and 16 more. */
export const UNITS_OF_HIGH_PART = 2 ** 32;
