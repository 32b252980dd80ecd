import type { OutboundFormat, OutboundJob } from './outbound/types.js';

/** How the API writes the mappings of a destination. Audience Manager's documentation shows several styles. */
export interface MappingStyle {
  /** The field with the mapping ID. Default `destinationMappingId`. */
  idField?: 'destinationMappingId' | 'mappingId' | 'traitToDataOrderId';
  /**
   * `text` (default): active, inactive or deleted. `upper`: the same words in capitals. `number`: 1 for active, 0 for
   * inactive, and the word `deleted`, for which there is no number.
   */
  status?: 'text' | 'number' | 'upper';
  /** How a missing name, description, alias or value is written. Default `null`. */
  emptyAs?: 'null' | 'empty';
}

/** A mapping of a simulated destination. */
export interface SimulatorMapping {
  mappingId: number;
  /** The ID of the segment in the customer's account. */
  sid?: number | null;
  /** `traitAlias`: what the customer typed; of a cookie destination with several keys, the key. */
  alias?: string | null;
  /** `valueAlias`: of a cookie destination, the value. */
  value?: string | null;
  /**
   * Of a URL destination, the address that is called. Default: an example; of a serialized destination, the alias, as in
   * Adobe's documentation.
   */
  url?: string | null;
  /** The same for secure pages. */
  secureUrl?: string | null;
  /** Default `SEGMENT`. Traits have others, such as `RULE_BASED_TRAIT`. */
  traitType?: string;
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

/**
 * Fields of a destination that say which identifier its data carry, as the API has them. A field that is absent here is
 * absent in the response, or `null` if the documentation shows it for this type.
 */
export interface DestinationFormat {
  /** Default `false`. */
  serializationEnabled?: boolean;
  /** URL. */
  urlFormatString?: string | null;
  secureUrlFormatString?: string | null;
  delimiter?: string | null;
  /** Cookie: `single_key` or `key_value`. */
  formatType?: string;
  singleKey?: string;
  keySeparator?: string;
  valueSeparator?: string;
  serializationSeparator?: string;
  /** Server-to-server: `SID`, `IC` or `NONE`. Not documented. */
  mappingAutoFiller?: string;
}

/** A destination and its mappings. Changes to the object are visible in the next response. */
export interface SimulatorDestination extends DestinationFormat {
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
  /** Query options of the mappings that the API refuses with 400. */
  refusedOptions?: readonly string[];
  /** Whether the reason of such a refusal names the option. Default true. */
  namesRefusedOption?: boolean;
  /**
   * Which path of the mappings the API redirects: that without a slash at the end to that with one, or the other way
   * round. Default: none.
   */
  redirectsMappings?: { to: 'slash' | 'no-slash'; status?: 301 | 302 | 307 | 308 };
  /** How a server-to-server destination sends its data. Default: each of the format's own defaults. */
  outbound?: OutboundFormat;
  /** What was sent to it before the simulator started, as `history/outbound` lists it. Default: nothing. */
  jobs?: readonly OutboundJob[];
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

/**
 * Why an account is refused although its credentials are right. Token endpoint: `locked` and `expired` (users), `scope`
 * (clients). API: `api-key` (the client's ID as x-api-key), `unknown-user` (until the user was read once), `no-profile`.
 */
export type AccountRefusal = 'locked' | 'expired' | 'scope' | 'api-key' | 'unknown-user' | 'no-profile';

/** `token` stands for both token endpoints; the others are below the base URL of the API. */
export type SimulatorEndpoint =
  'token' | 'user' | 'destination' | 'destinations' | 'mappings' | 'mapping' | 'outbound';

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
  /**
   * Lifetime of access tokens. Default: 21922 for the password grant, 86399 for client credentials. −1: they never
   * expire; `null`: so too, and `expires_in` is absent.
   */
  tokenLifetimeSeconds?: number | null;
  /** After how many failed log-ins in a row a user is locked. Default 5. */
  lockAfter?: number;
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
