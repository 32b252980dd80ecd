import { dirname, resolve } from 'node:path';
import { findInconsistencies } from './consistency.js';
import { readDocument, type ConfigDocument } from './document.js';
import type { Finding } from './findings.js';
import { formatPath, type Path } from './printing.js';
import { ConfigError, type ConfigProblem } from './problems.js';
import { createResolver } from './references.js';
import { readTextSync } from './files.js';
import { configSchema, type ConfigInput } from './schema.js';
import type {
  AccessConfig,
  Config,
  CustomerConfig,
  JwtConfig,
  LimitsConfig,
  StorageConfig,
  TlsConfig,
} from './types.js';
import { VALUE } from './values.js';

/** A larger file is no configuration. In bytes. */
export const MAX_CONFIG_BYTES = 2 ** 20;

/** Of a file that the configuration names, in bytes. */
const MAX_NAMED_FILE_BYTES = 16 * 2 ** 20;

/** What a configuration is read with besides its file. */
export interface LoadOptions {
  /** Where `${env:NAME}` looks; the process's own environment unless given. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Allows a `listen.host` that other machines can reach without `access`, and plain http to Audience Manager. */
  readonly insecure?: boolean | undefined;
}

/**
 * A configuration from its YAML text. `file` is the file's name for messages, and its folder is where
 * relative `${file:PATH}` references start. Throws ConfigError with every mistake there is.
 */
export function parseConfig(text: string, options: LoadOptions & { readonly file: string }): Config {
  const { file, env = process.env, insecure = false } = options;
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    throw new ConfigError(file, [{ path: '', message: `is larger than ${MAX_CONFIG_BYTES / 1024} KiB` }]);
  }
  const document = readDocument(text, createResolver(file, env));
  if (document.data === undefined) throw new ConfigError(file, inFileOrder(document, document.findings));
  const read = (path: string): string => readTextSync(resolve(dirname(file), path), MAX_NAMED_FILE_BYTES);
  const result = configSchema({ insecure, read }).safeParse(document.data);
  const findings = combine(
    document,
    result.success ? [] : result.error.issues.flatMap((issue) => findingsOf(issue, document)),
    findInconsistencies(document.data, { insecure, show: (path) => document.show(path) }),
  );
  if (!result.success || findings.length > 0) throw new ConfigError(file, inFileOrder(document, findings));
  return deepFreeze(toConfig(result.data, file));
}

interface Issue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly keys?: readonly string[];
}

interface SchemaFinding extends Finding {
  readonly unknownKey: boolean;
}

function findingsOf(issue: Issue, document: ConfigDocument): SchemaFinding[] {
  const { path, message, keys } = issue;
  if (keys !== undefined) {
    const messages = message.split('\n');
    return keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? '',
      unknownKey: true,
    }));
  }
  return [{ path, message: message.replace(VALUE, () => document.show(path)), unknownKey: false }];
}

/**
 * Names each mistake once: what is no list is not also an empty one, a broken reference is not also a wrong
 * value, nor matters what an unknown key holds.
 */
function combine(
  document: ConfigDocument,
  checked: readonly SchemaFinding[],
  between: readonly Finding[],
): Finding[] {
  const unknown = new Set(
    checked.filter((finding) => finding.unknownKey).map(({ path }) => formatPath(path)),
  );
  const isUnknown = (path: Path): boolean =>
    path.some((_, index) => unknown.has(formatPath(path.slice(0, index + 1))));
  const named = new Set<string>();
  const isFirst = ({ path }: Finding): boolean => {
    const place = formatPath(path);
    if (named.has(place)) return false;
    named.add(place);
    return true;
  };
  return [
    ...document.findings.filter(({ path }) => !isUnknown(path)),
    ...checked.filter(({ path, unknownKey }) => unknownKey || !document.isBroken(path)).filter(isFirst),
    ...between,
  ];
}

