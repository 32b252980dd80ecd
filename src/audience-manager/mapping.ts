import { storableText } from '../base/text.js';
import { parseManualOnlyId, type Mapping, type SegmentStatus } from '../segments/index.js';
import {
  MAX_ADDRESS_LENGTH,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
  cutText,
  storableIdentifier,
} from './texts.js';

export type MappingStatus = SegmentStatus;

/** Printable ASCII without spaces, 255 characters at most. */
const IDENTIFIER = /^[\x21-\x7e]{1,255}$/;

const DIGITS = /^\d{1,15}$/;

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The last moment that RFC 3339 can express, in milliseconds since the epoch. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** How many texts of mappings could not be kept as they are. */
export interface TextLosses {
  /** Names and descriptions that were too long and are cut. */
  shortened: number;
  /** Identifiers that are too long or that no storage can hold, which are left out. */
  dropped: number;
}

/**
 * Reads one mapping of a listing. A field with an unusable value counts as absent. The fields are checked by hand
 * because a schema library takes about ten times as long, for up to a million mappings.
 * Source: "Retrieve destinations", Return destination mappings.
 *
 * @param losses is counted up
 * @returns `null` for a value that is not an object or has no usable ID
 */
export function parseMapping(
  value: unknown,
  losses: TextLosses = { shortened: 0, dropped: 0 },
): Mapping | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const id =
    parseIdentifier(fields['destinationMappingId']) ??
    parseIdentifier(fields['mappingId']) ??
    parseIdentifier(fields['traitToDataOrderId']);
  // With such a prefix it would be taken for an entry by hand, which has its name from somebody else.
  if (id === null || (id.includes(':') && parseManualOnlyId(id) !== null)) return null;
  const sid = parseIdentifier(fields['sid']);
  return {
    id,
    // Mappings that are not segments have a sid of 0.
    sid: sid === '0' ? null : sid,
    alias: parseKey(fields['traitAlias'], losses),
    name: parseText(fields['elementName'], MAX_NAME_LENGTH, losses),
    description: parseText(fields['elementDescription'], MAX_DESCRIPTION_LENGTH, losses),
    status: parseStatus(fields['elementStatus']),
    startDate: parseDate(fields['startDate']),
    endDate: parseDate(fields['endDate']),
    createdAt: parseTime(fields['createTime']),
    updatedAt: parseTime(fields['updateTime']),
    value: parseKey(fields['valueAlias'], losses),
    url: parseKey(fields['url'], losses, MAX_ADDRESS_LENGTH),
    secureUrl: parseKey(fields['secureUrl'], losses, MAX_ADDRESS_LENGTH),
    isTrait: parseIsTrait(fields['traitType']),
  };
}

function parseIdentifier(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return IDENTIFIER.test(text) ? text : null;
}

/** A name or a description. */
function parseText(value: unknown, maxLength: number, losses: TextLosses): string | null {
  const whole = storableText(textOf(value));
  const text = cutText(whole, maxLength);
  if (text.length < whole.length) losses.shortened += 1;
  return text === '' ? null : text;
}

/** A text by which data may name the segment. */
function parseKey(value: unknown, losses: TextLosses, maxLength?: number): string | null {
  const text = textOf(value);
  const key = storableIdentifier(text, maxLength);
  if (key === null && text !== '') losses.dropped += 1;
  return key;
}

/**
 * Audience Manager makes no difference between an absent and an empty text; neither does the gateway. A number whose
 * digits JSON has not kept, such as 1.10 or one beyond 2^53, is no text that anybody could look up.
 */
function textOf(value: unknown): string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : '';
  return typeof value === 'string' ? value : '';
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
  const time = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return typeof time === 'number' && Number.isInteger(time) && time >= 1 && time <= MAX_TIME ? time : null;
}
