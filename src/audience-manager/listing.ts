import { IdentifierIndex, PackedSegments, SegmentPacker, type Provenance } from '../segments/index.js';
import { AudienceManagerError } from './errors.js';
import { parseJson, unexpectedShape } from './json.js';
import { MAPPING_FIELDS, mappingOf, parseMapping } from './mapping.js';
import { RowScanner } from './row-scanner.js';

/** One complete fetch of a destination's mappings. */
export interface Listing {
  readonly mappings: PackedSegments;
  /** Rows that could not be read. */
  readonly skipped: number;
}

/** One answer of the mappings endpoint, in whichever of its two shapes it came. */
export interface MappingsPage {
  readonly mappings: PackedSegments;
  /** Of which some may not have been readable. */
  readonly rows: number;
  /** `null` for a plain array, which is always everything. */
  readonly paging: { readonly total: number; readonly page: number } | null;
}

/** The work on a listing that takes time with its length. */
export interface ListingParser {
  /** Takes over the body. @throws AudienceManagerError AAM_BAD_RESPONSE */
  parse(body: Uint8Array<ArrayBuffer>): Promise<MappingsPage>;
  /** Takes over the pages. @returns all mappings of them; `null` where an ID of several pages stands twice */
  join(pages: readonly PackedSegments[]): Promise<PackedSegments | null>;
}

/** Does it at once. */
export const inlineParser: ListingParser = {
  // Promises, so that what is thrown rejects them.
  parse: async (body) => await Promise.resolve(parseMappingsPage(body)),
  join: async (pages) => await Promise.resolve(joinPages(pages)),
};

/** An AAM account holds 20,000 segments at most ("Usage limits"); far above that is nonsense, not data. */
const MAX_ROWS = 1_000_000;
const MAX_PAGES = 20_000;

/** ReadSet after the first one when the pages of a listing do not add up. */
const REREADS = 3;

/** Whatever a row says, it is Audience Manager's word, as of now. */
const LISTED: Provenance = { source: 'AUDIENCE_MANAGER', confirmedAt: null, manual: null };

const WHAT = 'a list of mappings';

/**
 * Checked by hand, as a thread that has nothing but this to check starts in half the time without a library.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE
 */
export function parseMappingsPage(body: Uint8Array): MappingsPage {
  return scannedPage(body) ?? parsedPage(body);
}

/** `null`: it takes a closer look. */
function scannedPage(body: Uint8Array): MappingsPage | null {
  const packer = new SegmentPacker();
  const scanned = RowScanner.scan(body, MAPPING_FIELDS, (values) => {
    const mapping = mappingOf(values);
    if (mapping !== null) packer.add(mapping, LISTED);
  });
  if (scanned === null) return null;
  const paging = scanned.paging === null ? null : pagingOf(scanned.paging);
  return { mappings: packer.finish(), rows: scanned.rows, paging };
}

function parsedPage(body: Uint8Array): MappingsPage {
  const answer = parseJson(body, WHAT);
  const paging = Array.isArray(answer) ? null : pagingOf(answer);
  const rows = Array.isArray(answer) ? (answer as unknown[]) : rowsOf(answer);
  const packer = new SegmentPacker();
  for (const row of rows) {
    const mapping = parseMapping(row);
    if (mapping !== null) packer.add(mapping, LISTED);
  }
  return { mappings: packer.finish(), rows: rows.length, paging };
}

function pagingOf(answer: unknown): { readonly total: number; readonly page: number } {
  if (typeof answer !== 'object' || answer === null) throw unexpectedShape(WHAT);
  const { total, page } = answer as Readonly<Record<string, unknown>>;
  if (!isCount(total) || total > MAX_ROWS) throw unexpectedShape(WHAT, 'total');
  if (!isCount(page)) throw unexpectedShape(WHAT, 'page');
  return { total, page };
}

function rowsOf(answer: unknown): readonly unknown[] {
  const { list } = answer as Readonly<Record<string, unknown>>;
  if (!Array.isArray(list)) throw unexpectedShape(WHAT, 'list');
  return list as unknown[];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** As `ListingParser.join`. */
export function joinPages(pages: readonly PackedSegments[]): PackedSegments | null {
  const [only] = pages;
  const all = only !== undefined && pages.length === 1 ? only : PackedSegments.joined(pages);
  const index = IdentifierIndex.of(all, 'id', (_, later) => later);
  if (index.count() === all.length) return all;
  if (all !== only) return null;
  // In one answer it is an odd row like others: the last one counts.
  const rows = new Set<number>();
  for (let row = 0; row < all.length; row++) rows.add(index.findLike(all, row));
  return all.picked([...rows]);
}

/** Fetches one page; the size may come back smaller than asked for. */
export type FetchPage = (page: number, pageSize: number) => Promise<MappingsPage>;

/**
 * All mappings of a destination, page by page. The server may cap the page size, and mappings may come
 * and go between two pages; the listing is read again until it adds up.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE when it does not add up or holds not one readable row
 */
export async function readListing(
  fetchPage: FetchPage,
  pageSize: number,
  parser: ListingParser,
): Promise<Listing> {
  for (let read = 0; read <= REREADS; read++) {
    const pages = await readOnce(fetchPage, pageSize);
    const listing = pages === null ? null : await toListing(pages, parser);
    if (listing !== null) return listing;
  }
  throw new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager's list of mappings changed while it was read, ${REREADS + 1} times in a row.`,
  );
}

/** All pages, or `null` when they contradict each other. */
async function readOnce(fetchPage: FetchPage, pageSize: number): Promise<MappingsPage[] | null> {
  const first = await fetchPage(0, pageSize);
  if (first.paging === null) return [first];
  const { total } = first.paging;
  if (first.rows >= total) return first.rows === total ? [first] : null;
  // What came counts, not what was asked for: a capped page size shows in the rows, whatever the answer says.
  const size = first.rows;
  if (size === 0) return null;
  const count = Math.ceil(total / size);
  if (count > MAX_PAGES) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      `Audience Manager spreads ${total} mappings over ${count} pages.`,
    );
  }
  const others = await Promise.all(
    Array.from({ length: count - 1 }, async (_, index) => await fetchPage(index + 1, size)),
  );
  for (const [index, { paging }] of others.entries()) {
    if (paging === null || paging.total !== total || paging.page !== index + 1) return null;
  }
  const pages = [first, ...others];
  return countOf(pages) === total ? pages : null;
}

/** The listing, or `null` when one ID stands twice: a row moved to another page while they were read. */
async function toListing(pages: readonly MappingsPage[], parser: ListingParser): Promise<Listing | null> {
  const mappings = await parser.join(pages.map((page) => page.mappings));
  if (mappings === null) return null;
  const rowCount = countOf(pages);
  if (rowCount > 0 && mappings.length === 0) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      'Audience Manager sent a list of mappings without one readable row.',
    );
  }
  return { mappings, skipped: rowCount - mappings.length };
}

function countOf(pages: readonly MappingsPage[]): number {
  return pages.reduce((sum, page) => sum + page.rows, 0);
}
