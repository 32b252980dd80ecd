import type { SegmentIdType } from '../segments/index.js';

export type { SegmentIdType } from '../segments/index.js';

/** The type of a destination in Audience Manager. UNKNOWN: a type that this gateway does not know. */
export type DestinationType =
  'URL' | 'COOKIE' | 'SERVER_TO_SERVER' | 'ANALYTICS' | 'PEOPLE_BASED' | 'PULL' | 'UNKNOWN';

/** The complete configuration, validated and frozen. Contains secrets: never log it. */
export interface Config {
  readonly listen: ListenConfig;
  /** `null`: everybody who reaches the gateway may call it. */
  readonly access: AccessConfig | null;
  readonly limits: LimitsConfig;
  readonly audienceManager: AudienceManagerConfig;
  readonly outbound: OutboundConfig;
  readonly freshness: FreshnessConfig;
  readonly cache: CacheConfig;
  readonly storage: StorageConfig;
  readonly shutdown: ShutdownConfig;
  readonly config: ReloadConfig;
  readonly messages: MessagesConfig;
  readonly telemetry: TelemetryConfig;
  /** At least one, in the order of the file. */
  readonly customers: readonly CustomerConfig[];
}

/** Where and how the gateway accepts connections. */
interface ListenConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `null`: plain HTTP. */
  readonly tls: TlsConfig | null;
  /** Whether browsers get the page for people at `/`. */
  readonly page: boolean;
  /** Whether browsers get the explorer of the API at `/explorer`. */
  readonly explorer: boolean;
  /** Whether browsers get Apollo Sandbox, and Sandbox's sites may call the gateway. */
  readonly sandbox: boolean;
  /** Whether assistants may call tools at `/mcp`. */
  readonly mcp: boolean;
  /** Origins of the other web sites whose pages may call the gateway. */
  readonly cors: readonly string[];
  /** Addresses and networks of reverse proxies whose X-Forwarded-For header is trusted. */
  readonly trustProxy: readonly string[];
  /** How long callers may cache the response to a GET request, in milliseconds; 0: not at all. */
  readonly getMaxAgeMs: number;
  /** How long a connection may be idle, before its first request and between two requests, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/** What a caller may do. */
export type Permission = 'read' | 'refresh' | 'import' | 'metrics' | 'explore';

/** The IDs of the customers that a caller may see. */
export type VisibleCustomers = 'all' | readonly string[];

/** Who may call the gateway. */
export interface AccessConfig {
  readonly apiKeys: readonly ApiKeyConfig[];
  /** `null`: tokens are not accepted. */
  readonly jwt: JwtConfig | null;
  /** `null`: any operation may be sent. */
  readonly trustedDocuments: TrustedDocumentsConfig | null;
}

/** An API key. Only the hash of the key is known. */
interface ApiKeyConfig {
  /** The name of the caller. Several keys may have the same name. */
  readonly name: string;
  /** SHA-256 of the key in lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly customers: VisibleCustomers;
  readonly permissions: readonly Permission[];
}

/** JSON Web Tokens of an identity provider. Source: RFC 7519. */
export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  /** The provider's public keys: their URL, or the key set itself. Source: RFC 7517. */
  readonly keys: { readonly uri: string } | { readonly set: JsonWebKeySet };
  /** The claim with the customers that the caller may see. */
  readonly customersClaim: string;
  /** The claim with the permissions of the caller. */
  readonly permissionsClaim: string;
  /** Accepted signature algorithms. */
  readonly algorithms: readonly string[];
}

/** Source: RFC 7517, section 5. */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Operations that are known in advance. */
export interface TrustedDocumentsConfig {
  /** The text of each operation by its ID, which is usually the SHA-256 of the text. */
  readonly documents: Readonly<Record<string, string>>;
  /** Whether all other operations are refused. Callers with the permission `explore` may send any. */
  readonly only: boolean;
  /** Whether the file says `only`, be it `true` or `false`. */
  readonly statesOnly: boolean;
}

