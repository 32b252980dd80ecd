import * as z from 'zod';
import { parsePostgresUrl } from '../base/postgres-url.js';
import { access, network, origin } from './access-schema.js';
import { isHost } from './addresses.js';
import { outbound, tls } from './connection-schema.js';
import { destinations } from './discovery-schema.js';
import { messages } from './messages-schema.js';
import { DEFAULT_LIMIT } from './shutdown.js';
import type { FileReader } from './text-files.js';
import {
  InvalidValue,
  VALUE_PLACEHOLDER,
  baseUrl,
  boolean,
  duration,
  durationOrZero,
  filePath,
  integer,
  label,
  list,
  mapping,
  scalar,
  secret,
  section,
  size,
  sizeOrZero,
  url,
} from './values.js';

/** A validated file: texts parsed to numbers, milliseconds and bytes, and defaults for missing keys. */
export type ConfigInput = z.output<ReturnType<typeof configSchema>>;

interface SchemaOptions {
  /** Allows plain http to other machines. */
  readonly insecure: boolean;
  /** Reads the files that a section names: relative paths start at the folder of the file that has the section. */
  readonly readerOf: (section: string) => FileReader;
}

/**
 * The schema of the configuration: its keys, their defaults and allowed values. Input: texts, lists and
 * mappings.
 */
export function configSchema({ insecure, readerOf }: SchemaOptions) {
  return mapping({
    // The files are read before the schema sees what they hold.
    include: list(filePath(), 'files or patterns such as customers/*.yaml').optional(),
    listen: section(listen(readerOf('listen')).prefault({})),
    access: access(insecure, readerOf('access')).optional(),
    limits: section(limits().prefault({})),
    audienceManager: section(audienceManager(insecure).prefault({})),
    outbound: section(outbound(readerOf('outbound')).prefault({})),
    freshness: section(
      mapping({
        ttl: duration('1ms', '24d').prefault('1h'),
        refreshEvery: durationOrZero('1ms', '24d').prefault('1h'),
        newIdInterval: duration('1ms', '24d').prefault('60s'),
        lookupTimeout: duration('1ms', '10m').prefault('2s'),
        coldTimeout: duration('1ms', '10m').prefault('10s'),
      }).prefault({}),
    ),
    cache: section(
      mapping({
        maxMemory: size('64KiB').prefault('256MiB'),
        maxAnswers: sizeOrZero('64KiB').prefault('32MiB'),
        maxSearchMemory: sizeOrZero('1MiB').prefault('160MiB'),
      }).prefault({}),
    ),
    storage: section(storage().prefault({})),
    shutdown: section(
      mapping({
        delay: durationOrZero('1ms', '10m').optional(),
        limit: duration('1s', '1h').prefault(DEFAULT_LIMIT),
      }).prefault({}),
    ),
    config: section(mapping({ watch: boolean().prefault('false') }).prefault({})),
    messages: section(messages().prefault({})),
    telemetry: section(mapping({ traces: url(true).optional() }).prefault({})),
    customers: list(customer(), 'at least one customer').min(1, {
      error: 'is empty; list at least one customer with its id',
    }),
  });
}

function listen(read: FileReader) {
  return mapping({
    host: host().prefault('127.0.0.1'),
    port: integer(0, 65_535).prefault('4000'),
    tls: section(tls(read).optional()),
    page: boolean().prefault('true'),
    explorer: boolean().prefault('true'),
    sandbox: boolean().optional(),
    mcp: boolean().prefault('true'),
    cors: list(origin(), 'origins').prefault([]),
    trustProxy: list(network(), 'addresses or networks').prefault([]),
    getMaxAge: durationOrZero('1s', '1d').prefault('0'),
    idleTimeout: duration('1s', '1h').prefault('75s'),
  });
}

function limits() {
  return mapping({
    body: size('1KiB').prefault('1MiB'),
    tokens: integer(1, 1_000_000).prefault('20000'),
    depth: integer(1, 1_000).prefault('12'),
    aliases: integer(0, 100_000).prefault('50'),
    rootFields: integer(1, 100_000).prefault('20'),
    batch: integer(0, 1_000).prefault('10'),
    directives: integer(0, 100_000).prefault('50'),
    ids: integer(1, 1_000_000).prefault('10000'),
    first: integer(1, 100_000).prefault('1000'),
    cost: integer(1, 1_000_000_000).prefault('250000'),
    introspection: boolean().prefault('true'),
    requestTimeout: duration('1ms', '10m').prefault('15s'),
    slowestBody: sizeOrZero('1').prefault('16KiB'),
    requestsPerMinute: integer(0, 100_000_000).prefault('60000'),
    eventLoopDelay: durationOrZero('10ms', '1m').prefault('1s'),
  });
}

