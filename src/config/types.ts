/** What AAM calls the kind of a destination; UNKNOWN where it says something this gateway does not know. */
export type DestinationType =
  'URL' | 'COOKIE' | 'SERVER_TO_SERVER' | 'ANALYTICS' | 'PEOPLE_BASED' | 'UNKNOWN';

/** Which of a segment's three identifiers the incoming IDs of a destination are. */
export type SegmentIdType = 'MAPPING_ID' | 'SID' | 'ALIAS';

/** The whole configuration: checked, complete and frozen. It holds secrets: never log it. */
export interface Config {
  readonly listen: ListenConfig;
  readonly audienceManager: AudienceManagerConfig;
  readonly freshness: FreshnessConfig;
  readonly cache: CacheConfig;
  readonly storage: StorageConfig;
  /** At least one, in the order of the file. */
  readonly customers: readonly CustomerConfig[];
}

/** Where the gateway accepts connections. */
export interface ListenConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

/** How Audience Manager's REST API is called. */
export interface AudienceManagerConfig {
  /** null when no client ID is given, which only a configuration without `password` credentials may do. */
  readonly password: PasswordApiConfig | null;
  readonly serverToServer: ServerToServerApiConfig;
  /** Mappings asked for in one call; 0 means one call without paging. */
  readonly pageSize: number;
  readonly includeDeleted: boolean;
  /** Milliseconds that one HTTP attempt may take. */
  readonly requestTimeoutMs: number;
  /** Further attempts after a failed one. */
  readonly retries: number;
  /** Calls under way at once, over all customers. */
  readonly concurrency: number;
}

/** Legacy OAuth: the partner's own client, with which its customers' users sign in. */
export interface PasswordApiConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** OAuth Server-to-Server (Adobe Developer); each customer brings a client of its own. */
export interface ServerToServerApiConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
}

/** How old names may be, and how long a lookup waits for newer ones. All in milliseconds. */
export interface FreshnessConfig {
  readonly ttlMs: number;
  /** 0: destinations are refreshed on demand only. */
  readonly refreshEveryMs: number;
  readonly newIdIntervalMs: number;
  readonly lookupTimeoutMs: number;
  readonly coldTimeoutMs: number;
}

/** What may be kept in memory. */
export interface CacheConfig {
  readonly maxMemoryBytes: number;
}

/** Where everything that was once known is kept. */
export type StorageConfig = SqliteConfig | PostgresConfig;

interface CommonStorageConfig {
  /** Under which access tokens are stored; null: they are not. */
  readonly encryptionKey: string | null;
}

/** One file on this machine, for one process. */
export interface SqliteConfig extends CommonStorageConfig {
  readonly engine: 'sqlite';
  /** Absolute. */
  readonly path: string;
}

/** A server that several gateways share. */
export interface PostgresConfig extends CommonStorageConfig {
  readonly engine: 'postgres';
  /** With user and password: a secret. */
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
}

/** A company whose AAM account sends us segments. */
export interface CustomerConfig {
  readonly id: string;
  /** The ID where the file gives no name. */
  readonly name: string;
  /** null: the names come by the manual method alone. */
  readonly credentials: CredentialsConfig | null;
  readonly destinations: readonly DestinationConfig[];
}

/** How the gateway signs in to a customer's AAM account. */
export type CredentialsConfig = PasswordCredentialsConfig | ServerToServerCredentialsConfig;

/** Legacy OAuth: a restricted user of the customer's account. */
export interface PasswordCredentialsConfig {
  readonly type: 'password';
  readonly username: string;
  readonly password: string;
}

/** Adobe Developer: a client of the customer's organisation. */
export interface ServerToServerCredentialsConfig {
  readonly type: 'server-to-server';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly orgId: string;
}

/** One integration of one customer; its ID is unique within the customer. */
export interface DestinationConfig {
  readonly id: string;
  /** null: the name that AAM gives. */
  readonly name: string | null;
  /** null: the type that AAM gives. */
  readonly type: DestinationType | null;
  readonly segmentIdType: SegmentIdType;
}