/** Limits for one request, and for the requests of one caller. */
export interface LimitsConfig {
  /** Maximum size of a request body, in bytes. */
  readonly bodyBytes: number;
  /** Maximum number of lexical tokens (words, numbers, punctuation marks) of an operation. */
  readonly tokens: number;
  /** Maximum depth of nested fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  /** Maximum number of operations in one request; 0: lists of operations are refused. */
  readonly batch: number;
  readonly directives: number;
  /** Maximum number of IDs that one request looks up. */
  readonly ids: number;
  /** Maximum number of items on one page of a list. */
  readonly first: number;
  /** Maximum number of values that a response is estimated to contain. */
  readonly cost: number;
  /** Whether clients may query the schema. */
  readonly introspection: boolean;
  /** Maximum duration of a request, in milliseconds, including its waits for Audience Manager. */
  readonly requestTimeoutMs: number;
  /** Minimum throughput of a request body, in bytes per second; 0: no minimum. */
  readonly slowestBody: number;
  /** Maximum number of requests of one caller per minute, counted by each gateway, over its workers; 0: unlimited. */
  readonly requestsPerMinute: number;
  /** Requests are refused while the event loop is delayed by more than this, in milliseconds; 0: never. */
  readonly eventLoopDelayMs: number;
}

/** Certificate and key for HTTPS, as PEM text. */
export interface TlsConfig {
  /** The server's certificate first, then its intermediate certificates. */
  readonly cert: string;
  /** The private key, a secret. */
  readonly key: string;
  /** Authorities of client certificates, which all clients must have; `null`: clients need no certificate. */
  readonly clientCa: string | null;
}

/** How the gateway connects to other servers. */
export interface OutboundConfig {
  /** Authorities that are trusted in addition to those of Node.js, as PEM text; `null`: none. */
  readonly ca: string | null;
  /**
   * The URL of the proxy. A secret: it contains user name and password. `null`: all connections are direct.
   */
  readonly proxy: string | null;
  /** Hosts that are called without the proxy, as URLs contain them: lower case, IPv6 in brackets. */
  readonly noProxy: readonly string[];
}

/** How Audience Manager's REST API is called. */
interface AudienceManagerConfig {
  /** `null`: no client ID is given, and no customer has credentials of type `password`. */
  readonly password: PasswordApiConfig | null;
  readonly serverToServer: ServerToServerApiConfig;
  /** Number of mappings per page of a listing; 0: one call without paging. */
  readonly pageSize: number;
  /** Whether listings include deleted mappings. */
  readonly includeDeleted: boolean;
  /** What the pages of one listing may take, decompressed and in memory, in bytes. */
  readonly maxListingBytes: number;
  /** Time-out of one HTTP attempt, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Maximum number of attempts after the first one. */
  readonly retries: number;
  /** Maximum number of calls in flight, over all customers. */
  readonly concurrency: number;
  /** Maximum number of calls that are started in one second to one host; 0: any number. */
  readonly callsPerSecond: number;
}

/** Legacy OAuth: the partner's own client, used with the users of all customers. */
interface PasswordApiConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** OAuth Server-to-Server (Adobe Developer): each customer has a client of its own. */
interface ServerToServerApiConfig {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
}

/** How old snapshots may be, and how long lookups wait for newer ones. In milliseconds. */
interface FreshnessConfig {
  /** Age from which a snapshot is stale. */
  readonly ttlMs: number;
  /** Interval of scheduled refreshes; 0: destinations are only refreshed on demand. */
  readonly refreshEveryMs: number;
  /** Minimum time between two refreshes of a destination that unknown IDs start. */
  readonly newIdIntervalMs: number;
  /** Maximum wait of a lookup for a refresh when there is a snapshot. */
  readonly lookupTimeoutMs: number;
  /** Maximum wait of a lookup for the first snapshot. */
  readonly coldTimeoutMs: number;
}

/** How much is kept in memory. */
interface CacheConfig {
  /** Maximum size of all snapshots in memory, in bytes. */
  readonly maxMemoryBytes: number;
  /** Maximum size of the response cache, in bytes; 0: responses are not cached. */
  readonly maxAnswerBytes: number;
  /** Maximum size of the texts that are kept for searches, in bytes; 0: the database is searched. */
  readonly maxSearchBytes: number;
}

/** Where names are stored. */
export type StorageConfig = SqliteConfig | PostgresConfig;

