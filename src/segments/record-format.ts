import type { SegmentStatus } from './segment.js';

/**
 * The order of the texts in a record.
 *
 * Record layout: flags (2 bytes), those of the two dates (4 bytes each) and two times (6 bytes each) that the flags
 * mark as present, the eight texts, and the JSON tail if flagged. A text is a length of 1 to 5 bytes followed by one or
 * two bytes for each UTF-16 code unit, so that any text is preserved, unpaired surrogates included. Equal segments have
 * equal bytes.
 */
export const TEXTS = ['id', 'sid', 'alias', 'name', 'description', 'value', 'url', 'secureUrl'] as const;

/** Name of one of a record's texts. */
export type TextField = (typeof TEXTS)[number];

/** Statuses by the value of the status bits. */
export const STATUSES = [
  'ACTIVE',
  'INACTIVE',
  'DELETED',
  'UNKNOWN',
] as const satisfies readonly SegmentStatus[];
/** Flag bits that hold the status. */
export const STATUS_MASK = 0b11;
/** Flag: the source of the metadata is MANUAL. */
export const MANUAL = 1 << 2;
/** Flag: the texts are followed by JSON with the fields that have no fixed position (see record-json-tail.ts). */
export const JSON_TAIL = 1 << 3;
/** Flag: all texts are ASCII. */
export const ASCII = 1 << 4;
export const START_DATE = 1 << 5;
export const END_DATE = 1 << 6;
export const CREATED_AT = 1 << 7;
export const UPDATED_AT = 1 << 8;
/** Flag: the mapping is of a trait. */
export const TRAIT = 1 << 9;
/** A time is stored as its lower 32 bits followed by its next 16 bits; this is the value of one unit of the latter. */
export const HIGH_PART_UNIT = 2 ** 32;
