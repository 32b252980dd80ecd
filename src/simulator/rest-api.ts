import type { Account, AccountRegistry } from './account-registry.js';
import { listJson, parseListOptions, parseWholeNumber, type ListOptions } from './paging.js';
import type { RecordedCall } from './call-log.js';
import type { JobLog } from './outbound/job-log.js';
import { ApiKeyError, HttpError, UnauthorizedError, htmlError, type SimulatorResponse } from './response.js';
import {
  destinationJson,
  listedDestinationJson,
  mappingJson,
  outboundJobJson,
  userJson,
} from './rest-objects.js';
import type { Route } from './routes.js';
import type { TokenStore } from './token-store.js';
import type { SimulatorDestination, SimulatorMapping } from './types.js';

/** A route below the base URL of the API. */
type ApiRoute = Exclude<Route, { endpoint: 'token' }>;

/** A route that reads destinations or mappings. */
type ReadRoute = Exclude<ApiRoute, { endpoint: 'user' }>;

/** The spellings of the mapping's ID. A list can be sorted by any of them. */
const ID_FIELDS = ['destinationMappingId', 'mappingId', 'traitToDataOrderId'];

/**
 * The endpoints of the REST API for reading destinations, their mappings and what was sent to them. The access token
 * selects the customer.
 */
export class RestApi {
  readonly #accounts: AccountRegistry;
  readonly #tokens: TokenStore;
  readonly #jobs: JobLog;
  readonly #maxPageSize: number | undefined;

  /** @param maxPageSize largest page, in list entries; `undefined`: no limit */
  constructor(accounts: AccountRegistry, tokens: TokenStore, jobs: JobLog, maxPageSize: number | undefined) {
    this.#accounts = accounts;
    this.#tokens = tokens;
    this.#jobs = jobs;
    this.#maxPageSize = maxPageSize;
  }

  /** @throws {HttpError} 400, 401, 403 or 404, as Audience Manager does. */
  respond(route: ApiRoute, query: URLSearchParams, call: RecordedCall): SimulatorResponse {
    const account = this.#authenticate(call.headers);
    if (route.endpoint === 'user') {
      if (account.refusal === 'unknown-user') account.refusal = null;
      return { status: 200, json: userJson(account) };
    }
    if (account.refusal === 'unknown-user')
      throw new HttpError(403, 'User is not registered in this account');
    if (account.refusal === 'no-profile') throw new HttpError(403, 'The project has no product profile');
    return this.#redirect(route, account, call) ?? { status: 200, json: this.#read(route, query, account) };
  }

