import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { loadFile } from './load.js';
import type { Path } from './message-format.js';
import type { LoadOptions, ReadConfig } from './parse.js';
import { certificatesIn, isPem } from './pem.js';
import { configSchema } from './schema.js';
import { isSecretPath } from './secret-paths.js';
import { configSecrets } from './secrets.js';
import type { Config } from './types.js';

/** What stands in the place of a secret. */
const HIDDEN = '***';

/** Keys whose value is the path of a file, or PEM text with certificates. */
const CERTIFICATE_KEYS: readonly Path[] = [
  ['listen', 'tls', 'cert'],
  ['listen', 'tls', 'clientCa'],
  ['outbound', 'ca'],
];

/** Other keys whose value is the path of a file. `listen.tls.key` may be PEM text too. */
const PATH_KEYS: readonly Path[] = [
  ['listen', 'tls', 'key'],
  ['access', 'jwt', 'jwksFile'],
  ['access', 'trustedDocuments'],
  ['access', 'trustedDocuments', 'file'],
  ['storage', 'sqlite'],
];

/** A configuration to be printed. */
interface PrintedConfig {
  /**
   * YAML of one file with the same meaning: defaults filled in, references resolved, paths absolute, and `***` in the
   * place of each secret and of the password in a URL.
   */
  readonly yaml: string;
  /** The secrets of the configuration, so that they can be looked for where they do not belong. */
  readonly secrets: readonly string[];
}

/** Loads a configuration and describes it without its secrets. @throws ConfigError with all mistakes */
export async function loadPrintedConfig(file: string, options: LoadOptions = {}): Promise<PrintedConfig> {
  const read = await loadFile(file, options);
  const data = complete(read);
  // With the failsafe schema, as the file is read: every value is the text that stands there.
  return { yaml: stringify(data, { schema: 'failsafe', lineWidth: 0 }), secrets: configSecrets(read.config) };
}

function complete({ config, tree }: ReadConfig): Record<string, unknown> {
  const schema = configSchema({ insecure: true, readerOf: () => () => '' }) as unknown as Schema;
  const data = withDefaults(schema, tree.data) as Record<string, Record<string, unknown>>;
  for (const path of [...CERTIFICATE_KEYS, ...PATH_KEYS]) {
    const folder = dirname(tree.fileOf(String(path[0])).path);
    const change = CERTIFICATE_KEYS.includes(path) ? onlyCertificates : (text: string) => text;
    changeAt(data, path, (value) => (isPem(value) ? change(value) : resolve(folder, value)));
  }
  addComputedDefaults(data, config);
  return hideSecrets(data, []) as Record<string, unknown>;
}

/** Adds the defaults that depend on other keys, so that the schema does not have them. */
function addComputedDefaults(data: Record<string, Record<string, unknown>>, config: Config): void {
  const { host, port, tls, page, explorer, ...listen } = data['listen'] ?? {};
  const sandbox = String(config.listen.sandbox);
  data['listen'] = { host, port, tls, page, explorer, sandbox, ...listen };
  // Without a proxy, even an empty list of exceptions is a mistake.
  if (config.outbound.proxy === null) data['outbound'] = { ...data['outbound'], noProxy: undefined };
  const { traces } = config.telemetry;
  if (traces !== null) data['telemetry'] = { traces: withoutPassword(traces) };
  const { storage } = config;
  data['storage'] =
    storage.engine === 'sqlite'
      ? { ...data['storage'], sqlite: storage.path }
      : { ...data['storage'], poolSize: String(storage.poolSize) };
  const customers = data['customers'] as unknown as Record<string, unknown>[];
  data['customers'] = customers.map((customer, index) => {
    const known = config.customers[index];
    const { id, name = known?.name, destinations: written, ...others } = customer;
    // An empty text: all lines below the key are commented out.
    const destinations = written === undefined || written === '' ? [] : written;
    if (!Array.isArray(destinations)) return { id, name, ...others, destinations };
    const listed = (destinations as object[]).map((destination, position) => ({
      ...destination,
      segmentIdType: known?.destinations[position]?.segmentIdType,
    }));
    return { id, name, ...others, destinations: listed };
  }) as unknown as Record<string, unknown>;
}

/** What is used here of a zod schema: which kind it is, and the schemas inside. */
interface Schema {
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, Schema>>;
    readonly innerType?: Schema;
    readonly element?: Schema;
    readonly in?: Schema;
    readonly out?: Schema;
    readonly defaultValue?: unknown;
  };
}

/** Fills in the defaults of the schema, in the form in which they would be written. */
function withDefaults({ def }: Schema, data: unknown): unknown {
  switch (def.type) {
    case 'prefault':
      return inner(def.innerType, data ?? def.defaultValue);
    case 'optional':
      return data === undefined ? undefined : inner(def.innerType, data);
    case 'pipe':
      // Of `z.preprocess`, which takes an empty section for a missing one.
      if (def.in?.def.type === 'transform') return inner(def.out, data === '' ? undefined : data);
      return inner(def.in, data);
    case 'array':
      return Array.isArray(data) ? data.map((item: unknown) => inner(def.element, item)) : data;
    case 'object': {
      if (typeof data !== 'object' || data === null) return data;
      const values = data as Readonly<Record<string, unknown>>;
      const keys = Object.entries(def.shape ?? {});
      return Object.fromEntries(
        keys
          .map(([key, schema]) => [key, withDefaults(schema, values[key])] as const)
          .filter(([, value]) => value !== undefined),
      );
    }
    default:
      return data;
  }
}

function inner(schema: Schema | undefined, data: unknown): unknown {
  return schema === undefined ? data : withDefaults(schema, data);
}

/** Changes the text at a path, if there is one. */
function changeAt(data: Record<string, unknown>, path: Path, change: (value: string) => string): void {
  const [key, ...rest] = path.map(String);
  if (key === undefined) return;
  const value = data[key];
  if (rest.length === 0) {
    if (typeof value === 'string') data[key] = change(value);
  } else if (typeof value === 'object' && value !== null) {
    const copy = { ...value } as Record<string, unknown>;
    changeAt(copy, rest, change);
    data[key] = copy;
  }
}

/** What the gateway uses of a PEM text. The private key may be in the same file. */
function onlyCertificates(pem: string): string {
  const certificates = certificatesIn(pem);
  return 'text' in certificates ? certificates.text : HIDDEN;
}

function hideSecrets(value: unknown, path: Path): unknown {
  if (typeof value === 'string') {
    if (isSecretPath(path)) return hidden(value, path);
    return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value) ? HIDDEN : value;
  }
  if (Array.isArray(value)) return value.map((item, index) => hideSecrets(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, hideSecrets(item, [...path, key])]),
  );
}

function hidden(secret: string, path: Path): string {
  const key = path.map(String).join('.');
  if (key === 'storage.postgres' || key === 'outbound.proxy') return withoutPassword(secret);
  // The path of a private key is no secret.
  return key === 'listen.tls.key' && !isPem(secret) ? secret : HIDDEN;
}

/** A URL with `***` in the place of its password, and of what its query calls a password or a secret. */
function withoutPassword(url: string): string {
  return url
    .replace(/^([a-z][\w+.-]*:\/\/[^/?#:@]*):[^/?#]*@/i, `$1:${HIDDEN}@`)
    .replaceAll(/([?&][^=&#]*(?:pass|pwd|secret|token)[^=&#]*=)[^&#]*/gi, `$1${HIDDEN}`);
}
