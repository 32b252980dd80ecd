import { parseGlobalId } from '../global-ids.js';
import { destinationsOf, type Place, type SelectedField, type Sizes } from './place.js';
import type { Weight } from './weight.js';

/** What a call to the storage costs, in values. */
const CALL_COST = 100;

/** A search by text or status looks at this many segments for the price of one value. */
const SEGMENTS_PER_VALUE = 100;

/** Histories of this many segments are read for the price of one call to the storage. */
const SEGMENTS_PER_CALL = 100;

/** The changes of this many days are counted for the price of one call to the storage. */
const DAYS_PER_CALL = 100;

/** What the SDL of the schema costs, in values: it is as long as these, and so long in the making that it takes a turn. */
const SDL_COST = 2_500;

/** So many characters of long IDs that an answer repeats cost as much as one value. */
const CHARACTERS_PER_VALUE = 50;

const NONE: Partial<Weight> = {};

/** What it takes to find the values of a field, besides returning them. */
export function workOf(field: SelectedField, place: Place, sizes: Sizes): Partial<Weight> {
  const { parent, name, args } = field;
  const { objects } = place;
  switch (`${parent}.${name}`) {
    case 'Query.searchSegments':
      return { searches: objects, cost: objects * CALL_COST };
    case 'Query.findSegments':
      // Each destination has rules of its own.
      return { searches: objects, cost: objects * (CALL_COST + countedIn(sizes.allDestinations())) };
    case 'Query.destinations':
      // All are looked at, for their states.
      return { cost: countedIn(sizes.allDestinations()) };
    case 'Query.customers':
      return hasText(args['search']) ? { cost: countedIn(sizes.customers()) } : NONE;
    case 'Query.import':
    case 'Query.imports':
      return reads('histories', 1);
    case 'Query.node':
      return readsOfNodes([args['id']]);
    case 'Query.nodes':
      return Array.isArray(args['ids']) ? readsOfNodes(args['ids']) : NONE;
    case 'Query._entities':
      return Array.isArray(args['representations']) ? readsOfNodes(idsIn(args['representations'])) : NONE;
    case '_Service.sdl':
      return { cost: objects * SDL_COST };
    case 'SegmentLookup.segmentId':
    case 'SegmentFinding.segmentId':
    case 'SegmentReference.segmentId':
      return repeats(place.longIds().segmentId);
    case 'SegmentLookup.destinationId':
    case 'SegmentReference.destinationId':
      return repeats(place.longIds().destinationId);
    case 'SegmentReference.customerId':
      return repeats(place.longIds().customerId);
    case 'LookupError.message':
      // It names a destination that there is not.
      return repeats(place.longIds().customerId + place.longIds().destinationId);
    case 'Destination.segments':
      return isSearch(args) ? scan(place.owners(), sizes.segments(place.destinationId)) : NONE;
    case 'Destination.changes':
      return reads('histories', place.owners());
    case 'Destination.changesByDay':
      // All changes of the days are counted.
      return reads('histories', place.owners() * Math.ceil(field.length / DAYS_PER_CALL));
    case 'Segment.history':
      return reads('histories', Math.max(place.owners(), Math.ceil(objects / SEGMENTS_PER_CALL)));
    default:
      return isPast(args) ? reads('moments', destinationsIn(field, place)) : NONE;
  }
}

function repeats(characters: number): Partial<Weight> {
  return { cost: Math.ceil(characters / CHARACTERS_PER_VALUE) };
}

function reads(part: 'histories' | 'moments', calls: number): Partial<Weight> {
  return { [part]: calls, cost: calls * CALL_COST };
}

function scan(destinations: number, segments: number): Partial<Weight> {
  return {
    searches: destinations,
    scanned: destinations * segments,
    cost: destinations * countedIn(segments),
  };
}

/** What it costs to look at so many segments or other objects, in values. */
function countedIn(objects: number): number {
  return Math.ceil(objects / SEGMENTS_PER_VALUE);
}

function isSearch({ search, status, source }: SelectedField['args']): boolean {
  return hasText(search) || Array.isArray(status) || typeof source === 'string';
}

function hasText(text: unknown): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

function isPast({ at }: SelectedField['args']): boolean {
  return at !== undefined && at !== null;
}

/** Types whose lookups are one for each destination, however many objects there are. */
const OF_OWNERS: ReadonlySet<string> = new Set(['Destination', 'SegmentReference']);

/** Number of destinations that a field looks segments up in. */
function destinationsIn({ parent, args }: SelectedField, place: Place): number {
  if (Array.isArray(args['keys'])) return destinationsOf(args['keys']);
  return OF_OWNERS.has(parent) ? place.owners() : place.objects;
}

/** The global IDs of representations; `undefined` for those that have none. */
function idsIn(representations: readonly unknown[]): unknown[] {
  return (representations as readonly { readonly id?: unknown }[]).map(({ id }) => id);
}

/** The reads for objects by their global IDs: revisions, and segments as they were. */
function readsOfNodes(ids: readonly unknown[]): Partial<Weight> {
  const histories = new Set<string>();
  const moments = new Set<string>();
  for (const id of ids) {
    const reference = typeof id === 'string' && mayNeedRead(id) ? parseGlobalId(id) : null;
    if (reference === null || reference.kind === 'customer') continue;
    const destination = JSON.stringify([reference.customerId, reference.destinationId]);
    if (reference.kind === 'revision') histories.add(destination);
    else if (reference.kind === 'segment' && reference.at !== null)
      moments.add(`${destination} ${reference.at}`);
  }
  const calls = histories.size + moments.size;
  return { histories: histories.size, moments: moments.size, cost: calls * CALL_COST };
}

/** How the global ID of a revision begins: in base64, each 3 characters become 4. */
const REVISION = `~${Buffer.from('["r').toString('base64url')}`;

/** Whether an ID may be that of a revision or of a moment. Much quicker than to parse it. */
function mayNeedRead(id: string): boolean {
  if (!id.startsWith('~')) return false;
  if (id.startsWith(REVISION)) return true;
  // Other IDs end with a text in quotation marks, unless it is followed by a moment.
  const lastGroups = Math.max(0, Math.ceil((id.length - 1) / 4) - 2);
  return !Buffer.from(id.slice(1 + lastGroups * 4), 'base64url')
    .toString('latin1')
    .endsWith('"]');
}
