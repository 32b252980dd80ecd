import { manualOnlyId, type IdentifierType, type Segment, type SegmentIdType } from '../../segments/index.js';
import type { IdentifierRequest } from '../../storage/index.js';
import type { IdKinds } from '../snapshot/id-kinds.js';

/** The kinds as which an entry by hand may have been given for an ID. */
const MANUAL_KINDS: readonly Exclude<SegmentIdType, 'MAPPING_ID'>[] = [
  'AUTO',
  'SID',
  'ALIAS',
  'VALUE',
  'KEY_VALUE',
  'URL',
];

/** Number of texts that are looked for at once. An ID stands for several, and for many if it has many separators. */
const MAX_TEXTS = 10_000;

/** So much of a value is looked for, in characters: the storage compares the whole ID with key and value. */
const VALUE_LENGTH = 128;

/** What the identifiers of key and value are made with, in some destinations. */
export interface KeyValueParts {
  readonly separators: readonly string[];
  /** Keys with separators, for the values of segments without a key of their own. */
  readonly keys: readonly string[];
}

/** What key and value are made with in those destinations that send them. @param kinds of the destinations */
export function keyValueParts(kinds: Iterable<IdKinds>): KeyValueParts {
  const separators = new Set<string>();
  const keys = new Set<string>();
  for (const { types, keySeparator, singleKey } of kinds) {
    if (!types.includes('KEY_VALUE')) continue;
    separators.add(keySeparator);
    if (singleKey !== null) keys.add(`${singleKey}${keySeparator}`);
  }
  return { separators: [...separators], keys: [...keys] };
}

/**
 * The identifiers by which all segments are found in the storage that one of some IDs may stand for: as many of the IDs as
 * may be looked for at once, but one at least.
 *
 * @param start the index of the first one
 * @param count maximum number of them
 * @returns the IDs, too, which are `texts`
 */
export function storedIdentifiers(
  all: readonly string[],
  start: number,
  count: number,
  { separators, keys }: KeyValueParts,
): Pick<IdentifierRequest, 'ids' | 'texts' | 'values' | 'separators' | 'keys'> {
  const ids: string[] = [];
  const texts: string[] = [];
  const values = new Set<string>();
  for (const id of all.slice(start, start + count)) {
    if (ids.length + values.size > MAX_TEXTS) break;
    texts.push(id);
    ids.push(...keysOf(id));
    for (const separator of separators) addValuesIn(id, separator, values);
  }
  return { ids, texts, values: [...values], separators, keys };
}

/** The keys that the gateway may have given to a segment with this ID. */
function keysOf(id: string): string[] {
  return [
    id,
    manualOnlyId({ idType: 'AUTO', id }, 'FIRST_VERSION'),
    ...MANUAL_KINDS.map((idType) => manualOnlyId({ idType, id })),
  ];
}

/** Adds the beginning of what the value may be in an ID that is a key and a value. Either may contain the separator. */
function addValuesIn(id: string, separator: string, values: Set<string>): void {
  for (let at = id.indexOf(separator); at >= 0; at = id.indexOf(separator, at + 1)) {
    const start = at + separator.length;
    values.add(id.slice(start, start + VALUE_LENGTH));
    if (at >= id.length) return;
  }
}

/**
 * Those of some IDs that a segment from the storage may have.
 *
 * @param byKey the IDs by the keys that `storedIdentifiers` has looked for
 * @param kinds of the destination
 */
export function askedIdsOf(
  segment: Segment,
  ids: ReadonlySet<string>,
  byKey: ReadonlyMap<string, readonly string[]>,
  kinds: IdKinds,
): string[] {
  const { sid, alias, value } = segment;
  const texts = [sid, alias, value];
  const key = alias ?? kinds.singleKey;
  if (key !== null && value !== null) texts.push(`${key}${kinds.keySeparator}${value}`);
  const asked = texts.filter((text): text is string => text !== null && ids.has(text));
  return [...asked, ...(byKey.get(segment.id) ?? [])];
}

/** The IDs by the keys that the gateway may have given to their segments. */
export function idsByKey(ids: readonly string[]): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const id of ids) {
    for (const key of keysOf(id)) {
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, [id]);
      else others.push(id);
    }
  }
  return byKey;
}

/** Whether an ID may be an address: it has a character that one of its parts begins with. */
export function mayBeAddress(id: string): boolean {
  return /[/?&.]/.test(id);
}

/** Whether IDs of these kinds may be addresses. */
export function haveAddresses({ types }: { readonly types: readonly IdentifierType[] }): boolean {
  return types.includes('URL');
}
