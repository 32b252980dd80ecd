import * as z from 'zod';
import { parseApiUrl, type UrlFault } from './addresses.js';
import { parseDuration } from './durations.js';
import { FileFault, type FileReader } from './files.js';
import { parseSize } from './sizes.js';
import { closest } from './suggestion.js';

/** Stands in a message where the value is to be shown, if it may be. */
export const VALUE = '{value}';

const URL_FAULTS: Record<UrlFault, string> = {
  malformed: `must be a URL that begins with https:// or http://, not ${VALUE}`,
  // These hold what should not be shown.
  credentials: 'must not hold a user name or password; remove the part before the @',
  query: 'must not have a query or fragment; remove the part from the ? or # on',
  cleartext: `must begin with https://, as credentials would travel in clear text to ${VALUE} (allowed with --insecure)`,
};

/** A mapping with these keys and no others; the message on unknown ones has a line for each of them. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
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
export function section<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema);
}

/** What may be written in several ways, each with a schema of its own. */
export function either<T>(schemaOf: (value: unknown) => z.ZodType<T>) {
  return z.unknown().transform((value, context): T => {
    const result = schemaOf(value).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push(issue as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}

export function list<Item extends z.ZodType>(item: Item, of: string) {
  return z.array(item, {
    error: ({ input }) => (input === undefined ? `is missing; list ${of}` : `must be a list of ${of}`),
  });
}

/** A text that `parse` turns into what it means; it answers undefined, or a message, where the text will not do. */
export function scalar<T>(expected: string, parse: (text: string) => T | Rejection | undefined) {
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

export class Rejection {
  constructor(readonly message: string) {}
}

/** An identifier or a name: opaque, kept exactly as written. */
export function label() {
  return scalar(
    'must be 1 to 255 characters without control characters and without blanks at either end',
    (text) => {
      const length = Array.from(text).length;
      const clean = !/[\p{Cc}\p{Surrogate}]/u.test(text) && !/^\s|\s$/u.test(text);
      return clean && length >= 1 && length <= 255 ? text : undefined;
    },
  );
}

export function secret() {
  return scalar('must be text without line breaks and other control characters', (text) => {
    if (text === '') return new Rejection('is empty; give the secret, best as ${env:NAME} or ${file:PATH}');
    return /[\p{Cc}\p{Surrogate}]/u.test(text) ? undefined : text;
  });
}

export function filePath() {
  return scalar('must be the path of a file', (text) =>
    text !== '' && !/[\p{Cc}\p{Surrogate}]/u.test(text) ? text : undefined,
  );
}

/** The path of a file, of which `parse` makes what it means. */
export function fileContents<T>(
  expected: string,
  read: FileReader,
  parse: (text: string) => { readonly value: T } | { readonly fault: string },
) {
  return scalar(expected, (path): T | Rejection | undefined => {
    if (path === '' || /[\p{Cc}\p{Surrogate}]/u.test(path)) return undefined;
    try {
      const parsed = parse(read(path));
      return 'fault' in parsed ? new Rejection(`the file ${VALUE} ${parsed.fault}`) : parsed.value;
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      return new Rejection(`the file ${VALUE} ${error.message}`);
    }
  });
}

export function url(insecure: boolean) {
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
export function baseUrl(insecure: boolean) {
  return url(insecure).transform((href) => href.replace(/\/+$/, ''));
}

export function integer(min: number, max: number) {
  return scalar(`must be a whole number from ${min} to ${max}`, (text) => {
    const value = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1;
    return value >= min && value <= max ? value : undefined;
  });
}

export function boolean() {
  return scalar('must be true or false', (text) =>
    text === 'true' ? true : text === 'false' ? false : undefined,
  );
}

export function oneOf<Word extends string>(words: readonly Word[]) {
  return scalar(`must be one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
}

export function duration(min: string, max: string) {
  return scalar(`must be a duration such as 500ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`, (text) =>
    within(parseDuration(text), parseDuration(min), parseDuration(max)),
  );
}

export function durationOrZero(min: string, max: string) {
  return scalar(`must be 0 or a duration such as 500ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`, (text) => {
    const value = parseDuration(text);
    return value === 0 ? 0 : within(value, parseDuration(min), parseDuration(max));
  });
}

export function size(min: string) {
  return scalar(`must be a size such as 512KiB, 64MiB or 2GiB, at least ${min}`, (text) =>
    within(parseSize(text), parseSize(min)),
  );
}

export function sizeOrZero(min: string) {
  return scalar(`must be 0 or a size such as 512KiB, 64MiB or 2GiB, at least ${min}`, (text) => {
    const value = parseSize(text);
    return value === 0 ? 0 : within(value, parseSize(min));
  });
}

function within(value: number | undefined, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}
