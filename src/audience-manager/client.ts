import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Account } from './account.js';
import { parseDestination, type DestinationDetails } from './destination.js';
import { AudienceManagerError } from './errors.js';
import type { Endpoint, Http, HttpResponse } from './http.js';
import { inlineParser, readListing, type Listing, type ListingParser, type MappingsPage } from './listing.js';
import type { Tokens } from './tokens.js';

export interface ClientOptions {
  readonly http: Http;
  readonly tokens: Tokens;
  /** Mappings asked for at once; 0: all in one call. */
  readonly pageSize: number;
  /** Whether deleted mappings are listed too. */
  readonly includeDeleted: boolean;
  /** Default: one that works in this thread. */
  readonly parser?: ListingParser;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Audience Manager's REST API, as far as this gateway reads it. Every failure is an
 * `AudienceManagerError` with one of its codes.
 */
export class AudienceManagerClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** `GET destinations/{id}`. */
  async readDestination(
    account: Account,
    destinationId: string,
    signal?: AbortSignal,
  ): Promise<DestinationDetails> {
    const path = `destinations/${encodeURIComponent(destinationId)}`;
    return parseDestination((await this.#get('destination', account, path, signal)).body);
  }

  /** `GET destinations/{id}/mappings/`, all pages of it. */
  async listMappings(account: Account, destinationId: string, signal?: AbortSignal): Promise<Listing> {
    const { pageSize, logger, metrics, parser = inlineParser } = this.#options;
    // One page that fails ends the others: the listing is lost anyway.
    const pages = new AbortController();
    const stop = signal === undefined ? pages.signal : AbortSignal.any([signal, pages.signal]);
    const fetchPage = async (page: number, size: number): Promise<MappingsPage> => {
      const path = `destinations/${encodeURIComponent(destinationId)}/mappings/${this.#query(page, size)}`;
      return await parser.parse((await this.#get('mappings', account, path, stop)).body);
    };
    try {
      const listing = await readListing(fetchPage, pageSize, parser);
      if (listing.skipped > 0) {
        metrics.skippedRows.inc(listing.skipped);
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

  /** One authorised call; a 401 renews the token once and repeats the call once. */
  async #get(
    endpoint: Endpoint,
    account: Account,
    path: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const { http, tokens } = this.#options;
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
      const response = await http.request(endpoint, request, signal);
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
