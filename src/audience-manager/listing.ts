import { IdentifierIndex, PackedSegments, SegmentPacker, type Provenance } from '../segments/index.js';
import { AudienceManagerError } from './errors.js';
import { parseJson, unexpectedShape } from './json.js';
import { parseMapping } from './mapping.js';

/** All mappings of a destination, read in one call or in several pages. */
export interface Listing {
  readonly mappings: PackedSegments;
  /** Number of mappings that could not be read. */
  readonly skipped: number;
}

/** One response of the mappings endpoint, in either of its two shapes. */
export interface MappingsPage {
  readonly mappings: PackedSegments;
  /** Number of mappings in the response, including those that could not be read. */
  readonly count: number;
  /** `null` for a plain array, which always holds all mappings. */
  readonly paging: { readonly total: number; readonly page: number } | null;
}

/** Joins the pages of a listing. The work grows with the length of the listing. */
export interface PageJoiner {
  /**
   * Takes ownership of the pages: they must not be used afterwards.
   *
   * @returns all mappings of the pages; `null` if two pages contain the same ID
   */
  join(pages: readonly PackedSegments[]): Promise<PackedSegments | null>;
}

/** Joins pages in the calling thread. */
export const inlineJoiner: PageJoiner = {
  // An async function, so that an exception becomes a rejected promise.
  join: async (pages) => await Promise.resolve(joinPages(pages)),
};

/** Far above the documented maximum of 20,000 segments per account ("Usage limits"); a larger total is refused. */
const MAX_MAPPINGS = 1_000_000;
const MAX_PAGES = 20_000;

/** How often a listing is read page by page if its pages do not add up. */
const MAX_PAGED_READS = 3;

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
export function parseMappingsPage(body: Uint8Array): MappingsPage {
  const answer = parseJson(body, WHAT);
  const paging = Array.isArray(answer) ? null : pagingOf(answer);
  const list = Array.isArray(answer) ? (answer as unknown[]) : listOf(answer);
  const packer = new SegmentPacker();
  for (const value of list) {
    const mapping = parseMapping(value);
    if (mapping !== null) packer.add(mapping, LISTED);
  }
  return { mappings: packer.finish(), count: list.length, paging };
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

/** Joins pages at once; see `PageJoiner.join`. */
export function joinPages(pages: readonly PackedSegments[]): PackedSegments | null {
  const [only] = pages;
  const all = only !== undefined && pages.length === 1 ? only : PackedSegments.concat(pages);
  const index = IdentifierIndex.of(all, 'id', (_, later) => later);
  if (index.count() === all.length) return all;
  if (all !== only) return null;
  // Within one response a repeated ID is a mistake of the server; the last mapping wins.
  const lastOfEachId = new Set<number>();
  for (let record = 0; record < all.length; record++) lastOfEachId.add(index.findLike(all, record));
  return all.select([...lastOfEachId]);
}

/** Fetches one page. The server may return fewer mappings than `pageSize`; 0: without paging. */
export type FetchPage = (page: number, pageSize: number) => Promise<MappingsPage>;

/**
 * Reads all mappings of a destination, page by page. The server may cap the page size, and mappings may be added
 * or removed between two pages: a listing whose pages do not add up is read again, three times in all. Then it is read
 * once without paging, where nothing can shift.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE if the pages never add up or no mapping is readable
 */
export async function readListing(
  fetchPage: FetchPage,
  pageSize: number,
  joiner: PageJoiner,
): Promise<Listing> {
  for (let read = 0; read <= MAX_PAGED_READS; read++) {
    const pages = await readOnce(fetchPage, read < MAX_PAGED_READS ? pageSize : 0);
    const listing = pages === null ? null : await toListing(pages, joiner);
    if (listing !== null) return listing;
  }
  throw new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager's list of mappings changed while it was read, ${MAX_PAGED_READS + 1} times in a row.`,
  );
}

/** Reads all pages once. @returns `null` if the pages contradict each other */
async function readOnce(fetchPage: FetchPage, pageSize: number): Promise<MappingsPage[] | null> {
  const first = await fetchPage(0, pageSize);
  if (first.paging === null) return [first];
  const { total } = first.paging;
  if (first.count >= total) return first.count === total ? [first] : null;
  // A server that caps the page size returns fewer mappings than asked for, whatever `pageSize` it reports.
  const size = first.count;
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

/** @returns `null` if an ID is on two pages: a mapping moved to another page while the pages were read */
async function toListing(pages: readonly MappingsPage[], joiner: PageJoiner): Promise<Listing | null> {
  const mappings = await joiner.join(pages.map((page) => page.mappings));
  if (mappings === null) return null;
  const count = countOf(pages);
  if (count > 0 && mappings.length === 0) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      'Audience Manager sent a list of mappings without one readable mapping.',
    );
  }
  return { mappings, skipped: count - mappings.length };
}

function countOf(pages: readonly MappingsPage[]): number {
  return pages.reduce((sum, page) => sum + page.count, 0);
}
