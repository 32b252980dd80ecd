import { dirname, resolve } from 'node:path';
import { findInconsistencies } from './consistency.js';
import { readDocument, type ConfigDocument } from './config-document.js';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { formatPath, type Path } from './message-format.js';
import type { Mistake } from './mistake.js';
import { createResolver } from './references.js';
import { configSchema, type ConfigInput } from './schema.js';
import { readTextSync } from './text-files.js';
import type {
  AccessConfig,
  Config,
  CustomerConfig,
  JwtConfig,
  LimitsConfig,
  StorageConfig,
  TlsConfig,
} from './types.js';
import { VALUE_PLACEHOLDER } from './values.js';

/** Maximum size of a configuration file, in bytes. */
export const MAX_CONFIG_BYTES = 2 ** 20;

/** Maximum size of a file that the configuration names, in bytes. */
const MAX_NAMED_FILE_BYTES = 16 * 2 ** 20;

/** Options for loading a configuration. */
export interface LoadOptions {
  /** The environment for `${env:NAME}`. Default: the environment of the process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /**
   * Allows a `listen.host` that other machines can reach without `access`, and plain http to other machines.
   */
  readonly insecure?: boolean | undefined;
}

/**
 * Parses and validates a configuration.
 *
 * @param text the YAML text
 * @param options `file`: the name of the file for messages; relative paths in the text start at its folder
 * @returns the frozen configuration, with defaults for missing keys
 * @throws ConfigError with all mistakes
 */
export function parseConfig(text: string, options: LoadOptions & { readonly file: string }): Config {
  const { file, env = process.env, insecure = false } = options;
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    throw new ConfigError(file, [{ path: '', message: `is larger than ${MAX_CONFIG_BYTES / 1024} KiB` }]);
  }
  const document = readDocument(text, createResolver(file, env));
  if (document.data === undefined) throw new ConfigError(file, inFileOrder(document, document.mistakes));
  const read = (path: string): string => readTextSync(resolve(dirname(file), path), MAX_NAMED_FILE_BYTES);
  const result = configSchema({ insecure, read }).safeParse(document.data);
  const mistakes = combine(
    document,
    result.success ? [] : result.error.issues.flatMap((issue) => mistakesOf(issue, document)),
    findInconsistencies(document.data, { insecure, show: (path) => document.show(path) }),
  );
  if (!result.success || mistakes.length > 0) throw new ConfigError(file, inFileOrder(document, mistakes));
  return deepFreeze(toConfig(result.data, file));
}

/** The part of a zod issue that is used here. */
interface SchemaIssue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly keys?: readonly string[];
}

interface SchemaMistake extends Mistake {
  readonly isUnknownKey: boolean;
}

function mistakesOf(issue: SchemaIssue, document: ConfigDocument): SchemaMistake[] {
  const { path, message, keys } = issue;
  if (keys !== undefined) {
    const messages = message.split('\n');
    return keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? '',
      isUnknownKey: true,
    }));
  }
  return [
    { path, message: message.replace(VALUE_PLACEHOLDER, () => document.show(path)), isUnknownKey: false },
  ];
}

/**
 * Combines the mistakes of all checks and drops those that follow from another one: only the first of several
 * schema mistakes of one key, none of the schema for a reference that could not be resolved, none inside an
 * unknown key.
 */
function combine(
  document: ConfigDocument,
  schemaMistakes: readonly SchemaMistake[],
  inconsistencies: readonly Mistake[],
): Mistake[] {
  const unknown = new Set(
    schemaMistakes.filter(({ isUnknownKey }) => isUnknownKey).map(({ path }) => formatPath(path)),
  );
  const isUnknown = (path: Path): boolean =>
    path.some((_, index) => unknown.has(formatPath(path.slice(0, index + 1))));
  const reported = new Set<string>();
  const isFirst = ({ path }: Mistake): boolean => {
    const formatted = formatPath(path);
    if (reported.has(formatted)) return false;
    reported.add(formatted);
    return true;
  };
  return [
    ...document.mistakes.filter(({ path }) => !isUnknown(path)),
    ...schemaMistakes
      .filter(({ path, isUnknownKey }) => isUnknownKey || !document.isUnresolved(path))
      .filter(isFirst),
    ...inconsistencies,
  ];
}

/** Sorts mistakes by their place in the file. */
function inFileOrder(document: ConfigDocument, mistakes: readonly Mistake[]): ConfigProblem[] {
  return mistakes
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
      // With access control, the schema is not offered for exploration by default.
      sandbox: listen.sandbox ?? access === null,
      cors: listen.cors,
      trustProxy: listen.trustProxy,
      getMaxAgeMs: listen.getMaxAge,
      idleTimeoutMs: listen.idleTimeout,
    },
    access,
    limits: toLimits(input.limits),
    audienceManager: {
      password: hasClient ? { ...passwordUrls, clientId, clientSecret } : null,
      serverToServer: audienceManager.serverToServer,
      pageSize: audienceManager.pageSize,
      includeDeleted: audienceManager.includeDeleted,
      maxListingBytes: audienceManager.listingLimit,
      requestTimeoutMs: audienceManager.requestTimeout,
      retries: audienceManager.retries,
      concurrency: audienceManager.concurrency,
      callsPerSecond: audienceManager.callsPerSecond,
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
    shutdown: { delayMs: input.shutdown.delay ?? null, limitMs: input.shutdown.limit },
    config: input.config,
    telemetry: { traces: input.telemetry.traces ?? null },
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
        : {
            documents: trustedDocuments.file,
            only: trustedDocuments.only ?? false,
            statesOnly: trustedDocuments.only !== undefined,
          },
  };
}

function toJwt(input: NonNullable<NonNullable<ConfigInput['access']>['jwt']>): JwtConfig {
  const { jwksUri, jwksFile, ...jwt } = input;
  // `findInconsistencies` refuses both and neither.
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
  const {
    sqlite = 'data/gateway.db',
    postgres,
    poolSize = 10,
    encryptionKey = null,
    keepHistory = null,
  } = input;
  const common = { encryptionKey, keepHistoryMs: keepHistory };
  if (postgres !== undefined) return { engine: 'postgres', url: postgres, poolSize, ...common };
  return { engine: 'sqlite', path: resolve(dirname(file), sqlite), ...common };
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
