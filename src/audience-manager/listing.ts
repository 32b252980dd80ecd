import { dateOf, type Clock, type Moment } from '../base/clock.js';
import { IdentifierIndex, PackedSegments } from '../segments/index.js';
import { ByteBudget } from './byte-budget.js';
import { AudienceManagerError } from './errors.js';
import type { TextLosses } from './mapping.js';
import type { MappingsPage } from './mappings-page.js';

/** All mappings of a destination, read in one call or in several pages. */
export interface Listing {
  readonly mappings: PackedSegments;
  /** Number of mappings that could not be read. */
  readonly skipped: number;
}

/** A listing as it was read from Audience Manager. */
export interface ReadListing extends Listing {
  /**
   * When its first page was asked for, in milliseconds since the epoch: it says nothing about a later time. That is when the
   * answered attempt began, and not when it began to wait for its turn.
   */
  readonly startedAt: number;
  readonly losses: Readonly<TextLosses>;
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

/** More pages than that are refused; an account has 20,000 segments at most ("Usage limits"). */
const MAX_PAGES = 20_000;

/** How often a listing is read page by page if its pages do not add up. */
const MAX_PAGED_READS = 3;

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

/** A page, and when it was asked for. */
export interface AskedPage extends MappingsPage {
  readonly askedAt: Moment;
}

/** Fetches one page. The server may return fewer mappings than `pageSize`; 0: without paging. */
export type FetchPage = (page: number, pageSize: number, budget: ByteBudget) => Promise<AskedPage>;

export interface ReadListingOptions {
  readonly fetchPage: FetchPage;
  /** 0: without paging. */
  readonly pageSize: number;
  readonly joiner: PageJoiner;
  /** What the pages of the listing may take, decompressed and in memory, in bytes. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

/**
 * Reads all mappings of a destination, page by page. The server may cap the page size, and mappings may be added
 * or removed between two pages: a listing whose pages do not add up is read again, three times in all. Then it is read
 * once without paging, where nothing can shift.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE if the pages never add up or no mapping is readable
 */
export async function readListing(options: ReadListingOptions): Promise<ReadListing> {
  const { pageSize, joiner, clock, maxBytes } = options;
  for (let read = 0; read <= MAX_PAGED_READS; read++) {
    const pages = new Pages(options.fetchPage, new ByteBudget(maxBytes));
    const askedAt = await pages.read(read < MAX_PAGED_READS ? pageSize : 0);
    if (askedAt === null) continue;
    const listing = await toListing(pages.all, joiner);
    if (listing !== null) return { ...listing, startedAt: dateOf(askedAt, clock) };
  }
  throw new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager's list of mappings changed while it was read, ${MAX_PAGED_READS + 1} times in a row.`,
  );
}

/** The pages of one attempt to read a listing. */
class Pages {
  readonly #fetchPage: FetchPage;
  readonly #budget: ByteBudget;
  readonly #pages: MappingsPage[] = [];
  #isUseless = false;

  constructor(fetchPage: FetchPage, budget: ByteBudget) {
    this.#fetchPage = fetchPage;
    this.#budget = budget;
  }

  /** In their order. */
  get all(): readonly MappingsPage[] {
    return this.#pages;
  }

  /** Reads all pages once. Frees them if they are of no use. @returns when the first was asked for; `null` if they do not add up */
  async read(pageSize: number): Promise<Moment | null> {
    let addUp = false;
    try {
      const first = await this.#fetch(0, pageSize);
      addUp = await this.#readOthers(first);
      return addUp ? first.askedAt : null;
    } finally {
      if (!addUp) this.#free();
    }
  }

  /** @returns whether all pages add up */
  async #readOthers(first: MappingsPage): Promise<boolean> {
    if (first.paging === null) return true;
    const { total } = first.paging;
    if (first.count >= total) return first.count === total;
    // A server that caps the page size returns fewer mappings than asked for, whatever `pageSize` it reports.
    const size = first.count;
    if (size === 0) return false;
    const count = Math.ceil(total / size);
    if (count > MAX_PAGES) {
      throw new AudienceManagerError(
        'AAM_BAD_RESPONSE',
        `Audience Manager spreads ${total} mappings over ${count} pages.`,
      );
    }
    const others = await Promise.all(
      Array.from({ length: count - 1 }, async (_, index) => await this.#fetch(index + 1, size)),
    );
    for (const [index, { paging }] of others.entries()) {
      if (paging === null || paging.total !== total || paging.page !== index + 1) return false;
    }
    return countOf(this.#pages) === total;
  }

  async #fetch(number: number, pageSize: number): Promise<AskedPage> {
    const page = await this.#fetchPage(number, pageSize, this.#budget);
    this.#pages[number] = page;
    // Another page has failed meanwhile.
    if (this.#isUseless) page.mappings.free();
    return page;
  }

  /** Frees the memory at once, and that of pages that are still to come. */
  #free(): void {
    this.#isUseless = true;
    for (const page of Object.values(this.#pages)) page.mappings.free();
  }
}

/** @returns `null` if an ID is on two pages: a mapping moved to another page while the pages were read */
async function toListing(
  pages: readonly MappingsPage[],
  joiner: PageJoiner,
): Promise<Omit<ReadListing, 'startedAt'> | null> {
  const mappings = await joiner.join(pages.map((page) => page.mappings));
  if (mappings === null) return null;
  const count = countOf(pages);
  if (count > 0 && mappings.length === 0) {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      'Audience Manager sent a list of mappings without one readable mapping.',
    );
  }
  const losses = {
    shortened: pages.reduce((sum, page) => sum + page.losses.shortened, 0),
    dropped: pages.reduce((sum, page) => sum + page.losses.dropped, 0),
  };
  return { mappings, skipped: count - mappings.length, losses };
}

function countOf(pages: readonly MappingsPage[]): number {
  return pages.reduce((sum, page) => sum + page.count, 0);
}
