import { type Answer, Refusal, Unauthorized } from './answer.js';
import type { Account, Customers } from './customers.js';
import { type ListOptions, listAnswer, listOptions, wholeNumber } from './paging.js';
import type { Route } from './routes.js';
import { destinationEntry, destinationObject, mappingRow } from './rows.js';
import type { Tokens } from './tokens.js';
import type { SimulatorDestination, SimulatorMapping } from './types.js';

/** A route below the API's base URL. */
export type ApiRoute = Exclude<Route, { endpoint: 'token' }>;

/** The part of the REST API that is read: destinations and mappings. The access token decides whose. */
export class Api {
  readonly #customers: Customers;
  readonly #tokens: Tokens;
  readonly #maxPageSize: number | undefined;

  constructor(customers: Customers, tokens: Tokens, maxPageSize: number | undefined) {
    this.#customers = customers;
    this.#tokens = tokens;
    this.#maxPageSize = maxPageSize;
  }

  /** Throws a Refusal (400, 401, 403, 404) where Audience Manager answers with an error. */
  answer(route: ApiRoute, query: URLSearchParams, headers: Readonly<Record<string, string>>): Answer {
    const account = this.#authenticate(headers);
    return { status: 200, json: this.#read(route, query, account) };
  }

  #read(route: ApiRoute, query: URLSearchParams, account: Account): unknown {
    if (route.endpoint === 'destinations') {
      const options = listOptions(query, this.#maxPageSize);
      return listAnswer(visible(account, options), (found) => destinationEntry(found, account), options);
    }
    const destination = this.#destination(account, route.destinationId);
    switch (route.endpoint) {
      case 'destination':
        return destinationObject(destination, account);
      case 'mappings': {
        const options = listOptions(query, this.#maxPageSize);
        const mappings = destination.mappings.filter((mapping) => isListed(mapping, options));
        return listAnswer(mappings, (mapping) => mappingRow(mapping, destination), options);
      }
      case 'mapping': {
        const id = wholeNumber('mappingId', route.mappingId, 0);
        const mapping = destination.mappings.find(({ mappingId }) => mappingId === id);
        if (mapping === undefined) throw new Refusal(404, `No such mapping: ${id}`);
        return mappingRow(mapping, destination);
      }
    }
  }

  #authenticate(headers: Readonly<Record<string, string>>): Account {
    const token = bearerToken(headers['authorization']);
    if (token === undefined) {
      throw new Unauthorized('unauthorized', 'Full authentication is required to access this resource');
    }
    const owner = this.#tokens.owner(token);
    if (owner === undefined) throw new Unauthorized('invalid_token', `Invalid access token: ${token}`);
    if (this.#tokens.state(token) !== 'valid') {
      throw new Unauthorized('invalid_token', `Access token expired: ${token}`);
    }
    const account = this.#customers.get(owner);
    const { credentials } = account;
    if (credentials.type === 'server-to-server') {
      if (headers['x-api-key'] !== credentials.clientId) throw new Refusal(403, 'Api Key is invalid');
      if (headers['x-gw-ims-org-id'] !== credentials.orgId) {
        throw new Refusal(403, 'The token is not of the organisation in x-gw-ims-org-id');
      }
    }
    return account;
  }

  #destination(account: Account, text: string): SimulatorDestination {
    const id = wholeNumber('destinationId', text, 0);
    const own = account.destinations.get(id);
    if (own?.forbidden || (own === undefined && this.#customers.hasDestination(id))) {
      throw new Refusal(403, `No access to destination ${id}`);
    }
    if (own === undefined) throw new Refusal(404, `No such destination: ${id}`);
    return own;
  }
}

/** The token of a Bearer `authorization` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer (?<token>\S+)$/i.exec(authorization ?? '')?.groups?.['token'];
}

function visible(account: Account, { search, containsSegment }: ListOptions): SimulatorDestination[] {
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

function contains(search: string | undefined, ...texts: (string | null | undefined)[]): boolean {
  return search === undefined || texts.some((text) => text?.toLowerCase().includes(search));
}
