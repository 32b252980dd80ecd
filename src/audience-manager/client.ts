import type { Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import { Tracing } from '../telemetry/tracing.js';
import { accountKey, type Account } from './account.js';
import { refusedCallError } from './advice.js';
import type { ByteBudget } from './byte-budget.js';
import { callCancelled } from './call-failure.js';
import { parseDestinationsPage, readDestinationList, type DestinationList } from './destination-list.js';
import type { ListingRoom } from './call-queue.js';
import { parseDestination, type DestinationDetails } from './destination.js';
import { AudienceManagerError } from './errors.js';
import type { CallOptions, CallResponse, Http, HttpRequest, HttpResponse } from './http.js';
import { HabitMemory, omissions, type DoubtfulOption, type ListingHabits } from './listing-habits.js';
import { inlineJoiner, readListing, type AskedPage, type PageJoiner, type ReadListing } from './listing.js';
import {
  outboundHistoryQuery,
  parseOutboundHistory,
  type OutboundHistory,
  type OutboundPeriod,
} from './outbound-history.js';
import { RefreshPriority } from './priority.js';
import { refusalOf, type Refusal } from './refusal.js';
import type { Tokens } from './tokens.js';

export interface ClientOptions {
  readonly http: Http;
  readonly tokens: Tokens;
  /** Number of mappings per page; 0: all mappings in one call. */
  readonly pageSize: number;
  /** Whether to ask for deleted mappings too. */
  readonly includeDeleted: boolean;
  /** What the pages of one listing may take, decompressed and in memory, in bytes. Default: 256 MiB. */
  readonly maxListingBytes?: number;
  readonly clock: Clock;
  /** Default: works in the calling thread. */
  readonly joiner?: PageJoiner;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing;
}

/** A page of the mappings of a destination. */
interface PageRequest {
  readonly account: Account;
  readonly destinationId: string;
  readonly page: number;
  /** 0: without paging. */
  readonly pageSize: number;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
  readonly priority: RefreshPriority;
  /** Of the listing; its first call waits for it. */
  readonly room: ListingMemory | undefined;
}

/** The memory of one listing. The pages count from their arrival. */
export interface ListingMemory extends ListingRoom {
  /** The listing begins, perhaps once more: earlier pages are gone. */
  begin(): void;
  /** A page has arrived that takes so many bytes. */
  add(bytes: number): void;
}

/** How a listing is read. */
export interface ListingOptions extends CallOptions {
  /** The memory that it may take. Its first call waits until there is room. Default: it need not wait. */
  readonly memory?: ListingMemory | undefined;
}

/** Sorted by it, mappings do not move between pages. A server that spells it in another way refuses it. */
const MAPPING_ID_FIELD = 'destinationMappingId';

const MAX_LISTING_BYTES = 256 * 1024 * 1024;

const LOSSES =
  'a listing has texts that cannot be kept as they are: names over 1,000 and descriptions over 10,000 characters were shortened, identifiers over 1,000 characters, addresses over 10,000 and those that no database can hold were left out';

/** Only for the type checker: the body of a 2xx response is always a page or an error. */
const NOT_A_PAGE = 'Audience Manager sent no list of mappings.';

/**
 * The part of Audience Manager's REST API that this gateway uses. Every failure is an `AudienceManagerError`.
 * Source: "Retrieve destinations".
 */
export class AudienceManagerClient {
  readonly #options: ClientOptions;
  readonly #habits = new HabitMemory();
  readonly #tracing: Tracing;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#tracing = options.tracing ?? new Tracing(null);
  }

  /** `GET destinations/{id}`. @throws AudienceManagerError */
  async readDestination(
    account: Account,
    destinationId: string,
    options: CallOptions = {},
  ): Promise<DestinationDetails> {
    const path = `destinations/${encodeURIComponent(destinationId)}`;
    const { http } = this.#options;
    const called = calledWith(options);
    const send = (request: HttpRequest): Promise<CallResponse> =>
      http.request('destination', request, called);
    const { body, headers } = await this.#get(account, path, send, refusalOf, called);
    return parseDestination(body, headers['content-type']);
  }

  /** `GET destinations`, all pages. @throws AudienceManagerError */
  async listDestinations(account: Account, options: CallOptions = {}): Promise<DestinationList> {
    const { http, logger, pageSize } = this.#options;
    const send = (request: HttpRequest): Promise<CallResponse> =>
      http.request('destinations', request, options);
    const list = await readDestinationList(async (page, size) => {
      const query = size === 0 ? '' : `?page=${page}&pageSize=${size}`;
      const { body, headers } = await this.#get(account, `destinations${query}`, send, refusalOf, options);
      return parseDestinationsPage(body, headers['content-type']);
    }, pageSize);
    if (list.skipped > 0) {
      logger.warn({ skipped: list.skipped }, 'skipped entries of a list of destinations that cannot be read');
    }
    return list;
  }

  /**
   * `GET destinations/{id}/history/outbound`: what was sent to a server-to-server destination in a period.
   *
   * @throws AudienceManagerError
   */
  async readOutboundHistory(
    account: Account,
    destinationId: string,
    period: OutboundPeriod,
    options: CallOptions = {},
  ): Promise<OutboundHistory> {
    const path = `destinations/${encodeURIComponent(destinationId)}/history/outbound`;
    const { http } = this.#options;
    const called = calledWith(options);
    const send = (request: HttpRequest): Promise<CallResponse> =>
      http.request('outbound_history', request, called);
    const query = outboundHistoryQuery(period);
    const { body, headers } = await this.#get(account, `${path}?${query}`, send, refusalOf, called);
    return parseOutboundHistory(body, headers['content-type'], period);
  }

  /**
   * `GET users/self`. With role-based access, Audience Manager knows the technical user of server-to-server credentials
   * only after this call. @throws AudienceManagerError
   */
  async makeUserKnown(account: Account, options: CallOptions = {}): Promise<void> {
    const { http } = this.#options;
    const called = calledWith(options);
    const send = (request: HttpRequest): Promise<CallResponse> => http.request('user', request, called);
    await this.#get(account, 'users/self', send, refusalOf, called);
  }

  /** `GET destinations/{id}/mappings`, all pages. @throws AudienceManagerError */
  async listMappings(
    account: Account,
    destinationId: string,
    options: ListingOptions = {},
  ): Promise<ReadListing> {
    return await this.#tracing.span('listing', { destination: destinationId }, async (span) => {
      const listing = await this.#listMappings(account, destinationId, options);
      span.setAttribute('segments', listing.mappings.length);
      return listing;
    });
  }

  async #listMappings(
    account: Account,
    destinationId: string,
    { signal, priority: asked = 'lookup', memory }: ListingOptions,
  ): Promise<ReadListing> {
    const { pageSize, clock, joiner = inlineJoiner, maxListingBytes } = this.#options;
    const priority = RefreshPriority.of(asked);
    // When one page fails, the calls for the other pages are aborted.
    const pages = new AbortController();
    const stop = signal === undefined ? pages.signal : AbortSignal.any([signal, pages.signal]);
    try {
      const listing = await readListing({
        fetchPage: async (page, pageSize, budget) => {
          if (page === 0) memory?.begin();
          const part = { account, destinationId, page, pageSize, budget, signal: stop, priority };
          const fetched = await this.#fetchPage({ ...part, room: page === 0 ? memory : undefined });
          memory?.add(fetched.mappings.byteLength);
          return fetched;
        },
        pageSize,
        joiner,
        maxBytes: maxListingBytes ?? MAX_LISTING_BYTES,
        clock,
      });
      this.#report(destinationId, listing);
      return listing;
    } finally {
      pages.abort();
    }
  }

  /** Says that there may be memory for listings that wait for it. */
  roomFreed(): void {
    this.#options.http.roomFreed();
  }

  /** Has credentials that were rejected too often tried once more, with the next call that needs a token. */
  allowLogIn(account: Account): void {
    this.#options.tokens.allowOneTry(account);
  }

  /** Says what of a listing could not be taken over, once for all its mappings. */
  #report(destination: string, { skipped, losses }: ReadListing): void {
    const { logger, metrics } = this.#options;
    if (skipped > 0) {
      metrics.skippedMappings.inc(skipped);
      logger.warn({ destination, skipped }, 'skipped mappings that cannot be read');
    }
    const { shortened, dropped } = losses;
    if (shortened + dropped > 0) {
      logger.warn({ destination, shortened, dropped }, LOSSES);
    }
  }

  /** Fetches a page. If the server refuses an option on the first page, it asks again without, and remembers that. */
  async #fetchPage(request: PageRequest): Promise<AskedPage> {
    const destination = `${accountKey(request.account)} ${request.destinationId}`;
    const habits = this.#habits.get(destination);
    const used = this.#doubtfulOptions(request).filter((option) => !habits.without.includes(option));
    try {
      return await this.#requestPage(request, destination, habits);
    } catch (error) {
      if (request.page > 0 || used.length === 0 || !isBadRequest(error)) throw error;
      for (const omitted of omissions(used, error.message)) {
        const without = [...habits.without, ...omitted];
        try {
          const page = await this.#requestPage(request, destination, { ...habits, without });
          this.#habits.set(destination, { ...this.#habits.get(destination), without });
          this.#options.logger.info(
            { destination: request.destinationId, options: omitted },
            'Audience Manager refuses options of the listing; it is asked without them until the next start',
          );
          return page;
        } catch (again) {
          if (!isBadRequest(again)) throw again;
        }
      }
      throw error;
    }
  }

  async #requestPage(request: PageRequest, destination: string, habits: ListingHabits): Promise<AskedPage> {
    const { account, destinationId, budget, room, signal, priority } = request;
    const { http } = this.#options;
    const path = `destinations/${encodeURIComponent(destinationId)}/mappings${habits.hasSlash ? '/' : ''}`;
    const { body, redirected, askedAt } = await this.#get(
      account,
      path + this.#query(request, habits),
      (page) => http.requestPage(page, { signal, priority, budget, room }),
      ({ body: page }) => (page !== null && 'refusal' in page ? page.refusal : null),
      { signal, priority },
    );
    if (redirected === true) this.#habits.set(destination, { ...habits, hasSlash: !habits.hasSlash });
    if (body !== null && 'page' in body) return { ...body.page, askedAt };
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      body !== null && 'error' in body ? body.error : NOT_A_PAGE,
    );
  }

  #doubtfulOptions({ pageSize }: PageRequest): DoubtfulOption[] {
    return [
      ...(pageSize > 0 ? (['sortBy'] as const) : []),
      ...(this.#options.includeDeleted ? (['includeDeletedEntities'] as const) : []),
    ];
  }

  #query(request: PageRequest, { without }: ListingHabits): string {
    const query = new URLSearchParams();
    if (request.pageSize > 0) {
      query.set('page', String(request.page));
      query.set('pageSize', String(request.pageSize));
    }
    for (const option of this.#doubtfulOptions(request)) {
      if (!without.includes(option)) query.set(option, option === 'sortBy' ? MAPPING_ID_FIELD : 'true');
    }
    return query.size === 0 ? '' : `?${query.toString()}`;
  }

  /** Makes an authorised call. After a 401 it gets a new token and repeats the call once. */
  async #get<TBody>(
    account: Account,
    path: string,
    send: (request: HttpRequest) => Promise<CallResponse<TBody>>,
    refusalIn: (response: HttpResponse<TBody>) => Refusal | null,
    { signal, priority }: CallOptions,
  ): Promise<CallResponse<TBody>> {
    const { tokens } = this.#options;
    for (let renewed = false; ; renewed = true) {
      const token = await unlessAborted(tokens.get(account, priority), signal);
      const headers: Record<string, string> = {
        accept: 'application/json',
        'accept-encoding': 'gzip, br',
        authorization: `Bearer ${token}`,
      };
      if (account.type === 'server-to-server') {
        headers['x-api-key'] = account.clientId;
        headers['x-gw-ims-org-id'] = account.orgId;
      }
      const url = `${account.baseUrl}/${path}`;
      const request: HttpRequest = { method: 'GET', url, headers, customer: account.customer };
      const response = await send(request);
      if (response.status < 400) return response;
      if (response.status === 401) tokens.invalidate(account, token);
      if (response.status === 401 && !renewed) continue;
      const isList = /^destinations(\?|$)/.test(path);
      throw refusedCallError(response.status, account, refusalIn(response), tokens.redactor, isList);
    }
  }
}

/** The same options, with one priority for all calls. */
function calledWith({ signal, priority = 'lookup' }: CallOptions): CallOptions {
  return { signal, priority: RefreshPriority.of(priority) };
}

function isBadRequest(error: unknown): error is AudienceManagerError {
  return error instanceof AudienceManagerError && error.status === 400;
}

/** Rejects at once when the signal aborts. The promise goes on for others who wait for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  // A signal of its own, because all pages of a listing share one, and would make Node.js warn of many listeners.
  const own = AbortSignal.any([signal]);
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = (): void => reject(callCancelled());
    own.addEventListener('abort', stop, { once: true });
    if (own.aborted) stop();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    own.removeEventListener('abort', stop);
  }
}
