import { MAX_ID_LENGTH } from '../../base/id-rule.js';
import { MAX_GLOBAL_ID_LENGTH } from '../global-ids.js';

/** Lengths of lists that no argument limits, and numbers of segments. Functions, because few operations need them. */
export interface Sizes {
  /** Number of customers that the caller may see. */
  readonly customers: () => number;
  /** Highest number of destinations that one of these customers has. */
  readonly destinations: () => number;
  /** Number of destinations that all of these customers have together. */
  readonly allDestinations: () => number;
  /** Number of segments of the largest of these destinations with an ID; `null`: of the largest of all. */
  readonly segments: (destinationId: string | null) => number;
}

/** Where in the response a selection stands. */
export interface Place {
  /** How many objects it is selected of. In a page of a list: how many items the page has. */
  readonly objects: number;
  /** In a page of a list: how many pages there are. Else as many as objects. */
  readonly pages: number;
  /**
   * How many different customers these objects are, or how many different destinations they are or belong to. A field
   * of a destination is computed once for all its segments.
   */
  readonly owners: () => number;
  /** The destination's ID in Audience Manager, if there is only one. */
  readonly destinationId: string | null;
  /** Number of characters that the IDs which were sent for these objects have beyond those of usual IDs, by their part of the keys. */
  readonly longIds: () => LongIds;
}

/** Number of characters beyond those of usual IDs, for each part of keys. */
export interface LongIds {
  customerId: number;
  destinationId: number;
  segmentId: number;
}

const NO_LONG_IDS: Readonly<LongIds> = { customerId: 0, destinationId: 0, segmentId: 0 };

/** The place of the fields at the top. */
export const TOP: Place = {
  objects: 1,
  pages: 1,
  owners: () => 1,
  destinationId: null,
  longIds: () => NO_LONG_IDS,
};

/** A field that is selected at a place. */
export interface SelectedField {
  /** Name of the type that has the field. */
  readonly parent: string;
  readonly name: string;
  /** Name of the type that it returns, without lists. */
  readonly type: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Maximum length of the list that it returns; 1 if it is no list. */
  readonly length: number;
  /** Whether it returns an object that has the list, such as a connection. */
  readonly isPage: boolean;
}

/** The fields of a page that have its items. */
export const ITEMS: ReadonlySet<string> = new Set(['nodes', 'edges', 'results']);

/** The place of a field of a selection: what a page has besides its items is there once. */
export function placeOf(field: string, place: Place): Place {
  const isItem = place.pages === place.objects || ITEMS.has(field);
  return isItem ? place : { ...place, objects: place.pages };
}

/** The place of what is selected of a field. */
export function placeBelow(place: Place, field: SelectedField, sizes: Sizes): Place {
  const { args, length } = field;
  const objects = place.objects * length;
  const pages = field.isPage ? place.objects : objects;
  let known: number | undefined;
  const owners = (): number => (known ??= Math.max(1, Math.min(objects, ownersOf(field, place, sizes))));
  const sent = args['segmentIds'] ?? args['keys'] ?? args['representations'];
  let characters: LongIds | undefined;
  const longIds = Array.isArray(sent) ? () => (characters ??= charactersOfLongIds(sent)) : place.longIds;
  const below = { objects, pages, owners, longIds };
  const named = args['destinationId'];
  if (typeof named === 'string') return { ...below, destinationId: named };
  const isSame = field.parent !== 'Query' && field.name !== 'destinations' && field.name !== 'unread';
  return { ...below, destinationId: isSame ? place.destinationId : null };
}

/** IDs are usually not longer than this, in characters. */
const USUAL_ID_LENGTH = 100;

/** @param sent IDs, keys or representations */
function charactersOfLongIds(sent: readonly unknown[]): LongIds {
  const characters = { ...NO_LONG_IDS };
  const add = (part: keyof LongIds, id: unknown): void => {
    if (typeof id !== 'string' || id.length <= USUAL_ID_LENGTH) return;
    characters[part] += Math.min(id.length, MAX_ID_LENGTH) - USUAL_ID_LENGTH;
  };
  for (const each of sent) {
    add('segmentId', each);
    const { customerId, destinationId, segmentId } = (each ?? {}) as Named;
    add('customerId', customerId);
    add('destinationId', destinationId);
    add('segmentId', segmentId);
  }
  return characters;
}

/** Fields of the query type whose objects may be of any destinations. */
const OF_MANY_DESTINATIONS: ReadonlySet<string> = new Set([
  'node',
  'nodes',
  'searchSegments',
  'findSegments',
  'destinations',
  'imports',
]);

function ownersOf({ parent, name, type, args, length }: SelectedField, place: Place, sizes: Sizes): number {
  if (parent === 'Query') {
    if (name === 'customers') return Math.min(length, sizes.customers());
    const named = args['keys'] ?? args['representations'];
    if (Array.isArray(named)) return Math.min(destinationsOf(named), sizes.allDestinations());
    const isOfMany = OF_MANY_DESTINATIONS.has(name);
    return isOfMany ? Math.min(length, sizes.allDestinations()) : 1;
  }
  if (name === 'unread' || name === 'matches') return sizes.allDestinations();
  if (name === 'destinations') return Math.min(place.owners() * length, sizes.allDestinations());
  return type === 'Customer' ? Math.min(place.owners(), sizes.customers()) : place.owners();
}

/** What a key or a representation may have. A representation is not checked yet: these may be anything. */
interface Named {
  readonly customerId?: unknown;
  readonly destinationId?: unknown;
  readonly segmentId?: unknown;
  readonly id?: unknown;
}

/** Number of different destinations that keys or representations name. A global ID counts as a destination of its own. */
export function destinationsOf(keys: readonly unknown[]): number {
  const named = new Set<string>();
  for (const { destinationId, customerId, id } of keys as readonly Named[]) {
    named.add(`${textOf(destinationId)} ${textOf(customerId)} ${textOf(id)}`);
  }
  return named.size;
}

/** An ID as a text; an empty one for what is no ID, which no destination has. */
function textOf(id: unknown): string {
  if (typeof id === 'number') return String(id);
  // A short request can name a long text many times.
  return typeof id === 'string' && id.length <= MAX_GLOBAL_ID_LENGTH ? id : '';
}
