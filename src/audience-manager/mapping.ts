import type { Mapping, SegmentStatus } from '../segments/index.js';

export type { Mapping } from '../segments/index.js';
export type MappingStatus = SegmentStatus;

/** Printable ASCII without blanks. */
const IDENTIFIER = /^[\x21-\x7e]{1,255}$/;

const DATE = /^\d{4}-\d\d-\d\d$/;

/** RFC 3339 ends with the year 9999. */
const LATEST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * One row of a listing, or `null` where it is odd: not an object, or without a usable ID. An odd value of another
 * field is as good as none. Read field by field, as a listing has a million of them: a schema takes ten times as
 * long.
 */
export function parseMapping(value: unknown): Mapping | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const row = value as Readonly<Record<string, unknown>>;
  const id =
    identifierOf(row['destinationMappingId']) ??
    identifierOf(row['mappingId']) ??
    identifierOf(row['traitToDataOrderId']);
  if (id === null) return null;
  const sid = identifierOf(row['sid']);
  return {
    id,
    // Mappings that are no segments carry 0 here.
    sid: sid === '0' ? null : sid,
    alias: textOf(row['traitAlias']) ?? textOf(row['valueAlias']),
    name: textOf(row['elementName']),
    description: textOf(row['elementDescription']),
    status: statusOf(row['elementStatus']),
    startDate: dateOf(row['startDate']),
    endDate: dateOf(row['endDate']),
    createdAt: timeOf(row['createTime']),
    updatedAt: timeOf(row['updateTime']),
  };
}

function identifierOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return IDENTIFIER.test(text) ? text : null;
}

/** Text as it came; absent and empty are the same to AAM, so they are to us. */
function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function statusOf(value: unknown): SegmentStatus {
  switch (typeof value === 'number' || typeof value === 'string' ? String(value).trim().toLowerCase() : '') {
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
  if (typeof value !== 'string' || !DATE.test(value)) return null;
  const time = Date.parse(`${value}T00:00:00Z`);
  // A day that there is not comes to one of the next month.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value) ? value : null;
}

function timeOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Number(value) : value;
  return typeof time === 'number' && Number.isInteger(time) && time >= 1 && time <= LATEST_TIME ? time : null;
}
