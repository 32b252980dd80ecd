import { TTL_MS } from './configuration.js';
import type { SeenEntry } from './entries.js';
import { CATCH_UP_MS, type Asked } from './floors.js';
import { listedDescription, readName } from './names.js';
import type { DestinationTruth, SegmentTruth } from './truth.js';
import { LONGEST_PAUSE_MS } from './upstream.js';
import type { World } from './world.js';

/** The longest time from the first page of a listing to its last, which is mostly tenths of a second. */
const LONGEST_LISTING_MS = 15_000;

/** The fields of every segment that is asked for. */
export const ROW = 'id mappingId name description status source asOf stale';

export interface Row {
  readonly id: string;
  readonly mappingId: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  readonly source: string;
  readonly asOf: string;
  readonly stale: boolean;
}

/** Where and when something was answered. */
export interface Occasion extends Asked {
  /** The request, for people. */
  readonly what: string;
}

/** Whether two names are of the same origin: the key of a floor. */
const entryKey = (segment: SegmentTruth): string => `${segment.key} by hand`;

/**
 * Holds a segment of an answer against the truth.
 *
 * @param expected the segment that was asked for; `null`: any one of the destination
 * @returns the segment that it is; `null` if it is none
 */
export function checkRow(
  world: World,
  occasion: Occasion,
  destination: DestinationTruth,
  expected: SegmentTruth | null,
  row: Row,
): SegmentTruth | null {
  const violate = (invariant: string, model: unknown): null => {
    world.violate(invariant, occasion, row, model);
    return null;
  };
  const said = readName(row.name ?? '');
  if (said === null) return violate('no name is made up', `asked for ${expected?.key ?? destination.key}`);
  if (said.customer !== destination.customer || said.destination !== destination.id) {
    return violate('no name is of another customer or destination', destination.key);
  }
  const segment = destination.find(said.segment);
  if (segment === undefined) return violate('no name is made up', `there is no segment ${said.segment}`);
  if (expected !== null && segment !== expected) {
    return violate('no name is of another segment', expected.key);
  }
  if (Date.parse(row.asOf) > occasion.to) violate('asOf is never later than now', new Date(occasion.to));
  world.remember(row.id, destination, segment);
  if (said.origin === 'listed') {
    checkListed(world, occasion, segment, row, said.number);
  } else {
    if (row.source !== 'MANUAL') violate('source says where the name comes from', 'entered by hand');
    if (row.stale) violate('what was entered by hand is never stale', null);
  }
  checkEntry(world, occasion, segment, row);
  return segment;
}

/** What a row shows of an entry by hand. */
export function seenEntryOf(destination: DestinationTruth, row: Row): SeenEntry {
  const said = readName(row.name ?? '');
  if (said?.origin !== 'by hand') return 'none';
  // Where Audience Manager has no such segment, the name stays when it is taken away.
  return !destination.isAutomatic && row.status === 'DELETED' ? 'none' : said.number;
}

function checkEntry(world: World, occasion: Occasion, segment: SegmentTruth, row: Row): void {
  const destination = world.destination(segment);
  const seen = seenEntryOf(destination, row);
  const allowed = segment.entry.allowed(occasion);
  // A gateway that cannot read the storage may show what Audience Manager says instead, until it has caught up.
  const { gateway, startedAt } = occasion.life;
  const key = JSON.stringify([gateway, startedAt, segment.key]);
  const missedSince = world.missedEntries.get(key) ?? occasion.from;
  if (allowed.has(seen)) world.missedEntries.delete(key);
  else if (seen === 'none' && occasion.from - missedSince < CATCH_UP_MS) {
    world.missedEntries.set(key, missedSince);
  } else {
    world.violate('what was entered by hand, and acknowledged, is shown', occasion, row, [...allowed]);
  }
  const said = readName(row.name ?? '');
  if (said?.origin !== 'by hand') return;
  const floor = world.floors.below(entryKey(segment), occasion);
  if (floor !== null && said.number < floor) {
    world.violate(
      'names never go backwards at one gateway',
      occasion,
      row,
      `by hand ${floor} was shown before`,
    );
  }
  world.floors.raise(entryKey(segment), said.number, occasion);
}

function checkListed(
  world: World,
  occasion: Occasion,
  segment: SegmentTruth,
  row: Row,
  version: number,
): void {
  const violate = (invariant: string, model: unknown): void => world.violate(invariant, occasion, row, model);
  const known = segment.versionOf(version);
  if (known === undefined || known.from > occasion.to) {
    violate('no name is made up', `version ${segment.version} is the newest`);
    return;
  }
  segment.wasSeen ||= world.stored.has(world.destination(segment).key);
  if (row.source !== 'AUDIENCE_MANAGER') violate('source says where the name comes from', 'Audience Manager');
  if (row.description !== listedDescription(version)) {
    violate('name and description are of the same moment', listedDescription(version));
  }
  // One that a listing has missed keeps the name that it had.
  const floor = world.floors.below(segment.key, occasion, row.status === 'DELETED' ? 'shown' : 'all');
  if (floor !== null && version < floor) {
    violate('names never go backwards at one gateway', {
      known: `v${floor}`,
      marks: world.floors.marksOf(segment.key),
    });
  }
  world.floors.raise(segment.key, version, occasion);
  const asOf = Date.parse(row.asOf);
  if (!row.stale && occasion.from - asOf > TTL_MS + world.clockBehindMs) {
    violate('what is not stale was confirmed within ttl', new Date(occasion.from));
  }
  // asOf is when the first page was asked for of the listing that has confirmed the name. Segments that are not listed any more keep their name.
  if (row.status === 'DELETED') return;
  // After a 429 the other pages wait until a pause is over, and come slowly.
  const isTooNew =
    known.from > asOf + LONGEST_LISTING_MS && !world.upstream.wasLimited(asOf - LONGEST_PAUSE_MS, known.from);
  if (known.until < asOf || isTooNew) {
    violate('a name is the one that was true at its asOf', {
      from: new Date(known.from),
      until: known.until === Infinity ? 'now' : new Date(known.until),
    });
  }
}
