import { z } from 'zod';
import { AudienceManagerError } from './errors.js';
import { parseAnswer } from './json.js';
import { parseMapping, type Mapping } from './mapping.js';

/** One complete fetch of a destination's mappings. */
export interface Listing {
  readonly mappings: readonly Mapping[];
  /** Rows that could not be read. */
  readonly skipped: number;
}

/** One answer of the mappings endpoint, in whichever of its two shapes it came. */
export interface MappingsAnswer {
  /** Read as they arrive, so that a long listing is not read in one go; `null` for one that cannot be. */
  readonly rows: readonly (Mapping | null)[];
  /** `null` for a plain array, which is always everything. */
  readonly paging: { readonly total: number; readonly page: number } | null;
}

/** An AAM account holds 20,000 segments at most ("Usage limits"); far above that is nonsense, not data. */
const MOST_ROWS = 1_000_000;
const MOST_PAGES = 20_000;

const answer = z.union([
  z.array(z.unknown()).transform((rows): MappingsAnswer => ({ rows: rows.map(parseMapping), paging: null })),
  z
    .object({
      total: z.int().min(0).max(MOST_ROWS),
      page: z.int().min(0),
      list: z.array(z.unknown()),
    })
    .transform(({ total, page, list }): MappingsAnswer => ({
      rows: list.map(parseMapping),
      paging: { total, page },
    })),
]);

/** @throws AudienceManagerError AAM_BAD_RESPONSE */
export function parseMappingsAnswer(text: string): MappingsAnswer {
  return parseAnswer(text, answer, 'a list of mappings');
}

/** Fetches one page; the size may come back smaller than asked for. */
export type FetchPage = (page: number, pageSize: number) => Promise<MappingsAnswer>;

/** Reads after the first one when the pages of a listing do not add up. */
const REREADS = 3;

/**
 * All mappings of a destination, page by page. The server may cap the page size, and mappings may come
 * and go between two pages; the listing is read again until it adds up.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE when it does not add up or holds not one readable row
 */
export async function readListing(fetchPage: FetchPage, pageSize: number): Promise<Listing> {
  for (let read = 0; read <= REREADS; read++) {
    const pages = await readOnce(fetchPage, pageSize);
    const listing = pages === null ? null : toListing(pages);
    if (listing !== null) return listing;
  }
  throw new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager's list of mappings changed while it was read, ${REREADS + 1} times in a row.`,
  );
}

interface Rows {
  readonly rows: readonly (Mapping | null)[];
  /** Then nothing can have moved from one page to another. */
  readonly inOneAnswer: boolean;
}

/** All rows, or `null` when the pages contradict each other. */
async function readOnce(fetchPage: FetchPage, pageSize: number): Promise<Rows | null> {
  const first = await fetchPage(0, pageSize);
  if (first.paging === null) return { rows: first.rows, inOneAnswer: true };
  const { total } = first.paging;
  if (first.rows.length >= total)
    return first.rows.length === total ? { rows: first.rows, inOneAnswer: true } : null;
  // What came counts, not what was asked for: a capped page size shows in the rows, whatever the answer says.
  const size = first.rows.length;
  if (size === 0) return null;
  const pages = Math.ceil(total / size);
  if (pages > MOST_PAGES) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      `Audience Manager spreads ${total} mappings over ${pages} pages.`,
    );
  }
  const others = await Promise.all(
    Array.from({ length: pages - 1 }, async (_, index) => await fetchPage(index + 1, size)),
  );
  const rows = [...first.rows];
  for (const [index, other] of others.entries()) {
    const { paging } = other;
    if (paging === null || paging.total !== total || paging.page !== index + 1) return null;
    for (const row of other.rows) rows.push(row);
  }
  return rows.length === total ? { rows, inOneAnswer: false } : null;
}

/** The listing, or `null` when one ID stands twice: a row moved to another page while they were read. */
function toListing({ rows, inOneAnswer }: Rows): Listing | null {
  const mappings = new Map<string, Mapping>();
  for (const mapping of rows) {
    if (mapping === null) continue;
    // In one answer it is an odd row like others: the last one counts.
    if (mappings.has(mapping.id) && !inOneAnswer) return null;
    mappings.set(mapping.id, mapping);
  }
  if (rows.length > 0 && mappings.size === 0) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      'Audience Manager sent a list of mappings without one readable row.',
    );
  }
  return { mappings: [...mappings.values()], skipped: rows.length - mappings.size };
}
