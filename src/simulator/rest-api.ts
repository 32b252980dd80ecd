import type { Account, AccountRegistry } from './account-registry.js';
import { listJson, parseListOptions, parseWholeNumber, type ListOptions } from './paging.js';
import { HttpError, UnauthorizedError, type SimulatorResponse } from './response.js';
import { destinationJson, listedDestinationJson, mappingJson } from './rest-objects.js';
import type { Route } from './routes.js';
import type { TokenStore } from './token-store.js';
import type { SimulatorDestination, SimulatorMapping } from './types.js';

/** A route below the base URL of the API. */
type ApiRoute = Exclude<Route, { endpoint: 'token' }>;

/** The endpoints of the REST API for reading destinations and mappings. The access token selects the customer. */
export class RestApi {
  readonly #accounts: AccountRegistry;
  readonly #tokens: TokenStore;
  readonly #maxPageSize: number | undefined;

  /** @param maxPageSize largest page, in list entries; `undefined`: no limit */
  constructor(accounts: AccountRegistry, tokens: TokenStore, maxPageSize: number | undefined) {
    this.#accounts = accounts;
    this.#tokens = tokens;
    this.#maxPageSize = maxPageSize;
  }

  /** @throws {HttpError} 400, 401, 403 or 404, as Audience Manager does. */
  respond(
    route: ApiRoute,
    query: URLSearchParams,
    headers: Readonly<Record<string, string>>,
  ): SimulatorResponse {
    const account = this.#authenticate(headers);
    return { status: 200, json: this.#read(route, query, account) };
  }

  #read(route: ApiRoute, query: URLSearchParams, account: Account): unknown {
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
        const options = parseListOptions(query, this.#maxPageSize);
        const mappings = destination.mappings.filter((mapping) => isListed(mapping, options));
        return listJson(mappings, (mapping) => mappingJson(mapping, destination), options);
      }
      case 'mapping': {
        const id = parseWholeNumber('mappingId', route.mappingId, 0);
        const mapping = destination.mappings.find(({ mappingId }) => mappingId === id);
        if (mapping === undefined) throw new HttpError(404, `No such mapping: ${id}`);
        return mappingJson(mapping, destination);
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
      if (headers['x-api-key'] !== credentials.clientId) throw new HttpError(403, 'Api Key is invalid');
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
