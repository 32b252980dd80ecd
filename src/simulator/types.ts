/** How the API writes the mappings of a destination. Audience Manager's documentation shows several styles. */
export interface MappingStyle {
  /** The field with the mapping ID. Default `destinationMappingId`. */
  idField?: 'destinationMappingId' | 'mappingId' | 'traitToDataOrderId';
  /** The field with the alias. Default `traitAlias`. */
  aliasField?: 'traitAlias' | 'valueAlias';
  /**
   * `text` (default): active, inactive or deleted. `upper`: the same words in capitals. `number`: 1 for active, 0 for
   * inactive, and the word `deleted`, for which there is no number.
   */
  status?: 'text' | 'number' | 'upper';
  /** How a missing name, description or alias is written. Default `null`. */
  emptyAs?: 'null' | 'empty';
}

/** A mapping of a simulated destination. */
export interface SimulatorMapping {
  mappingId: number;
  /** The ID of the segment in the customer's account. */
  sid?: number | null;
  /** The key that the customer entered. */
  alias?: string | null;
  name?: string | null;
  description?: string | null;
  /** Default `active`. */
  status?: 'active' | 'inactive' | 'deleted';
  /** Milliseconds since the epoch. */
  createTime?: number;
  /** Milliseconds since the epoch. */
  updateTime?: number;
  /** `YYYY-MM-DD`. */
  startDate?: string | null;
  /** `YYYY-MM-DD`. */
  endDate?: string | null;
}

/** A destination and its mappings. Changes to the object are visible in the next response. */
export interface SimulatorDestination {
  id: number;
  name: string;
  description?: string;
  /** Audience Manager's word (`PUSH`, `ADS`, `S2S`, …), or any other value. */
  type: string;
  /** Default `active`. */
  status?: string | number;
  mappings: SimulatorMapping[];
  mappingStyle?: MappingStyle;
  /** The customer's user has no permission to read the destination: the API responds with 403. */
  forbidden?: true;
}

/** A customer with legacy OAuth: the credentials of a user. */
export interface PasswordCustomer {
  key: string;
  type: 'password';
  username: string;
  password: string;
  destinations: SimulatorDestination[];
}

/** A customer with Adobe Developer credentials: an IMS organization with a client of its own. */
export interface ServerToServerCustomer {
  key: string;
  type: 'server-to-server';
  clientId: string;
  clientSecret: string;
  /** `…@AdobeOrg`. */
  orgId: string;
  destinations: SimulatorDestination[];
}

/** A company with an Audience Manager account. `key` identifies it in tests and is never sent. */
export type SimulatorCustomer = PasswordCustomer | ServerToServerCustomer;

/** `token` stands for both token endpoints; the others are below the base URL of the API. */
export type SimulatorEndpoint = 'token' | 'destination' | 'destinations' | 'mappings' | 'mapping';

/** The OAuth2 client of the data partner, sent as Basic authentication to the password token endpoint. */
export interface PartnerClient {
  clientId: string;
  clientSecret: string;
}

/** How responses are compressed. `auto` follows the request's `accept-encoding`; the others ignore it. */
export type Compression = 'none' | 'gzip' | 'br' | 'auto';

/** Options of the simulator. */
export interface SimulatorOptions {
  customers: SimulatorCustomer[];
  /** Default: a client with the ID `partner-client`. */
  partner?: PartnerClient;
  /** The current time in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number;
  /** Waits `ms` milliseconds. Default: a real timer. */
  delay?: (ms: number) => Promise<void>;
  /** Lifetime of access tokens. Default: 21922 for the password grant, 86399 for client credentials. */
  tokenLifetimeSeconds?: number;
  /** Whether the partner's client receives refresh tokens. Default true. */
  refreshTokens?: boolean;
  /** Maximum page size; a larger `pageSize` is reduced to it. Default: no limit. */
  maxPageSize?: number;
  /** Time from the arrival of a request to its response. Default 0. */
  latencyMs?: number;
  /** Default `auto`. */
  compression?: Compression;
  /** The address to listen on. Default 127.0.0.1. */
  host?: string;
  /** The port to listen on. Default 0: a free port. */
  port?: number;
}
