import { z } from 'zod';
import type { ContentType } from './charset.js';
import { listedDestinationOf, type ListedDestination } from './destination.js';
import { AudienceManagerError } from './errors.js';
import { parseAnswer } from './json.js';

/** All destinations that an account may see. */
export interface DestinationList {
  /** Each ID once, in the order of the answer. */
  readonly destinations: readonly ListedDestination[];
  /** Number of entries that could not be read. */
  readonly skipped: number;
}

/** One answer of the endpoint, in either of its two shapes. */
export interface DestinationsPage {
  readonly destinations: readonly ListedDestination[];
  /** Number of entries, including those that could not be read. */
  readonly count: number;
  /** `null` for a plain array, which always holds all destinations. */
  readonly paging: { readonly total: number; readonly page: number } | null;
}

/** Far above the documented maximum of 1,000 destinations per account ("Usage limits"); a larger total is refused. */
const MAX_DESTINATIONS = 20_000;

/** How often a list is read page by page if its pages do not add up. Then it is read once without paging. */
const MAX_PAGED_READS = 3;

/** For error messages. */
const WHAT = 'a list of destinations';

const count = z.number().int().nonnegative();
const entries = z.array(z.unknown());
const answer = z.union([entries, z.object({ total: count, page: count, list: entries })]);

/** Parses an answer of `GET destinations`. @throws AudienceManagerError AAM_BAD_RESPONSE */
export function parseDestinationsPage(body: Uint8Array, contentType?: ContentType): DestinationsPage {
  const parsed = parseAnswer(body, contentType, answer, WHAT);
  const list = Array.isArray(parsed) ? parsed : parsed.list;
  const paging = Array.isArray(parsed) ? null : { total: parsed.total, page: parsed.page };
  if (list.length > MAX_DESTINATIONS || (paging?.total ?? 0) > MAX_DESTINATIONS) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      `Audience Manager lists more than ${MAX_DESTINATIONS} destinations, far more than an account may have.`,
    );
  }
  const destinations = list.map(listedDestinationOf).filter((destination) => destination !== null);
  return { destinations, count: list.length, paging };
}

/**
 * Reads all destinations of an account. The server may cap the page size, and destinations may be added or removed
 * between two pages: only a list that adds up counts.
 *
 * @param fetchPage fetches one page; a size of 0: without paging
 * @param pageSize 0: without paging
 * @throws AudienceManagerError AAM_BAD_RESPONSE if the pages never add up or no entry is readable
 */
export async function readDestinationList(
  fetchPage: (page: number, pageSize: number) => Promise<DestinationsPage>,
  pageSize: number,
): Promise<DestinationList> {
  for (let read = 0; read <= MAX_PAGED_READS; read++) {
    const pages = await readPages(fetchPage, read < MAX_PAGED_READS ? pageSize : 0);
    const list = pages && joined(pages);
    if (list !== null) return list;
  }
  throw new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager's list of destinations changed while it was read, ${MAX_PAGED_READS + 1} times in a row.`,
  );
}

/** @returns `null` if the pages do not add up */
async function readPages(
  fetchPage: (page: number, pageSize: number) => Promise<DestinationsPage>,
  pageSize: number,
): Promise<DestinationsPage[] | null> {
  const first = await fetchPage(0, pageSize);
  if (first.paging === null) return [first];
  const { total } = first.paging;
  // A server that caps the page size returns fewer entries than asked for, whatever `pageSize` it reports.
  const size = first.count;
  const pages = [first];
  let read = size;
  while (read < total) {
    // One after the other: an account has so few destinations that there are seldom two pages.
    const page = await fetchPage(pages.length, size);
    if (page.paging?.total !== total || page.paging.page !== pages.length || page.count === 0) return null;
    pages.push(page);
    read += page.count;
  }
  return read === total ? pages : null;
}

/** @returns `null` if an ID is on two pages: a destination moved to another page while the pages were read */
function joined(pages: readonly DestinationsPage[]): DestinationList | null {
  const all = pages.flatMap(({ destinations }) => destinations);
  const entryCount = pages.reduce((sum, page) => sum + page.count, 0);
  const byId = new Map(all.map((destination) => [destination.id, destination]));
  if (byId.size < all.length && pages.length > 1) return null;
  if (entryCount > 0 && byId.size === 0) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      'Audience Manager sent a list of destinations without one readable destination.',
    );
  }
  return { destinations: [...byId.values()], skipped: entryCount - all.length };
}
