import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Account } from './account.js';
import { parseDestination, type DestinationDetails } from './destination.js';
import { AudienceManagerError } from './errors.js';
import type { Http, HttpRequest, HttpResponse } from './http.js';
import { inlineJoiner, readListing, type Listing, type MappingsPage, type PageJoiner } from './listing.js';
import type { Tokens } from './tokens.js';

export interface ClientOptions {
  readonly http: Http;
  readonly tokens: Tokens;
  /** Number of mappings per page; 0: all mappings in one call. */
  readonly pageSize: number;
  /** Whether to ask for deleted mappings too. */
  readonly includeDeleted: boolean;
  /** Default: works in the calling thread. */
  readonly joiner?: PageJoiner;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Only for the type checker: the body of a 2xx response is always a page or an error. */
const NOT_A_PAGE = 'Audience Manager sent no list of mappings.';

/**
 * The part of Audience Manager's REST API that this gateway uses. Every failure is an `AudienceManagerError`.
 * Source: "Retrieve destinations".
 */
export class AudienceManagerClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** `GET destinations/{id}`. @throws AudienceManagerError */
  async readDestination(
    account: Account,
    destinationId: string,
    signal?: AbortSignal,
  ): Promise<DestinationDetails> {
    const path = `destinations/${encodeURIComponent(destinationId)}`;
    const { http } = this.#options;
    const { body } = await this.#get(account, path, (request) =>
      http.request('destination', request, signal),
    );
    return parseDestination(body);
  }

  /** `GET destinations/{id}/mappings/`, all pages. @throws AudienceManagerError */
  async listMappings(account: Account, destinationId: string, signal?: AbortSignal): Promise<Listing> {
    const { http, pageSize, logger, metrics, joiner = inlineJoiner } = this.#options;
    // When one page fails, the calls for the other pages are aborted.
    const pages = new AbortController();
    const stop = signal === undefined ? pages.signal : AbortSignal.any([signal, pages.signal]);
    const fetchPage = async (page: number, size: number): Promise<MappingsPage> => {
      const path = `destinations/${encodeURIComponent(destinationId)}/mappings/${this.#query(page, size)}`;
      const { body } = await this.#get(account, path, (request) => http.requestPage(request, stop));
      if (body !== null && 'page' in body) return body.page;
      throw new AudienceManagerError('AAM_BAD_RESPONSE', body?.error ?? NOT_A_PAGE);
    };
    try {
      const listing = await readListing(fetchPage, pageSize, joiner);
      if (listing.skipped > 0) {
        metrics.skippedMappings.inc(listing.skipped);
        logger.warn(
          { destination: destinationId, skipped: listing.skipped },
          'skipped mappings that cannot be read',
        );
      }
      return listing;
    } finally {
      pages.abort();
    }
  }

  #query(page: number, pageSize: number): string {
    const query = new URLSearchParams();
    if (pageSize > 0) {
      query.set('page', String(page));
      query.set('pageSize', String(pageSize));
    }
    if (this.#options.includeDeleted) query.set('includeDeletedEntities', 'true');
    return query.size === 0 ? '' : `?${query.toString()}`;
  }

  /** Makes an authorised call. After a 401 it gets a new token and repeats the call once. */
  async #get<TBody>(
    account: Account,
    path: string,
    send: (request: HttpRequest) => Promise<HttpResponse<TBody>>,
  ): Promise<HttpResponse<TBody>> {
    const { tokens } = this.#options;
    for (let renewed = false; ; renewed = true) {
      const token = await tokens.get(account);
      const headers: Record<string, string> = {
        accept: 'application/json',
        'accept-encoding': 'gzip, br',
        authorization: `Bearer ${token}`,
      };
      if (account.type === 'server-to-server') {
        headers['x-api-key'] = account.clientId;
        headers['x-gw-ims-org-id'] = account.orgId;
      }
      const request = { method: 'GET', url: `${account.baseUrl}/${path}`, headers } as const;
      const response = await send(request);
      if (response.status < 400) return response;
      if (response.status !== 401) throw failure(response.status);
      tokens.invalidate(account, token);
      if (renewed) throw failure(401);
    }
  }
}

function failure(status: number): AudienceManagerError {
  switch (status) {
    case 401:
      return new AudienceManagerError(
        'AAM_AUTH_FAILED',
        'Audience Manager does not accept the access token it issued.',
      );
    case 403:
      return new AudienceManagerError('AAM_FORBIDDEN', 'The credentials may not read this destination.');
    case 404:
      return new AudienceManagerError('AAM_NOT_FOUND', 'Audience Manager has no such destination.');
    default:
      return new AudienceManagerError('AAM_BAD_RESPONSE', `Audience Manager answered with status ${status}.`);
  }
}
