import { DeliveryError } from './delivery-error.js';

/** Whether a user entered or left a segment; `null`: the line does not say. */
export type Change = 'ENTERED' | 'LEFT';

/** A part of an item, such as of `5,103714,1,1790000000000`. */
export type ItemPart = 'type' | 'id' | 'status' | 'time' | 'skip';

/** One field of a line. */
export type TemplateField = (
  | { readonly kind: 'text'; readonly name: string }
  | { readonly kind: 'list'; readonly change: Change; readonly separator: string }
  | {
      /** Segments with their type (5: a segment, 3: a trait), status (0: left) or time. */
      readonly kind: 'items';
      readonly separator: string;
      readonly partSeparator: string;
      readonly parts: readonly ItemPart[];
    }
) & {
  /** The text before the field. */
  readonly before: string;
};

/** How the lines of a file are made. */
export type Template = LineTemplate | JsonTemplate;

/** Fields with separators between them. */
export interface LineTemplate {
  readonly kind: 'line';
  /** As it is written for `--template`. */
  readonly text: string;
  readonly fields: readonly TemplateField[];
}

/** A JSON object on each line, with a list of segments in it. */
export interface JsonTemplate {
  readonly kind: 'json';
  readonly text: string;
}

/** The item type of a segment. Source: "Outbound macro examples". */
export const SEGMENT_ITEM_TYPE = '5';

/**
 * The documented templates as patterns. `default` is there in its two forms, with one space and with two.
 * Source: "Outbound macro examples", "Outbound data file contents".
 */
const PATTERNS = {
  oneSpace: '{user} {segments} {left}',
  twoSpaces: '{user}  {segments}  {left}',
  spaces: '{user} {segments: }',
  tabs: '{partner}\\t{user}\\t{partnerUser}\\t{field4}\\t{field5}\\t{items:&:type,id,status,time}',
  typed: '{user}\\t{items:,:type,id}',
} as const;

/** What `--template` and `format` in the configuration may say, besides a pattern. */
export const TEMPLATE_NAMES = ['default', 'spaces', 'tabs', 'typed', 'json'] as const;

/** The template `json`. */
export const JSON_LINES: JsonTemplate = { kind: 'json', text: 'json' };

const REMEDY = `Choose one of ${TEMPLATE_NAMES.join(', ')}, or write a pattern such as '{user}|{segments:,}|{left:,}'.`;

const ITEM_PARTS: readonly ItemPart[] = ['type', 'id', 'status', 'time', 'skip'];

const PLACEHOLDER = /^([A-Za-z][A-Za-z0-9_]{0,39})(?::([^]*))?$/;

/** Names that the result has for itself. */
const RESERVED = new Set(['line', 'file', 'destination', 'named', 'reason']);

/**
 * The template of a name or a pattern. `default` has one space or two between its fields: which, only the lines tell, so
 * it has to be guessed by `guessTemplate`, and is none here.
 *
 * @throws {DeliveryError} if it is neither
 */
export function readTemplate(text: string): Template | 'default' {
  if (text === 'default') return 'default';
  if (text === 'json') return JSON_LINES;
  if (text === 'spaces' || text === 'tabs' || text === 'typed') return documented(text);
  if (!text.includes('{')) throw new DeliveryError(`There is no template ${JSON.stringify(text)}. ${REMEDY}`);
  return { kind: 'line', text, fields: readPattern(text) };
}

/** A documented template. Those of `default` are called by their patterns, which can be stated. */
export function documented(name: keyof typeof PATTERNS): LineTemplate {
  const pattern = PATTERNS[name];
  const text = name === 'oneSpace' || name === 'twoSpaces' ? pattern : name;
  return { kind: 'line', text, fields: readPattern(pattern) };
}

/**
 * Reads a pattern: the text of a line with its fields in braces. `{segments}` and `{left}` are lists of segment IDs, by
 * default separated by commas: `{segments:|}` by bars. `{items:&:type,id,status,time}` is a list of items, separated by
 * `&`, with such parts, separated by what stands between `type` and `id`. Any other name is a field of the line itself. A
 * tab is written as `\t`, any other byte as `\x01`.
 *
 * @throws {DeliveryError} if it is not one, or if lines could be read in two ways
 */
