import { SegmentPacker, type PackedSegments, type Provenance } from '../segments/index.js';
import type { ContentType } from './charset.js';
import { AudienceManagerError } from './errors.js';
import { parseJson, unexpectedShape } from './json.js';
import { parseMapping, type TextLosses } from './mapping.js';

/** One response of the mappings endpoint, in either of its two shapes. */
export interface MappingsPage {
  readonly mappings: PackedSegments;
  /** Number of mappings in the response, including those that could not be read. */
  readonly count: number;
  /** `null` for a plain array, which always holds all mappings. */
  readonly paging: { readonly total: number; readonly page: number } | null;
  readonly losses: Readonly<TextLosses>;
}

/** Far above the documented maximum of 20,000 segments per account ("Usage limits"); a larger total is refused. */
const MAX_MAPPINGS = 1_000_000;
/** More objects and lists than that in one response are no mappings; as values in memory they would fill it. */
const MAX_CONTAINERS = 2 * MAX_MAPPINGS;

/** Provenance of every mapping that Audience Manager has just returned. */
const LISTED: Provenance = { source: 'AUDIENCE_MANAGER', confirmedAt: null, manual: null };

/** For error messages. */
const WHAT = 'a list of mappings';

/**
 * Parses a response of the mappings endpoint. Checked by hand: the background worker starts in half the time
 * without a schema library.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE
 */
export function parseMappingsPage(body: Uint8Array, contentType?: ContentType): MappingsPage {
  if (mayFillMemory(body)) throw tooManyMappings();
  const answer = parseJson(body, contentType, WHAT);
  const paging = Array.isArray(answer) ? null : pagingOf(answer);
  const list = Array.isArray(answer) ? (answer as unknown[]) : listOf(answer);
  if (list.length > MAX_MAPPINGS) throw tooManyMappings();
  const packer = new SegmentPacker();
  const losses = { shortened: 0, dropped: 0 };
  for (const value of list) {
    const mapping = parseMapping(value, losses);
    if (mapping !== null) packer.add(mapping, LISTED);
  }
  return { mappings: packer.finish(), count: list.length, paging, losses };
}

/**
 * Whether the values of a body would take many times its bytes, as an empty object does with its two bytes. Counts the
 * bytes that may begin an object or a list; a body of ordinary length cannot have too many.
 */
function mayFillMemory(body: Uint8Array): boolean {
  if (body.length <= 2 * MAX_CONTAINERS) return false;
  let count = 0;
  // 0x5b and 0x7b: "[" and "{".
  for (let index = 0; index < body.length; index++) if (((body[index] ?? 0) | 0x20) === 0x7b) count += 1;
  return count > MAX_CONTAINERS;
}

function tooManyMappings(): AudienceManagerError {
  return new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager sent more than ${MAX_MAPPINGS} mappings at once, far more than an account may have.`,
  );
}

function pagingOf(answer: unknown): { readonly total: number; readonly page: number } {
  if (typeof answer !== 'object' || answer === null) throw unexpectedShape(WHAT);
  const { total, page } = answer as Readonly<Record<string, unknown>>;
  if (!isCount(total) || total > MAX_MAPPINGS) throw unexpectedShape(WHAT, 'total');
  if (!isCount(page)) throw unexpectedShape(WHAT, 'page');
  return { total, page };
}

function listOf(answer: unknown): readonly unknown[] {
  const { list } = answer as Readonly<Record<string, unknown>>;
  if (!Array.isArray(list)) throw unexpectedShape(WHAT, 'list');
  return list as unknown[];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