function inFileOrder(document: ConfigDocument, findings: readonly Finding[]): ConfigProblem[] {
  return findings
    .map(({ path, message }) => ({ offset: document.offset(path), path: formatPath(path), message }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ path, message }) => ({ path, message }));
}

function toConfig(input: ConfigInput, file: string): Config {
  const { listen, audienceManager, outbound, freshness, cache, customers } = input;
  const { clientId, clientSecret, ...passwordUrls } = audienceManager.password;
  const hasClient = clientId !== undefined && clientSecret !== undefined;
  const access = input.access === undefined ? null : toAccess(input.access);
  return {
    listen: {
      host: listen.host,
      port: listen.port,
      tls: toTls(listen.tls),
      // Where keys guard the gateway, its schema is nobody's to explore unless someone says so.
      sandbox: listen.sandbox ?? access === null,
      cors: listen.cors,
      trustProxy: listen.trustProxy,
      getMaxAgeMs: listen.getMaxAge,
    },
    access,
    limits: toLimits(input.limits),
    audienceManager: {
      password: hasClient ? { ...passwordUrls, clientId, clientSecret } : null,
      serverToServer: audienceManager.serverToServer,
      pageSize: audienceManager.pageSize,
      includeDeleted: audienceManager.includeDeleted,
      requestTimeoutMs: audienceManager.requestTimeout,
      retries: audienceManager.retries,
      concurrency: audienceManager.concurrency,
    },
    outbound: { ca: outbound.ca ?? null, proxy: outbound.proxy ?? null, noProxy: outbound.noProxy },
    freshness: {
      ttlMs: freshness.ttl,
      refreshEveryMs: freshness.refreshEvery,
      newIdIntervalMs: freshness.newIdInterval,
      lookupTimeoutMs: freshness.lookupTimeout,
      coldTimeoutMs: freshness.coldTimeout,
    },
    cache: { maxMemoryBytes: cache.maxMemory, maxAnswerBytes: cache.maxAnswers },
    storage: toStorage(input.storage, file),
    customers: customers.map(toCustomer),
  };
}

function toAccess({ apiKeys = [], jwt, trustedDocuments }: NonNullable<ConfigInput['access']>): AccessConfig {
  return {
    apiKeys: apiKeys.map(({ customers = [], ...key }) => ({ ...key, customers })),
    jwt: jwt === undefined ? null : toJwt(jwt),
    trustedDocuments:
      trustedDocuments === undefined
        ? null
        : { documents: trustedDocuments.file, only: trustedDocuments.only },
  };
}

function toJwt(input: NonNullable<NonNullable<ConfigInput['access']>['jwt']>): JwtConfig {
  const { jwksUri, jwksFile, ...jwt } = input;
  // One of the two is there: anything else is refused.
  return { ...jwt, keys: jwksFile === undefined ? { uri: jwksUri ?? '' } : { set: jwksFile } };
}

function toLimits(input: ConfigInput['limits']): LimitsConfig {
  const { body, requestTimeout, eventLoopDelay, ...limits } = input;
  return { ...limits, bodyBytes: body, requestTimeoutMs: requestTimeout, eventLoopDelayMs: eventLoopDelay };
}

function toTls(input: ConfigInput['listen']['tls']): TlsConfig | null {
  return input === undefined ? null : { ...input, clientCa: input.clientCa ?? null };
}

function toStorage(input: ConfigInput['storage'], file: string): StorageConfig {
  const { sqlite = 'data/gateway.db', postgres, poolSize = 10, encryptionKey = null } = input;
  if (postgres !== undefined) return { engine: 'postgres', url: postgres, poolSize, encryptionKey };
  return { engine: 'sqlite', path: resolve(dirname(file), sqlite), encryptionKey };
}

function toCustomer(input: ConfigInput['customers'][number]): CustomerConfig {
  const { id, name = id, credentials = null, destinations } = input;
  return {
    id,
    name,
    credentials,
    destinations: destinations.map((destination) => ({
      id: destination.id,
      name: destination.name ?? null,
      type: destination.type ?? null,
      segmentIdType: destination.segmentIdType,
    })),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
