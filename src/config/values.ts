import * as z from 'zod';
import { parseApiUrl, type UrlError } from './addresses.js';
import { parseDuration } from './durations.js';
import { suggestKey } from './key-suggestion.js';
import { parseSize } from './sizes.js';
import { UnreadableFileError, type FileReader } from './text-files.js';

/** A placeholder in messages for the value, which is shown or replaced by a phrase if it may be secret. */
export const VALUE_PLACEHOLDER = '{value}';

const URL_MESSAGES: Record<UrlError, string> = {
  malformed: `must be a URL that begins with https:// or http://, not ${VALUE_PLACEHOLDER}`,
  // These values are not shown: they may contain secrets.
  credentials: 'must not contain a user name or password; remove the part before the @',
  query: 'must not have a query or fragment; remove everything from the ? or # on',
  cleartext: `must begin with https://, because credentials would be sent in clear text to ${VALUE_PLACEHOLDER} (allowed with --insecure)`,
};

/** A mapping with these keys and no others. The message for unknown keys has one line for each of them. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `must be a mapping with the keys ${known.join(', ')}`;
      return issue.keys
        .map((key) => {
          const suggestion = suggestKey(key, known);
          const remedy =
            suggestion === undefined
              ? `the keys here are ${known.join(', ')}`
              : `did you mean ${suggestion}?`;
          return `is not a known key; ${remedy}`;
        })
        .join('\n');
    },
  });
}

/** A section that may be empty: if all of its keys are commented out, YAML sees an empty value. */
export function section<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema);
}

/** A value that may be written in several ways, each with a schema of its own. */
export function either<T>(schemaOf: (value: unknown) => z.ZodType<T>) {
  return z.unknown().transform((value, context): T => {
    const result = schemaOf(value).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.issues.push(issue as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}

/** @param of names the items for messages, such as `at least one key` */
export function list<Item extends z.ZodType>(item: Item, of: string) {
  return z.array(item, {
    error: ({ input }) => (input === undefined ? `is missing; list ${of}` : `must be a list of ${of}`),
  });
}

/**
 * A text that is parsed to a value.
 *
 * @param expected completes the sentence "the value …", such as `must be true or false`
 * @param parse returns `undefined` for an invalid text, or an `InvalidValue` with a message of its own
 */
export function scalar<T>(expected: string, parse: (text: string) => T | InvalidValue | undefined) {
  return z
    .string({
      error: ({ input }) => {
        if (input === undefined) return `is missing; it ${expected}`;
        return `${expected}, not a ${Array.isArray(input) ? 'list' : 'mapping'}`;
      },
    })
    .transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined && !(value instanceof InvalidValue)) return value;
      context.addIssue({
        code: 'custom',
        message: value instanceof InvalidValue ? value.message : `${expected}, not ${VALUE_PLACEHOLDER}`,
      });
      return z.NEVER;
    });
}

/** The result of a parser for a text that it does not accept. */
export class InvalidValue {
  constructor(readonly message: string) {}
}

/** An identifier or a name, kept exactly as written. */
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

/** A password or client secret. */
export function secret() {
  return scalar('must be text without line breaks and other control characters', (text) => {
    if (text === '')
      return new InvalidValue('is empty; give the secret, best as ${env:NAME} or ${file:PATH}');
    return /[\p{Cc}\p{Surrogate}]/u.test(text) ? undefined : text;
  });
}

/** The path of a file, kept as written. The file need not exist. */
export function filePath() {
  return scalar('must be the path of a file', (text) =>
    text !== '' && !/[\p{Cc}\p{Surrogate}]/u.test(text) ? text : undefined,
  );
}

/** The path of a file whose content is parsed. */
export function fileContents<T>(
  expected: string,
  read: FileReader,
  parse: (text: string) => { readonly value: T } | { readonly error: string },
) {
  return scalar(expected, (path): T | InvalidValue | undefined => {
    if (path === '' || /[\p{Cc}\p{Surrogate}]/u.test(path)) return undefined;
    try {
      const parsed = parse(read(path));
      return 'error' in parsed
        ? new InvalidValue(`the file ${VALUE_PLACEHOLDER} ${parsed.error}`)
        : parsed.value;
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      return new InvalidValue(`the file ${VALUE_PLACEHOLDER} ${error.message}`);
    }
  });
}

/** The URL of an API. Plain http is accepted for loopback addresses, or for all with `insecure`. */
export function url(insecure: boolean) {
  return scalar('must be a URL', (text) => {
    const parsed = parseApiUrl(text, insecure);
    if ('href' in parsed) return parsed.href;
    // Even a malformed URL may contain a password, so a text with an @, ? or # is not shown.
    const isShowable = !/[@?#]/.test(text);
    return new InvalidValue(
      isShowable || parsed.error !== 'malformed'
        ? URL_MESSAGES[parsed.error]
        : 'must be a URL that begins with https://',
    );
  });
}

/** The URL of an API without trailing slashes, because paths with a leading slash are appended to it. */
export function baseUrl(insecure: boolean) {
  return url(insecure).transform((href) => href.replace(/\/+$/, ''));
}

/** A whole number in plain decimal digits. */
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

/** One of several words, in exactly this spelling. */
export function oneOf<Word extends string>(words: readonly Word[]) {
  return scalar(`must be one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
}

/** A duration in milliseconds. The limits are written as durations, such as `1ms`. */
export function duration(min: string, max: string) {
  return scalar(`must be a duration such as 500ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`, (text) =>
    inRange(parseDuration(text), parseDuration(min), parseDuration(max)),
  );
}

/** As `duration`, or 0. */
export function durationOrZero(min: string, max: string) {
  return scalar(`must be 0 or a duration such as 500ms, 10s, 5m, 1h or 7d, from ${min} to ${max}`, (text) => {
    const value = parseDuration(text);
    return value === 0 ? 0 : inRange(value, parseDuration(min), parseDuration(max));
  });
}

/** A size in bytes. */
export function size(min: string) {
  return scalar(`must be a size such as 512KiB, 64MiB or 2GiB, at least ${min}`, (text) =>
    inRange(parseSize(text), parseSize(min)),
  );
}

/** As `size`, or 0. */
export function sizeOrZero(min: string) {
  return scalar(`must be 0 or a size such as 512KiB, 64MiB or 2GiB, at least ${min}`, (text) => {
    const value = parseSize(text);
    return value === 0 ? 0 : inRange(value, parseSize(min));
  });
}

function inRange(value: number | undefined, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}
