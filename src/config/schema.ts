import * as z from 'zod';
import { isHost, isLoopback, parseApiUrl, type UrlFault } from './addresses.js';
import { parseDuration } from './durations.js';
import { parseSize } from './sizes.js';
import { closest } from './suggestion.js';
import type { DestinationType, SegmentIdType } from './types.js';

/** Stands in a message where the value is to be shown, if it may be. */
export const VALUE = '{value}';

const DESTINATION_TYPES: readonly DestinationType[] = [
  'URL',
  'COOKIE',
  'SERVER_TO_SERVER',
  'ANALYTICS',
  'PEOPLE_BASED',
  'UNKNOWN',
];
const SEGMENT_ID_TYPES: readonly SegmentIdType[] = ['MAPPING_ID', 'SID', 'ALIAS'];

const URL_FAULTS: Record<UrlFault, string> = {
  malformed: `must be a URL that begins with https:// or http://, not ${VALUE}`,
  // These hold what should not be shown.
  credentials: 'must not hold a user name or password; remove the part before the @',
  query: 'must not have a query or fragment; remove the part from the ? or # on',
  cleartext: `must begin with https://, as credentials would travel in clear text to ${VALUE} (allowed with --insecure)`,
};

/** What a checked file holds: numbers, milliseconds and bytes for texts, defaults for what is absent. */
export type ConfigInput = z.output<ReturnType<typeof configSchema>>;

/**
 * The configuration's keys, their defaults and what each may be. Input: texts, lists and mappings.
 * `insecure` allows an address that other machines can reach, and plain http beyond loopback.
 */
export function configSchema({ insecure }: { readonly insecure: boolean }) {
  return mapping({
    listen: section(
      mapping({
        host: host(insecure).prefault('127.0.0.1'),
        port: integer(0, 65_535).prefault('4000'),
      }).prefault({}),
    ),
    audienceManager: section(audienceManager(insecure).prefault({})),
    freshness: section(
      mapping({
        ttl: duration('1ms', '24d').prefault('1h'),
        refreshEvery: durationOrZero('1ms', '24d').prefault('1h'),
        newIdInterval: duration('1ms', '24d').prefault('60s'),
        lookupTimeout: duration('1ms', '10m').prefault('2s'),
        coldTimeout: duration('1ms', '10m').prefault('10s'),
      }).prefault({}),
    ),
    cache: section(mapping({ maxMemory: size('64KiB').prefault('256MiB') }).prefault({})),
    storage: section(storage().prefault({})),
    customers: list(customer(), 'at least one customer').min(1, {
      error: 'is empty; list at least one customer with its id',
    }),
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
    requestTimeout: duration('1ms', '10m').prefault('10s'),
    retries: integer(0, 10).prefault('3'),
    concurrency: integer(1, 256).prefault('8'),
  });
}

/** One engine or the other; which of them a key belongs to is checked between the keys. */
function storage() {
  return mapping({
    sqlite: filePath().optional(),
    postgres: databaseUrl().optional(),
    poolSize: integer(1, 100).optional(),
    encryptionKey: encryptionKey().optional(),
  });
}

function customer() {
  return mapping({
    id: label(),
    name: label().optional(),
    credentials: credentials().optional(),
    destinations: z.preprocess(
      (value) => (value === '' ? undefined : value),
      list(destination(), 'destinations, each with an id').prefault([]),
    ),
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
          return 'must be a mapping that begins with a type, password or server-to-server';
        const absent = typeof input === 'object' && input !== null && !('type' in input);
        return absent ? `is missing; it ${expected}` : `${expected}, not ${VALUE}`;
      },
    },
  );
}

function destination() {
  return mapping({
    id: label(),
    name: label().optional(),
    type: oneOf(DESTINATION_TYPES).optional(),
    segmentIdType: oneOf(SEGMENT_ID_TYPES).prefault('MAPPING_ID'),
  });
}

