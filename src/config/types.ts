/** What AAM calls the kind of a destination; UNKNOWN where it says something this gateway does not know. */
export type DestinationType =
  'URL' | 'COOKIE' | 'SERVER_TO_SERVER' | 'ANALYTICS' | 'PEOPLE_BASED' | 'UNKNOWN';

/** Which of a segment's three identifiers the incoming IDs of a destination are. */
export type SegmentIdType = 'MAPPING_ID' | 'SID' | 'ALIAS';

/** The whole configuration: checked, complete and frozen. It holds secrets: never log it. */
export interface Config {
  readonly listen: ListenConfig;
  /** null: whoever reaches the gateway may use it. */
  readonly access: AccessConfig | null;
  readonly limits: LimitsConfig;
  readonly audienceManager: AudienceManagerConfig;
  readonly outbound: OutboundConfig;
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
  /** null: plain HTTP. */
  readonly tls: TlsConfig | null;
  /** Whether browsers get Apollo Sandbox, and its sites may call the gateway. */
  readonly sandbox: boolean;
  /** Origins of the web sites whose pages may call the gateway, besides Sandbox's. */
  readonly cors: readonly string[];
  /** Addresses and networks of reverse proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  /** How long a caller's own cache may keep the answer to a GET, in milliseconds; 0: not at all. */
  readonly getMaxAgeMs: number;
}

/** What a caller may do. */
export type Permission = 'read' | 'refresh' | 'import' | 'metrics' | 'explore';

/** Which customers a caller may see. */
export type VisibleCustomers = 'all' | readonly string[];

/** Who may call the gateway. */
export interface AccessConfig {
  readonly apiKeys: readonly ApiKeyConfig[];
  readonly jwt: JwtConfig | null;
  /** null: any operation may be sent. */
  readonly trustedDocuments: TrustedDocumentsConfig | null;
}

/** A key that a caller shows; of the key itself only the hash is known. */
export interface ApiKeyConfig {
  /** Who it belongs to; several keys may have the same name. */
  readonly name: string;
  /** Of the key, in lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly customers: VisibleCustomers;
  readonly permissions: readonly Permission[];
}

/** JSON Web Tokens of an identity provider. Source: RFC 7519. */
export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  /** The provider's public keys: where they are, or themselves. Source: RFC 7517. */
  readonly keys: { readonly uri: string } | { readonly set: JsonWebKeySet };
  readonly customersClaim: string;
  readonly permissionsClaim: string;
  readonly algorithms: readonly string[];
}

/** Source: RFC 7517, section 5. */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Operations that were known when the clients were built. */
export interface TrustedDocumentsConfig {
  /** Their texts by ID, usually the SHA-256 of the text. */
  readonly documents: Readonly<Record<string, string>>;
  /** Whether others are refused, but to callers with the permission `explore`. */
  readonly only: boolean;
}

/** What one request, and one caller, may cost. */
export interface LimitsConfig {
  /** Of a request's body. */
  readonly bodyBytes: number;
  /** Words, numbers and punctuation marks in an operation's text. */
  readonly tokens: number;
  /** Of fields inside fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** IDs looked up by one request. */
  readonly ids: number;
  /** On one page of a list. */
  readonly first: number;
  /** Values that an answer is estimated to hold. */
  readonly cost: number;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /** How long a request may take, and wait for Audience Manager. */
  readonly requestTimeoutMs: number;
  /** How slowly a request's body may arrive, in bytes a second. */
  readonly slowestBody: number;
  /** Of one caller, at this process; 0: any number. */
  readonly requestsPerMinute: number;
  /** Requests are turned away while the process itself is behind by more than this; 0: never. */
  readonly eventLoopDelayMs: number;
}

/** What HTTPS is served with: PEM texts that belong together. */
export interface TlsConfig {
  /** The server's own certificate first, its intermediates after it. */
  readonly cert: string;
  /** A secret. */
  readonly key: string;
  /** Issuers of the certificates that clients must have; null: clients need none. */
  readonly clientCa: string | null;
}

/** How the gateway itself calls others. */
export interface OutboundConfig {
  /** Authorities that are trusted beside Node.js's own, PEM; null: none. */
  readonly ca: string | null;
  /** With user and password: a secret. null: all calls are direct. */
  readonly proxy: string | null;
  /** Hosts that are called without the proxy, as URLs write them: in lower case, IPv6 in brackets. */
  readonly noProxy: readonly string[];
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
  /** Of snapshots. */
  readonly maxMemoryBytes: number;
  /** Of finished answers; 0: none are kept. */
  readonly maxAnswerBytes: number;
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
