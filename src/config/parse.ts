import { dirname, resolve } from 'node:path';
import { findInconsistencies } from './consistency.js';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { ConfigTree } from './config-tree.js';
import { formatPath, type Path } from './message-format.js';
import type { Mistake } from './mistake.js';
import { configSchema, type ConfigInput } from './schema.js';
import { SourceFiles, type ConfigSources } from './source-files.js';
import type { FileReader } from './text-files.js';
import { tracesEndpoint } from './traces-endpoint.js';
import type {
  AccessConfig,
  Config,
  CustomerConfig,
  JwtConfig,
  LimitsConfig,
  MessagesConfig,
  StorageConfig,
  TlsConfig,
} from './types.js';
import { VALUE_PLACEHOLDER } from './values.js';

/** For a schema that is used once: compiling it would take longer than checking without. */
const ONCE = { jitless: true };

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

/** A configuration with what it was made of. */
export interface ReadConfig {
  readonly config: Config;
  /** The configuration as written. */
  readonly tree: ConfigTree;
  readonly sources: ConfigSources;
}

/** Options for `parseConfig`. */
interface ParseOptions extends LoadOptions {
  /** The path of the file: relative paths in the text start at its folder. */
  readonly file: string;
}

/**
 * Parses and validates a configuration, and reads the files that it includes and names.
 *
 * @param text the YAML text
 * @returns the frozen configuration, with defaults for missing keys
 * @throws ConfigError with all mistakes
 */
export function parseConfig(text: string, options: ParseOptions): Config {
  return readConfig(text, options).config;
}

/** As `parseConfig`, with everything that is known of the configuration. @throws ConfigError with all mistakes */
export function readConfig(text: string, options: ParseOptions, source = new SourceFiles()): ReadConfig {
  const { file, env = process.env, insecure = false } = options;
  const tree = ConfigTree.read(text, file, env, source);
  const readerOf = (section: string): FileReader => {
    const folder = dirname(tree.fileOf(section).path);
    return (path) => source.read(resolve(folder, path), MAX_NAMED_FILE_BYTES);
  };
  const result = configSchema({ insecure, readerOf }).safeParse(tree.data, ONCE);
  const issues = result.success ? [] : result.error.issues.flatMap((issue) => mistakesOf(issue, tree));
  // What seems to be missing or not to fit may be in a file that could not be read.
  const { isComplete, data } = tree;
  const mistakes = combine(
    tree,
    isComplete ? issues : issues.filter(({ path }) => isPartOf(path, data)),
    isComplete ? findInconsistencies(data, { insecure, tree }) : [],
  );
  if (result.success && mistakes.length === 0 && tree.mistakes.length === 0) {
    return { config: deepFreeze(toConfig(result.data, tree, env)), tree, sources: source.sources };
  }
  throw new ConfigError(file, problemsOf(tree, mistakes), source.sources);
}

/** Whether a path leads into a section that is there and not empty. */
function isPartOf(path: Path, data: Readonly<Record<string, unknown>>): boolean {
  const value = data[String(path[0])];
  return path.length > 1 || (value !== undefined && !(Array.isArray(value) && value.length === 0));
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

function mistakesOf(issue: SchemaIssue, tree: ConfigTree): SchemaMistake[] {
  const { path, message, keys } = issue;
  if (keys !== undefined) {
    const messages = message.split('\n');
    return keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? '',
      isUnknownKey: true,
    }));
  }
  return [{ path, message: message.replace(VALUE_PLACEHOLDER, () => tree.show(path)), isUnknownKey: false }];
}

/**
 * Combines the mistakes of the schema with those between keys, and drops those that follow from another one: only the
 * first of several schema mistakes of one key, none for a reference that could not be resolved.
 */
