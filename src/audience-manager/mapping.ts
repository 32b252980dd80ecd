import { AsciiText, type Mapping, type SegmentStatus } from '../segments/index.js';

export type { Mapping } from '../segments/index.js';
export type MappingStatus = SegmentStatus;

/** Printable ASCII without blanks. */
const IDENTIFIER = /^[\x21-\x7e]{1,255}$/;

const DATE = /^\d{4}-\d\d-\d\d$/;

/** RFC 3339 ends with the year 9999. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Of a row, what is read. */
export const MAPPING_FIELDS = [
  'destinationMappingId',
  'mappingId',
  'traitToDataOrderId',
  'sid',
  'traitAlias',
  'valueAlias',
  'elementName',
  'elementDescription',
  'elementStatus',
  'startDate',
  'endDate',
  'createTime',
  'updateTime',
] as const;

/**
 * One row of a listing, or `null` where it is odd: not an object, or without a usable ID. An odd value of another
 * field is as good as none.
 */
export function parseMapping(value: unknown): Mapping | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const row = value as Readonly<Record<string, unknown>>;
  // What is no text in bytes does not become one.
  return mappingOf(MAPPING_FIELDS.map((field) => row[field])) as Mapping | null;
}

/**
 * As `parseMapping`. Read field by field, as a listing has a million of them: a schema takes ten times as long.
 *
 * @param values of `MAPPING_FIELDS`
 */
export function mappingOf(values: readonly unknown[]): Mapping<string | AsciiText> | null {
  const id = identifierOf(values[0]) ?? identifierOf(values[1]) ?? identifierOf(values[2]);
  if (id === null) return null;
  const sid = identifierOf(values[3]);
  return {
    id,
    // Mappings that are no segments carry 0 here.
    sid: sid === '0' ? null : sid,
    alias: textOf(values[4]) ?? textOf(values[5]),
    name: textOf(values[6]),
    description: textOf(values[7]),
    status: statusOf(values[8]),
    startDate: dateOf(values[9]),
    endDate: dateOf(values[10]),
    createdAt: timeOf(values[11]),
    updatedAt: timeOf(values[12]),
  };
}

function identifierOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  const text = stringOf(value)?.trim();
  return text !== undefined && IDENTIFIER.test(text) ? text : null;
}

/** Text as it came; absent and empty are the same to AAM, so they are to us. */
function textOf(value: unknown): string | AsciiText | null {
  if (typeof value === 'number') return String(value);
  return (typeof value === 'string' || value instanceof AsciiText) && value.length > 0 ? value : null;
}

function stringOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof AsciiText ? value.toString() : undefined;
}

function statusOf(value: unknown): SegmentStatus {
  // Most are so, and to make a string of each would take longer than all the rest.
  if (value instanceof AsciiText && value.is('active')) return 'ACTIVE';
  const text = typeof value === 'number' ? String(value) : (stringOf(value) ?? '');
  switch (text.trim().toLowerCase()) {
    case 'active':
    case '1':
      return 'ACTIVE';
    case 'inactive':
    case '0':
      return 'INACTIVE';
    case 'deleted':
      return 'DELETED';
    default:
      return 'UNKNOWN';
  }
}

function dateOf(value: unknown): string | null {
  const date = stringOf(value);
  if (date === undefined || !DATE.test(date)) return null;
  const time = Date.parse(`${date}T00:00:00Z`);
  // A day that there is not comes to one of the next month.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : null;
}

function timeOf(value: unknown): number | null {
  const time = typeof value === 'number' ? value : Number(stringOf(value));
  return Number.isInteger(time) && time >= 1 && time <= MAX_TIME ? time : null;
}
