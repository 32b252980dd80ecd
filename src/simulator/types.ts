/** How a destination writes its mapping rows; Audience Manager is not of one mind about it. */
export interface RowStyle {
  /** The field that carries the mapping's ID. Default `destinationMappingId`. */
  idField?: 'destinationMappingId' | 'mappingId' | 'traitToDataOrderId';
  /** The field that carries the alias. Default `traitAlias`. */
  aliasField?: 'traitAlias' | 'valueAlias';
  /**
   * `text`: active, inactive, deleted (default). `upper`: the same in capitals. `number`: 1 and 0; a
   * deleted mapping keeps its word, as there is no number for it.
   */
  status?: 'text' | 'number' | 'upper';
  /** What a missing name, description or alias is written as. Default `null`. */
  emptyAs?: 'null' | 'empty';
}

/** A mapping as the simulated Audience Manager keeps it: a segment tied to a destination. */
export interface SimulatorMapping {
  mappingId: number;
  /** The segment's own ID in the customer's account. */
  sid?: number | null;
  /** The key that the customer chose. */
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

/** A destination and its mappings. Objects are live: a change shows in the next answer. */
export interface SimulatorDestination {
  id: number;
  name: string;
  description?: string;
  /** As Audience Manager writes it (`PUSH`, `ADS`, `S2S`, …), or any value it does not know. */
  type: string;
  /** Default `active`. */
  status?: string | number;
  mappings: SimulatorMapping[];
  rowStyle?: RowStyle;
  /** The customer's own user may not read it: 403. */
  forbidden?: true;
}

/** A customer of legacy OAuth: a restricted user. */
export interface PasswordCustomer {
  key: string;
  type: 'password';
  username: string;
  password: string;
  destinations: SimulatorDestination[];
}

/** A customer of Adobe Developer: an IMS organisation with a client of its own. */
export interface ServerToServerCustomer {
  key: string;
  type: 'server-to-server';
  clientId: string;
  clientSecret: string;
  /** `…@AdobeOrg`. */
  orgId: string;
  destinations: SimulatorDestination[];
}

/** A company with an Audience Manager account. `key` names it in tests; it never travels. */
export type SimulatorCustomer = PasswordCustomer | ServerToServerCustomer;

/** `token`: both token endpoints. The others: what is read below the API's base URL. */
export type SimulatorEndpoint = 'token' | 'destination' | 'destinations' | 'mappings' | 'mapping';

/** The OAuth2 client of the partner, sent as Basic authentication to the password token endpoint. */
export interface PartnerClient {
  clientId: string;
  clientSecret: string;
}

/** How answers are compressed; `auto` goes by the request's `accept-encoding`, the rest ignore it. */
export type Compression = 'none' | 'gzip' | 'br' | 'auto';

export interface SimulatorOptions {
  customers: SimulatorCustomer[];
  /** Default: a client called `partner-client`. */
  partner?: PartnerClient;
  /** Milliseconds since the epoch. Default: the computer's time. */
  now?: () => number;
  /** Waits that many milliseconds. Default: a real timer. */
  delay?: (ms: number) => Promise<void>;
  /** Default: 21922 for the password grant, 86399 for client credentials. */
  tokenLifetimeSeconds?: number;
  /** Whether the partner's client is granted refresh tokens. Default true. */
  refreshTokens?: boolean;
  /** The largest page; a larger `pageSize` is cut down to it. Default: no limit. */
  maxPageSize?: number;
  /** How long each answer takes. Default 0. */
  latencyMs?: number;
  /** Default `auto`. */
  compression?: Compression;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
}
