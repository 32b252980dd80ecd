import type { Mapping, SegmentStatus } from '../segments/index.js';

export type MappingStatus = SegmentStatus;

/** Printable ASCII without spaces, 255 characters at most. */
const IDENTIFIER = /^[\x21-\x7e]{1,255}$/;

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The last moment that RFC 3339 can express, in milliseconds since the epoch. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads one mapping of a listing. A field with an unusable value counts as absent. The fields are checked by hand
 * because a schema library takes about ten times as long, for up to a million mappings.
 * Source: "Retrieve destinations", Return destination mappings.
 *
 * @returns `null` for a value that is not an object or has no usable ID
 */
export function parseMapping(value: unknown): Mapping | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const id =
    parseIdentifier(fields['destinationMappingId']) ??
    parseIdentifier(fields['mappingId']) ??
    parseIdentifier(fields['traitToDataOrderId']);
  if (id === null) return null;
  const sid = parseIdentifier(fields['sid']);
  return {
    id,
    // Mappings that are not segments have a sid of 0.
    sid: sid === '0' ? null : sid,
    alias: parseText(fields['traitAlias']),
    name: parseText(fields['elementName']),
    description: parseText(fields['elementDescription']),
    status: parseStatus(fields['elementStatus']),
    startDate: parseDate(fields['startDate']),
    endDate: parseDate(fields['endDate']),
    createdAt: parseTime(fields['createTime']),
    updatedAt: parseTime(fields['updateTime']),
    value: parseText(fields['valueAlias']),
    url: parseText(fields['url']),
    secureUrl: parseText(fields['secureUrl']),
    isTrait: parseIsTrait(fields['traitType']),
  };
}

function parseIdentifier(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return IDENTIFIER.test(text) ? text : null;
}

/**
 * Audience Manager makes no difference between an absent and an empty text; neither does the gateway. A number whose
 * digits JSON has not kept is no text that anybody could look up.
 */
function parseText(value: unknown): string | null {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : null;
  return typeof value === 'string' && value.length > 0 ? value : null;
}

function parseStatus(value: unknown): SegmentStatus {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : value;
  switch (text) {
    case 'active':
    case '1':
    case 1:
      return 'ACTIVE';
    case 'inactive':
    case '0':
    case 0:
      return 'INACTIVE';
    case 'deleted':
      return 'DELETED';
    default:
      return 'UNKNOWN';
  }
}

/** `SEGMENT` or nothing for a segment; `RULE_BASED_TRAIT`, `ON_BOARDED_TRAIT` and the like for a trait. */
function parseIsTrait(value: unknown): boolean {
  return typeof value === 'string' && /TRAIT$/i.test(value.trim());
}

function parseDate(value: unknown): string | null {
  if (typeof value !== 'string' || !DATE.test(value)) return null;
  const time = Date.parse(`${value}T00:00:00Z`);
  // Date.parse turns a day that does not exist, such as 31 April, into a day of the next month.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value) ? value : null;
}

function parseTime(value: unknown): number | null {
  const time = typeof value === 'string' ? Number(value) : value;
  return typeof time === 'number' && Number.isInteger(time) && time >= 1 && time <= MAX_TIME ? time : null;
}
