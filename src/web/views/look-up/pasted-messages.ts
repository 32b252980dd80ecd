/** Members with the ID of a segment, without case and underscores; of several, the first in this order counts. */
const ID_MEMBERS = ['segmentid', 'segment', 'mapping', 'newsegmentid', 'legacysegmentid'] as const;

/** Common words, which are members with an ID only in the objects of a list. */
const COMMON_WORDS: ReadonlySet<string> = new Set(['segment', 'mapping']);

/** Lists of IDs alone. */
const ID_LISTS: ReadonlySet<string> = new Set([
  'segments',
  'segmentids',
  'segmentlist',
  'removedsegments',
  'removedsegmentids',
  'removedsegmentlist',
]);

/** Members with the ID of the destination; the first counts. */
const DESTINATION_MEMBERS = ['aamdestinationid', 'destinationid'] as const;

/** The IDs in messages. */
interface Messages {
  readonly ids: readonly string[];
  /** The destination that all messages name; `null`: none, or several. */
  readonly destinationId: string | null;
}

/** Reads one message of Audience Manager, or one on each line; `null` if the text is no JSON. */
export function readMessages(text: string): Messages | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const values = parsed(text) ?? parsedLines(text);
  if (values === null) return null;
  const ids: string[] = [];
  for (const value of values) collect(value, Array.isArray(value) ? 'segments' : '', false, ids);
  const destinations = new Set(values.map(destinationIn).filter((id) => id !== null));
  const [destinationId = null] = destinations;
  return { ids, destinationId: destinations.size === 1 ? destinationId : null };
}

function parsed(text: string): unknown[] | null {
  try {
    return [JSON.parse(withLongNumbersAsText(text)) as unknown];
  } catch {
    return null;
  }
}

function parsedLines(text: string): unknown[] | null {
  const values = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .flatMap((line) => parsed(line) ?? []);
  return values.length === 0 ? null : values;
}

/** Longer numbers would be read inexactly. */
function withLongNumbersAsText(text: string): string {
  return text.replaceAll(/([:[,]\s*)(\d{16,})(?=\s*[,}\]])/g, '$1"$2"');
}

function collect(value: unknown, name: string, isInList: boolean, ids: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (isId(item)) {
        if (ID_LISTS.has(name)) ids.push(String(item));
      } else collect(item, name, true, ids);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const members = new Map(Object.entries(value).map(([key, its]) => [normalized(key), its as unknown]));
  const names = ID_MEMBERS.filter((each) => isInList || !COMMON_WORDS.has(each));
  const id = names.map((each) => members.get(each)).find(isId);
  if (id !== undefined) ids.push(...String(id).split(/[,;]/));
  for (const [key, its] of members) collect(its, key, false, ids);
}

function destinationIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const members = new Map(Object.entries(value).map(([key, its]) => [normalized(key), its as unknown]));
  const id = DESTINATION_MEMBERS.map((each) => members.get(each)).find(isId);
  return id === undefined ? null : String(id).trim();
}

function normalized(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, '');
}

function isId(value: unknown): value is string | number {
  return (typeof value === 'string' && value.trim() !== '') || Number.isInteger(value);
}