/** A mapping with these keys and no others; the message on unknown ones has a line for each of them. */
function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `must be a mapping with the keys ${known.join(', ')}`;
      return issue.keys
        .map((key) => {
          const meant = closest(key, known);
          const remedy =
            meant === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${meant}?`;
          return `is not a known key; ${remedy}`;
        })
        .join('\n');
    },
  });
}

/** A mapping all of whose keys may be commented out, which leaves nothing behind its name. */
function section<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema);
}

function list<Item extends z.ZodType>(item: Item, of: string) {
  return z.array(item, {
    error: ({ input }) => (input === undefined ? `is missing; list ${of}` : `must be a list of ${of}`),
  });
}

/** A text that `parse` turns into what it means; it answers undefined, or a message, where the text will not do. */
function scalar<T>(expected: string, parse: (text: string) => T | Rejection | undefined) {
  return z
    .string({
      error: ({ input }) => {
        if (input === undefined) return `is missing; it ${expected}`;
        return `${expected}, not a ${Array.isArray(input) ? 'list' : 'mapping'}`;
      },
    })
    .transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined && !(value instanceof Rejection)) return value;
      context.addIssue({
        code: 'custom',
        message: value instanceof Rejection ? value.message : `${expected}, not ${VALUE}`,
      });
      return z.NEVER;
    });
}

class Rejection {
  constructor(readonly message: string) {}
}

/** An identifier or a name: opaque, kept exactly as written. */
function label() {
  return scalar(
    'must be 1 to 255 characters without control characters and without blanks at either end',
    (text) => {
      const length = Array.from(text).length;
      const clean = !/[\p{Cc}\p{Surrogate}]/u.test(text) && !/^\s|\s$/u.test(text);
      return clean && length >= 1 && length <= 255 ? text : undefined;
    },
  );
}

function secret() {
  return scalar('must be text without line breaks and other control characters', (text) => {
    if (text === '') return new Rejection('is empty; give the secret, best as ${env:NAME} or ${file:PATH}');
    return /[\p{Cc}\p{Surrogate}]/u.test(text) ? undefined : text;
  });
}

function encryptionKey() {
  return scalar('must be at least 32 characters', (text) => {
    if (text === '') return new Rejection('is empty; give the key, best as ${env:NAME} or ${file:PATH}');
    return Array.from(text).length >= 32 && !/[\p{Cc}\p{Surrogate}]/u.test(text)
      ? text
      : new Rejection('must be at least 32 characters, none of them a control character');
  });
}

function filePath() {
  return scalar('must be the path of a file', (text) =>
    text !== '' && !/[\p{Cc}\p{Surrogate}]/u.test(text) ? text : undefined,
  );
}

function databaseUrl() {
  return scalar('must be a URL such as postgres://user:password@host/database', (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const right = url !== undefined && /^postgres(ql)?:$/.test(url.protocol);
    // It holds a password, so nothing of it is shown.
    return right ? text : new Rejection('must be a URL such as postgres://user:password@host/database');
  });
}

function scope() {
  return scalar('must be one scope without blanks or commas', (text) =>
    /^[^\s,\p{Cc}\p{Surrogate}]+$/u.test(text) ? text : undefined,
  );
}

function host(insecure: boolean) {
  return scalar('must be an IP address (IPv6 without brackets) or a host name', (text) => {
    if (!isHost(text)) return undefined;
    if (insecure || isLoopback(text)) return text;
    return new Rejection(
      `${VALUE} is not a loopback address, and there is no access control in this configuration; ` +
        'listen on 127.0.0.1, or start with --insecure',
    );
  });
}

function url(insecure: boolean) {
  return scalar('must be a URL', (text) => {
    const parsed = parseApiUrl(text, insecure);
    if ('href' in parsed) return parsed.href;
    // A text with an @ may hold a password, well-formed or not.
    const showable = !/[@?#]/.test(text);
    return new Rejection(
      showable || parsed.fault !== 'malformed'
        ? URL_FAULTS[parsed.fault]
        : 'must be a URL that begins with https://',
    );
  });
}

/** Paths are appended to it, each with its own leading slash. */
function baseUrl(insecure: boolean) {
  return url(insecure).transform((href) => href.replace(/\/+$/, ''));
}

function integer(min: number, max: number) {
  return scalar(`must be a whole number from ${min} to ${max}`, (text) => {
    const value = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1;
    return value >= min && value <= max ? value : undefined;
  });
}

function boolean() {
  return scalar('must be true or false', (text) =>
    text === 'true' ? true : text === 'false' ? false : undefined,
  );
}

function oneOf<Word extends string>(words: readonly Word[]) {
  return scalar(`must be one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
}

function duration(min: string, max: string) {
  return scalar(`must be a duration such as 500ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`, (text) =>
    within(parseDuration(text), parseDuration(min), parseDuration(max)),
  );
}

function durationOrZero(min: string, max: string) {
  return scalar(`must be 0 or a duration such as 500ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`, (text) => {
    const value = parseDuration(text);
    return value === 0 ? 0 : within(value, parseDuration(min), parseDuration(max));
  });
}

function size(min: string) {
  return scalar(`must be a size such as 512KiB, 64MiB or 2GiB, at least ${min}`, (text) =>
    within(parseSize(text), parseSize(min)),
  );
}

function within(value: number | undefined, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}