function readPattern(pattern: string): TemplateField[] {
  const fields: TemplateField[] = [];
  const names = new Set<string>();
  let rest = pattern;
  while (rest !== '') {
    const match = /^((?:[^{}\\]|\\[^])*)\{((?:[^{}\\]|\\[^])*)\}/.exec(rest);
    if (match === null) throw patternError(pattern, `${JSON.stringify(rest)} is not a field in braces`);
    const [whole, before = '', inner = ''] = match;
    const field = { ...readPlaceholder(pattern, inner), before: unescape(pattern, before) };
    if (fields.length > 0 && field.before === '') {
      throw patternError(pattern, `nothing stands between {${inner}} and the field before it`);
    }
    const name = field.kind === 'text' ? field.name : field.kind === 'list' ? field.change : 'items';
    if (names.has(name)) throw patternError(pattern, `it has {${inner}} twice`);
    names.add(name);
    fields.push(field);
    rest = rest.slice(whole.length);
  }
  checkSeparators(pattern, fields);
  return fields;
}

function readPlaceholder(pattern: string, inner: string): TemplateField {
  const match = PLACEHOLDER.exec(inner);
  if (match === null) throw patternError(pattern, `{${inner}} is not the name of a field`);
  const [, name = '', option] = match;
  const before = '';
  switch (name) {
    case 'segments':
    case 'left': {
      const separator = option === undefined ? ',' : unescape(pattern, option);
      if (Buffer.byteLength(separator) !== 1) {
        throw patternError(pattern, `the separator in {${inner}} has to be one character`);
      }
      return { kind: 'list', change: name === 'left' ? 'LEFT' : 'ENTERED', separator, before };
    }
    case 'items':
      return { ...readItems(pattern, inner, option ?? ''), before };
    default:
      if (option !== undefined) {
        throw patternError(pattern, `only {segments}, {left} and {items} have separators, not {${name}}`);
      }
      if (RESERVED.has(name)) throw patternError(pattern, `{${name}} needs another name`);
      return { kind: 'text', name, before };
  }
}

function readItems(
  pattern: string,
  inner: string,
  option: string,
): Omit<TemplateField & { kind: 'items' }, 'before'> {
  const match = /^((?:\\x[0-9a-fA-F]{2}|\\[^]|[^\\])):([^]+)$/.exec(option);
  const [, separator = '', form = ''] = match ?? [];
  const words = form.match(/[a-z]+/g) ?? [];
  const between = form.split(/[a-z]+/).slice(1, -1);
  const [partSeparator = ''] = between;
  const parts = words.flatMap((word) => ITEM_PARTS.filter((part) => part === word));
  const separators = [separator, partSeparator].map((text) => unescape(pattern, text));
  const isForm =
    parts.length === words.length &&
    parts.filter((part) => part === 'id').length === 1 &&
    new Set(parts.filter((part) => part !== 'skip')).size ===
      parts.filter((part) => part !== 'skip').length &&
    between.every((text) => text === partSeparator) &&
    separators.every((text) => Buffer.byteLength(text) === 1 || (text === '' && parts.length === 1));
  if (!isForm) {
    throw patternError(
      pattern,
      `{${inner}} is not a list of items: write {items:&:type,id,status,time}, with the separators of items and of their parts, and id among the parts type, id, status, time and skip`,
    );
  }
  return {
    kind: 'items',
    separator: separators[0] ?? '',
    partSeparator: parts.length === 1 ? '' : (separators[1] ?? ''),
    parts,
  };
}

/** @throws {DeliveryError} if the end of a list cannot be told from a separator in it */
function checkSeparators(pattern: string, fields: readonly TemplateField[]): void {
  if (fields.every(({ kind }) => kind === 'text')) {
    throw patternError(pattern, 'it has none of {segments}, {left} and {items}');
  }
  for (const [index, field] of fields.entries()) {
    const next = fields[index + 1];
    if (field.kind === 'text' || next === undefined) continue;
    const separators = field.kind === 'list' ? [field.separator] : [field.separator, field.partSeparator];
    if (separators.includes(next.before.charAt(0))) {
      throw patternError(pattern, 'a list is followed by the separator of its own entries');
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', '\\': '\\', '{': '{', '}': '}', ':': ':' };

function unescape(pattern: string, text: string): string {
  const plain = text.replaceAll(
    /\\(x([0-9a-fA-F]{2})|[^])/g,
    (_, escape: string, hex: string | undefined) => {
      const character = hex === undefined ? ESCAPES[escape] : String.fromCharCode(Number.parseInt(hex, 16));
      if (character === undefined || character > '\x7f') {
        throw patternError(pattern, `"\\${escape}" is none of \\t, \\x01, \\\\, \\{, \\} and \\:`);
      }
      return character;
    },
  );
  if (/[\r\n]/.test(plain)) throw patternError(pattern, 'it has more than one line');
  return plain;
}

function patternError(pattern: string, reason: string): DeliveryError {
  return new DeliveryError(`The template ${JSON.stringify(pattern)} cannot be used: ${reason}. ${REMEDY}`);
}