function audienceManager(insecure: boolean) {
  return mapping({
    password: section(
      mapping({
        baseUrl: baseUrl(insecure).prefault('https://api.demdex.com/v1'),
        tokenUrl: url(insecure).prefault('https://api.demdex.com/oauth/token'),
        clientId: label().optional(),
        clientSecret: secret().optional(),
      }).prefault({}),
    ),
    serverToServer: section(
      mapping({
        baseUrl: baseUrl(insecure).prefault('https://aam.adobe.io/v1'),
        tokenUrl: url(insecure).prefault('https://ims-na1.adobelogin.com/ims/token/v3'),
        scopes: list(scope(), 'at least one scope')
          .min(1, { error: 'is empty; list at least one scope, or leave the key out' })
          .prefault(['openid', 'AdobeID', 'read_organizations', 'additional_info.projectedProductContext']),
      }).prefault({}),
    ),
    pageSize: integer(0, 20_000).prefault('1000'),
    includeDeleted: boolean().prefault('true'),
    listingLimit: size('1MiB').prefault('256MiB'),
    requestTimeout: duration('1ms', '10m').prefault('10s'),
    retries: integer(0, 10).prefault('3'),
    concurrency: integer(1, 256).prefault('8'),
    callsPerSecond: integer(0, 1_000).prefault('10'),
  });
}

/** The section `storage`. `findInconsistencies` checks which keys are allowed together. */
function storage() {
  return mapping({
    sqlite: databaseFile().optional(),
    postgres: databaseUrl().optional(),
    poolSize: integer(1, 100).optional(),
    encryptionKey: encryptionKey().optional(),
    keepHistory: duration('1d', '100y').optional(),
  });
}

function customer() {
  return mapping({
    id: customerId(),
    name: label().optional(),
    credentials: credentials().optional(),
    destinations: destinations().prefault(''),
  });
}

/** A customer's global id is its ID itself; `~` tells all other global ids from it. */
function customerId() {
  return label().refine((id) => !id.startsWith('~'), {
    error:
      'must not begin with ~, which marks the global ids that the gateway itself makes; choose another ID',
  });
}

function credentials() {
  return z.discriminatedUnion(
    'type',
    [
      mapping({ type: z.literal('password'), username: label(), password: secret() }),
      mapping({
        type: z.literal('server-to-server'),
        clientId: label(),
        clientSecret: secret(),
        orgId: label(),
      }),
    ],
    {
      error: ({ code, input }: { readonly code?: string; readonly input?: unknown }) => {
        const expected = 'must be password or server-to-server';
        if (code !== 'invalid_union')
          return 'must be a mapping with type: password or type: server-to-server';
        const isMissing = typeof input === 'object' && input !== null && !('type' in input);
        return isMissing ? `is missing; it ${expected}` : `${expected}, not ${VALUE_PLACEHOLDER}`;
      },
    },
  );
}

function encryptionKey() {
  return scalar('must be at least 32 characters', (text) => {
    if (text === '') return new InvalidValue('is empty; give the key, best as ${env:NAME} or ${file:PATH}');
    return Array.from(text).length >= 32 && !/[\p{Cc}\p{Surrogate}]/u.test(text)
      ? text
      : new InvalidValue('must be at least 32 characters, none of them a control character');
  });
}

/**
 * The path of the SQLite file. A URL is refused: as a path it would create a folder named after the password.
 */
function databaseFile() {
  return filePath().refine((path) => !/^[a-z][\w+.-]*:\/\//i.test(path), {
    error: 'must be the path of a file; the URL of a database belongs under postgres',
  });
}

/** What `target_session_attrs` may be: the gateway writes, so it has no use for a standby alone. */
const SESSION_ATTRIBUTES: readonly (string | null)[] = [null, 'read-write', 'primary', 'any'];

function databaseUrl() {
  return scalar('must be a URL such as postgres://user:password@host/database', (text) => {
    const parsed = parsePostgresUrl(text);
    // The text is not shown: it contains a password.
    if (parsed === null)
      return new InvalidValue('must be a URL such as postgres://user:password@host/database');
    if (!SESSION_ATTRIBUTES.includes(parsed.targetSessionAttrs)) {
      return new InvalidValue(
        'has a target_session_attrs that the gateway cannot use; it writes, so leave it out, or write read-write, primary or any',
      );
    }
    const isEncoded = parsed.hosts.every(({ url }) => {
      const { username, password } = new URL(url);
      return isPercentEncoded(username + password);
    });
    return isEncoded
      ? text
      : new InvalidValue(
          'has a % in its user or password that is not part of an escape; write a literal % as %25',
        );
  });
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function scope() {
  return scalar('must be one scope without blanks or commas', (text) =>
    /^[^\s,\p{Cc}\p{Surrogate}]+$/u.test(text) ? text : undefined,
  );
}

function host() {
  return scalar('must be an IP address (IPv6 without brackets) or a host name', (text) =>
    isHost(text) ? text : undefined,
  );
}