interface CommonStorageConfig {
  /** The secret that stored access tokens are encrypted with; `null`: access tokens are not stored. */
  readonly encryptionKey: string | null;
  /** How far the history of segments reaches back, in milliseconds; `null`: everything is kept. */
  readonly keepHistoryMs: number | null;
}

/** How the gateway stops. */
interface ShutdownConfig {
  /**
   * How long requests are still accepted after the signal to stop, so that load balancers notice, in milliseconds. `null`:
   * not stated; the default depends on where the gateway runs.
   */
  readonly delayMs: number | null;
  /** How long stopping may take in all, in milliseconds. */
  readonly limitMs: number;
}

/** How changes of the configuration are taken over. */
interface ReloadConfig {
  /** Whether the configuration is reloaded when one of its files changes. */
  readonly watch: boolean;
}

/** How Audience Manager's real-time messages are taken. */
export interface MessagesConfig {
  /** `null`: messages need not be signed. */
  readonly signature: SignatureConfig | null;
}

/** A hash function for HMAC. */
export type SignatureAlgorithm = 'SHA-1' | 'SHA-256';

/** How messages are signed: with an HMAC of the body, in base64. */
export interface SignatureConfig {
  /** The header with the signature, in lower case. */
  readonly header: string;
  readonly algorithm: SignatureAlgorithm;
  /** The secrets that are accepted: the present one, and while they change the previous one. */
  readonly secrets: readonly string[];
}

/** Where the gateway reports what it does. */
export interface TelemetryConfig {
  /** URL of an OTLP endpoint that traces are sent to; `null`: none. */
  readonly traces: string | null;
}

/** A file on this machine, for one gateway. */
interface SqliteConfig extends CommonStorageConfig {
  readonly engine: 'sqlite';
  /** Absolute path. */
  readonly path: string;
}

/** A server that several gateways share. */
interface PostgresConfig extends CommonStorageConfig {
  readonly engine: 'postgres';
  /** A secret: it contains user name and password. */
  readonly url: string;
  /** Maximum number of connections. */
  readonly poolSize: number;
}

/** A company whose Audience Manager account sends us segments. */
export interface CustomerConfig {
  readonly id: string;
  /** The ID if the file gives no name. */
  readonly name: string;
  /** `null`: names are only set by hand. */
  readonly credentials: CredentialsConfig | null;
  /** Those that the file names. With `discovery`, those whose settings it states. */
  readonly destinations: readonly DestinationConfig[];
  /** `null`: only the destinations that the file names. */
  readonly discovery: DiscoveryConfig | null;
}

/** Which of the destinations that Audience Manager lists are served, besides those that the file names. */
export interface DiscoveryConfig {
  /** `null`: all. */
  readonly include: DestinationFilter | null;
  /** `null`: none is left out. */
  readonly exclude: DestinationFilter | null;
  /** The type of IDs in lookups that do not give one. */
  readonly segmentIdType: SegmentIdType;
  /** How the lines of their files are written: the name of a template, or a pattern. `null`: not stated. */
  readonly format: string | null;
}

/** Destinations of which one of the lists has the ID, the name or the type. */
export interface DestinationFilter {
  readonly ids: readonly string[];
  /** `*` stands for any text. Case and accents do not matter. */
  readonly names: readonly string[];
  readonly types: readonly DestinationType[];
}

/** The credentials for a customer's Audience Manager account. */
type CredentialsConfig = PasswordCredentialsConfig | ServerToServerCredentialsConfig;

/** Legacy OAuth: a user of the customer's account. */
interface PasswordCredentialsConfig {
  readonly type: 'password';
  readonly username: string;
  readonly password: string;
}

/** OAuth Server-to-Server: a client of the customer's organization in Adobe Developer. */
interface ServerToServerCredentialsConfig {
  readonly type: 'server-to-server';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly orgId: string;
}

/** A destination of a customer. */
export interface DestinationConfig {
  /** Unique within the customer. */
  readonly id: string;
  /** `null`: the name in Audience Manager. */
  readonly name: string | null;
  /** `null`: the type in Audience Manager. */
  readonly type: DestinationType | null;
  /** The type of IDs in lookups that do not give one. */
  readonly segmentIdType: SegmentIdType;
  /** How the lines of its files are written: the name of a template, or a pattern. `null`: not stated. */
  readonly format: string | null;
}