function combine(
  tree: ConfigTree,
  schemaMistakes: readonly SchemaMistake[],
  inconsistencies: readonly Mistake[],
): (SchemaMistake | Mistake)[] {
  const reported = new Set<string>();
  const isFirst = ({ path }: Mistake): boolean => {
    const formatted = formatPath(path);
    if (reported.has(formatted)) return false;
    reported.add(formatted);
    return true;
  };
  return [
    ...schemaMistakes
      .filter(({ path, isUnknownKey }) => isUnknownKey || !tree.isUnresolved(path))
      .filter(isFirst),
    ...inconsistencies,
  ];
}

/** All mistakes in the order of the files, but none of the references inside an unknown key. */
function problemsOf(tree: ConfigTree, mistakes: readonly (SchemaMistake | Mistake)[]): ConfigProblem[] {
  const known = mistakes.filter((each) => !('isUnknownKey' in each && each.isUnknownKey));
  const unknown = mistakes.filter((each) => 'isUnknownKey' in each && each.isUnknownKey);
  return tree.problems(known, unknown);
}

function toConfig(input: ConfigInput, tree: ConfigTree, env: NodeJS.ProcessEnv): Config {
  const { listen, audienceManager, outbound, freshness, cache, customers } = input;
  const { clientId, clientSecret, ...passwordUrls } = audienceManager.password;
  const hasClient = clientId !== undefined && clientSecret !== undefined;
  const access = input.access === undefined ? null : toAccess(input.access);
  return {
    listen: {
      host: listen.host,
      port: listen.port,
      tls: toTls(listen.tls),
      page: listen.page,
      explorer: listen.explorer,
      // With access control, the schema is not offered for exploration by default.
      sandbox: listen.sandbox ?? access === null,
      mcp: listen.mcp,
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
    cache: {
      maxMemoryBytes: cache.maxMemory,
      maxAnswerBytes: cache.maxAnswers,
      maxSearchBytes: cache.maxSearchMemory,
    },
    storage: toStorage(input.storage, dirname(tree.fileOf('storage').path)),
    shutdown: { delayMs: input.shutdown.delay ?? null, limitMs: input.shutdown.limit },
    config: input.config,
    messages: toMessages(input.messages),
    telemetry: { traces: input.telemetry.traces ?? tracesEndpoint(env) },
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

function toMessages({ signature }: ConfigInput['messages']): MessagesConfig {
  if (signature === undefined) return { signature: null };
  const { secret, previousSecret, ...rest } = signature;
  const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
  return { signature: { ...rest, secrets } };
}

function toTls(input: ConfigInput['listen']['tls']): TlsConfig | null {
  return input === undefined ? null : { ...input, clientCa: input.clientCa ?? null };
}

/** The SQLite file, beside the configuration, if that names no database. */
export const DEFAULT_DATABASE = 'data/gateway.db';

function toStorage(input: ConfigInput['storage'], folder: string): StorageConfig {
  const {
    sqlite = DEFAULT_DATABASE,
    postgres,
    poolSize = 10,
    encryptionKey = null,
    keepHistory = null,
  } = input;
  const common = { encryptionKey, keepHistoryMs: keepHistory };
  if (postgres !== undefined) return { engine: 'postgres', url: postgres, poolSize, ...common };
  return { engine: 'sqlite', path: resolve(folder, sqlite), ...common };
}

function toCustomer(input: ConfigInput['customers'][number]): CustomerConfig {
  const { id, name = id, credentials = null, destinations } = input;
  const { listed, discovery } = destinations;
  return {
    id,
    name,
    credentials,
    destinations: listed.map((destination) => ({
      id: destination.id,
      name: destination.name ?? null,
      type: destination.type ?? null,
      segmentIdType: destination.segmentIdType ?? discovery?.segmentIdType ?? 'AUTO',
      format: destination.format ?? discovery?.format ?? null,
    })),
    discovery: discovery && {
      include: discovery.include ?? null,
      exclude: discovery.exclude ?? null,
      segmentIdType: discovery.segmentIdType,
      format: discovery.format ?? null,
    },
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