  /** The redirect that a destination is configured with, if this path is to be redirected. */
  #redirect(route: ReadRoute, account: Account, { path, headers }: RecordedCall): SimulatorResponse | null {
    if (route.endpoint !== 'mappings') return null;
    const { redirectsMappings: redirect } = this.#findDestination(account, route.destinationId);
    if (redirect === undefined) return null;
    const { pathname, search } = new URL(path, `http://${headers['host']}`);
    const target = redirect.to === 'slash' ? pathname.replace(/\/?$/, '/') : pathname.replace(/\/$/, '');
    if (target === pathname) return null;
    return htmlError(redirect.status ?? 301, { location: `http://${headers['host']}${target}${search}` });
  }

  #read(route: ReadRoute, query: URLSearchParams, account: Account): unknown {
    if (route.endpoint === 'destinations') {
      const options = parseListOptions(query, this.#maxPageSize);
      const destinations = listedDestinations(account, options);
      return listJson(destinations, (found) => listedDestinationJson(found, account), options);
    }
    const destination = this.#findDestination(account, route.destinationId);
    switch (route.endpoint) {
      case 'destination':
        return destinationJson(destination, account);
      case 'mappings': {
        const refused = destination.refusedOptions?.find((option) => query.has(option));
        if (refused !== undefined) throw refusedOption(refused, destination);
        const { sortBy, ...others } = parseListOptions(query, this.#maxPageSize);
        const listed = destination.mappings.filter((mapping) => isListed(mapping, others));
        const isById = sortBy !== undefined && ID_FIELDS.includes(sortBy);
        // Without JSON of all mappings, so that paging stays cheap.
        const mappings = isById ? listed.sort((a, b) => a.mappingId - b.mappingId) : listed;
        const options = isById || sortBy === undefined ? others : { ...others, sortBy };
        return listJson(mappings, (mapping) => mappingJson(mapping, destination), options);
      }
      case 'mapping': {
        const id = parseWholeNumber('mappingId', route.mappingId, 0);
        const mapping = destination.mappings.find(({ mappingId }) => mappingId === id);
        if (mapping === undefined) throw new HttpError(404, `No such mapping: ${id}`);
        return mappingJson(mapping, destination);
      }
      case 'outbound': {
        const [from, to] = (['startDate', 'endDate'] as const).map((name) => {
          const text = query.get(name);
          if (text === null) throw new HttpError(400, `${name} is missing`);
          return parseWholeNumber(name, text, 0);
        });
        return this.#jobs
          .of(destination)
          .filter(({ startTime }) => startTime >= (from ?? 0) && startTime <= (to ?? 0))
          .map((job) => outboundJobJson(job, destination));
      }
    }
  }

  #authenticate(headers: Readonly<Record<string, string>>): Account {
    const token = bearerToken(headers['authorization']);
    if (token === undefined) {
      throw new UnauthorizedError('unauthorized', 'Full authentication is required to access this resource');
    }
    const owner = this.#tokens.accessTokenOwner(token);
    if (owner === undefined) throw new UnauthorizedError('invalid_token', `Invalid access token: ${token}`);
    if (!this.#tokens.isValid(token)) {
      throw new UnauthorizedError('invalid_token', `Access token expired: ${token}`);
    }
    const account = this.#accounts.get(owner);
    const { credentials } = account;
    if (credentials.type === 'server-to-server') {
      if (headers['x-api-key'] !== credentials.clientId || account.refusal === 'api-key')
        throw new ApiKeyError();
      if (headers['x-gw-ims-org-id'] !== credentials.orgId) {
        throw new HttpError(403, 'The token does not belong to the organization in x-gw-ims-org-id');
      }
    }
    return account;
  }

  #findDestination(account: Account, destinationId: string): SimulatorDestination {
    const id = parseWholeNumber('destinationId', destinationId, 0);
    const own = account.destinations.get(id);
    if (own?.forbidden || (own === undefined && this.#accounts.hasDestination(id))) {
      throw new HttpError(403, `No access to destination ${id}`);
    }
    if (own === undefined) throw new HttpError(404, `No such destination: ${id}`);
    return own;
  }
}

/** The token of an `authorization` header with the Bearer scheme; `undefined` for any other header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer (?<token>\S+)$/i.exec(authorization ?? '')?.groups?.['token'];
}

function refusedOption(option: string, { namesRefusedOption = true }: SimulatorDestination): HttpError {
  return new HttpError(400, namesRefusedOption ? `Unknown query option: ${option}` : 'Bad Request');
}

function listedDestinations(
  account: Account,
  { search, containsSegment }: ListOptions,
): SimulatorDestination[] {
  return [...account.destinations.values()].filter(
    (destination) =>
      !destination.forbidden &&
      contains(search, destination.name, destination.description) &&
      (containsSegment === undefined ||
        destination.mappings.some(({ sid, status }) => sid === containsSegment && status !== 'deleted')),
  );
}

function isListed(mapping: SimulatorMapping, { search, includeDeleted }: ListOptions): boolean {
  return (
    (includeDeleted || mapping.status !== 'deleted') && contains(search, mapping.name, mapping.description)
  );
}

/** @param search in lower case; `undefined` matches everything */
function contains(search: string | undefined, ...texts: (string | null | undefined)[]): boolean {
  return search === undefined || texts.some((text) => text?.toLowerCase().includes(search));
}
