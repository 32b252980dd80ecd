import { AAM_CODES, ask, mayStorageFail, patience, type Reply } from './asking.js';
import { checkRow, ROW, type Occasion, type Row } from './checks.js';
import { CALLERS, maySee, type Caller } from './configuration.js';
import type { Dice } from './dice.js';
import type { GatewayProcess } from './gateway-process.js';
import { checkHistory, REVISION, type RevisionPage } from './revisions.js';
import { checkSync, SYNC, type Sync } from './sync.js';
import type { DestinationTruth, SegmentTruth } from './truth.js';
import type { World } from './world.js';

/** Asks a gateway something, and holds the answer against the model. */
export type Ask = (world: World, life: GatewayProcess, dice: Dice) => Promise<void>;

/** Items of a page. All of a destination fit on one, and such an operation is not a large one. */
export const PAGE = 100;

/** No segment has it. */
const NOBODY = '999';

const LOOKUP = `query ($customer: ID!, $destination: ID!, $ids: [ID!]!) {
  segments(customerId: $customer, destinationId: $destination, segmentIds: $ids) { ${ROW} }
  destination(customerId: $customer, destinationId: $destination) { ${SYNC} }
}`;

/** Looks IDs of one destination up, as reports do. */
export const lookUp: Ask = async (world, life, dice) => {
  const destination = dice.pick(world.upstream.destinations);
  const segments = dice.some(destination.segments, dice.between(1, 8));
  const caller = dice.pick(CALLERS);
  const ids = segments.map((each) => destination.idOf(each));
  if (dice.chance(0.2)) ids.push(NOBODY);
  const variables = { customer: destination.customer, destination: String(destination.id), ids };
  const reply = await ask(world, life, {
    what: 'lookup',
    query: LOOKUP,
    variables,
    caller,
    leaveAfterMs: patience(dice),
  });
  if (reply === null) return;
  const rows = (reply.data['segments'] as (Row | null)[] | null) ?? ids.map(() => null);
  if (rows[segments.length] !== undefined && rows[segments.length] !== null) {
    world.violate('an ID that nobody has is nobody', reply.occasion, rows.at(-1), null);
  }
  for (const [index, segment] of segments.entries()) {
    checkAnswered(world, reply, caller, destination, segment, rows[index] ?? null);
  }
  const sync = (reply.data['destination'] as { sync: Sync } | null)?.sync;
  if (sync !== undefined) checkSync(world, reply.occasion, destination, sync);
};

const LOOKUPS = `query ($keys: [SegmentKey!]!) {
  lookupSegments(keys: $keys) { status error { code } segment { ${ROW} } candidates { id } }
}`;

interface Lookup {
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly segment: Row | null;
}

/** Looks IDs of any destinations up. */
export const lookUpAnywhere: Ask = async (world, life, dice) => {
  const asked = world.upstream.destinations.flatMap((destination) =>
    dice.some(destination.segments, 2).map((segment) => ({ destination, segment })),
  );
  const caller = dice.pick(CALLERS);
  const keys = asked.map(({ destination, segment }) => ({
    customerId: destination.customer,
    destinationId: String(destination.id),
    segmentId: destination.idOf(segment),
  }));
  const reply = await ask(world, life, {
    what: 'lookupSegments',
    query: LOOKUPS,
    variables: { keys },
    caller,
  });
  if (reply === null) return;
  const results = (reply.data['lookupSegments'] as Lookup[] | null) ?? [];
  for (const [index, { destination, segment }] of asked.entries()) {
    const {
      status,
      error,
      segment: row,
    } = results[index] ?? { status: 'FAILED', error: null, segment: null };
    checkAnswered(world, reply, caller, destination, segment, row, error === null ? [status] : [error.code]);
    if ((row === null) === (status === 'FOUND') || status === 'AMBIGUOUS') {
      world.violate('a lookup is FOUND if it has a segment', reply.occasion, results[index], segment.key);
    }
  }
};

/** What is known has an answer, whatever fails; what the caller may not see has none. */
function checkAnswered(
  world: World,
  { occasion, answer, codes: answered }: Reply,
  caller: Caller,
  destination: DestinationTruth,
  segment: SegmentTruth,
  row: Row | null,
  codes = answered,
): void {
  if (!maySee(caller, segment.customer)) {
    if (row !== null || codes.some((code) => code !== 'NOT_FOUND')) {
      world.violate('a caller sees only its customers', occasion, { row, codes }, segment.key);
    }
    return;
  }
  if (row !== null) {
    checkRow(world, occasion, destination, segment, row);
    return;
  }
  const { customer, id } = destination;
  if (world.configuration.mayBeAbsent(customer, id, occasion.from, occasion.to)) return;
  if (!isKnown(world, occasion, segment)) return;
  world.violate('what is known has an answer, whatever fails', occasion, answer.errors ?? codes, {
    segment: segment.key,
    known: [...world.floors.marksOf(segment.key), ...world.floors.marksOf(`${segment.key} by hand`)],
  });
}

/** Whether this gateway has a segment in memory, or the storage must have it and answers. */
function isKnown(world: World, occasion: Occasion, { key }: SegmentTruth): boolean {
  const keys = [key, `${key} by hand`];
  if (keys.some((each) => world.floors.hasInMemory(each, occasion))) return true;
  if (mayStorageFail(world, occasion)) return false;
  return keys.some(
    (each) => world.floors.hasShown(each, occasion) || world.floors.below(each, occasion) !== null,
  );
}

interface Connection {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean };
  readonly nodes: readonly Row[];
}

const LIST = `query ($customer: ID!, $destination: ID!) {
  destination(customerId: $customer, destinationId: $destination) {
    segments(first: ${PAGE}) { totalCount pageInfo { hasNextPage } nodes { ${ROW} } } ${SYNC}
  }
}`;

/** Reads the whole list of a destination: none if nothing is known of it. @returns `null` if there was no answer */
export async function readList(
  world: World,
  life: GatewayProcess,
  destination: DestinationTruth,
): Promise<{ readonly occasion: Occasion; readonly rows: readonly Row[]; readonly sync: Sync } | null> {
  const variables = { customer: destination.customer, destination: String(destination.id) };
  const reply = await ask(world, life, { what: 'list', query: LIST, variables });
  if (reply === null) return null;
  const found = reply.data['destination'] as { segments: Connection | null; sync: Sync } | null;
  if (found !== null) checkSync(world, reply.occasion, destination, found.sync);
  const rows = checkConnection(world, reply, [destination], found?.segments ?? null);
  return found === null ? null : { occasion: reply.occasion, rows: rows ?? [], sync: found.sync };
}

/** Lists a destination. */
export const list: Ask = async (world, life, dice) => {
  await readList(world, life, dice.pick(world.upstream.destinations));
};

const SEARCH = `query ($text: String!, $customer: ID, $destination: ID) {
  searchSegments(text: $text, customerId: $customer, destinationId: $destination, first: ${PAGE}) {
    totalCount pageInfo { hasNextPage } nodes { ${ROW} }
  }
}`;

/** Searches one destination, or everything that the caller may see. */
export const search: Ask = async (world, life, dice) => {
  const destination = dice.pick(world.upstream.destinations);
  const isWide = dice.chance(0.4);
  const caller = isWide ? dice.pick(CALLERS) : CALLERS[0];
  const text = dice.weighted([
    [3, ''],
    [1, `v${dice.between(1, 60)}`],
    [1, String(dice.pick(destination.segments).segment)],
  ]);
  const { customer, id } = destination;
  const variables = isWide ? { text } : { text, customer, destination: String(id) };
  const reply = await ask(world, life, { what: 'search', query: SEARCH, variables, caller, way: 'storage' });
  if (reply === null) return;
  const visible = world.upstream.destinations.filter((each) => maySee(caller, each.customer));
  const found = reply.data['searchSegments'] as Connection | null;
  const searched = isWide ? visible : [destination];
  const rows = checkConnection(world, reply, searched, found, text === '');
  for (const row of rows ?? []) {
    const matches = [row.name, row.description, row.mappingId].some((each) => each?.includes(text) === true);
    if (!matches && !/^\d+$/.test(text))
      world.violate('what is found has the word', reply.occasion, row, text);
  }
};

/** Holds a page with everything against the model. @returns its segments; `null` if there are none to see */
function checkConnection(
  world: World,
  { occasion, codes, answer }: Reply,
  destinations: readonly DestinationTruth[],
  found: Connection | null,
  isWhole = true,
): readonly Row[] | null {
  const mayBeAbsent = (each: DestinationTruth): boolean =>
    world.configuration.mayBeAbsent(each.customer, each.id, occasion.from, occasion.to);
  if (found === null) {
    const known = destinations.filter(
      (each) => !mayBeAbsent(each) && each.segments.some((segment) => isKnown(world, occasion, segment)),
    );
    const isStorage =
      codes.every((code) => code === 'STORAGE_UNAVAILABLE') && mayStorageFail(world, occasion);
    if (known.length > 0 && !isStorage) {
      world.violate('what is known has an answer, whatever fails', occasion, answer.errors, known[0]?.key);
    } else if (!codes.every((code) => AAM_CODES.has(code) || code === 'NOT_FOUND' || isStorage)) {
      world.violate('a failure has a code that says why', occasion, answer.errors, null);
    }
    return null;
  }
  const shown = new Set<SegmentTruth>();
  for (const row of found.nodes) {
    const owner = destinations.find(({ key }) => row.name?.startsWith(`${key}/`) === true);
    const [first] = destinations;
    if (owner === undefined && first !== undefined) checkRow(world, occasion, first, null, row);
    if (owner === undefined) continue;
    const segment = checkRow(world, occasion, owner, null, row);
    if (segment === null) continue;
    if (shown.has(segment)) world.violate('a list has each segment once', occasion, row, segment.key);
    shown.add(segment);
  }
  if (!found.pageInfo.hasNextPage && found.totalCount !== found.nodes.length) {
    world.violate('totalCount counts the nodes', occasion, found.totalCount, found.nodes.length);
  }
  if (isWhole && !found.pageInfo.hasNextPage) {
    for (const destination of destinations) {
      if (mayBeAbsent(destination)) continue;
      const missing = destination.segments.filter(
        (segment) => !shown.has(segment) && isKnown(world, occasion, segment),
      );
      if (missing.length > 0) {
        const { key } = missing[0] ?? { key: '' };
        world.violate(
          'a list has all that is known',
          occasion,
          [...shown].map((each) => each.key),
          {
            missing: missing.map((each) => each.key),
            known: [...world.floors.marksOf(key), ...world.floors.marksOf(`${key} by hand`)],
          },
        );
      }
    }
  }
  return found.nodes;
}

const HISTORY = `query ($customer: ID!, $destination: ID!, $id: ID!, $idType: SegmentIdType) {
  segment(customerId: $customer, destinationId: $destination, segmentId: $id, idType: $idType) {
    ${ROW} history(first: ${PAGE}) { totalCount pageInfo { hasNextPage } nodes { ${REVISION} } }
  }
}`;

/** Reads the history of a segment. */
export const history: Ask = async (world, life, dice) => {
  const destination = dice.pick(world.upstream.destinations);
  const segment = dice.pick(destination.segments);
  const variables = {
    customer: destination.customer,
    destination: String(destination.id),
    id: String(segment.segment),
    idType: 'MAPPING_ID',
  };
  const reply = await ask(world, life, { what: 'history', query: HISTORY, variables });
  if (reply === null) return;
  const row = reply.data['segment'] as (Row & { history: RevisionPage | null }) | null;
  checkAnswered(world, reply, CALLERS[0], destination, segment, row);
  if (row === null) return;
  if (row.history !== null) checkHistory(world, reply.occasion, segment, row.history);
  else if (!mayStorageFail(world, reply.occasion)) {
    world.violate(
      'a history can be read while the storage answers',
      reply.occasion,
      reply.answer.errors,
      null,
    );
  }
};

/** Looks objects up by their global IDs. */
export const node: Ask = async (world, life, dice) => {
  const ids = dice.some([...world.ids.keys()], 3);
  if (ids.length === 0) return;
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Segment { ${ROW} } } }`;
  const caller = dice.pick(CALLERS);
  const reply = await ask(world, life, { what: 'nodes', query, variables: { ids }, caller });
  if (reply === null) return;
  const rows = (reply.data['nodes'] as (Row | null)[] | null) ?? [];
  for (const [index, id] of ids.entries()) {
    const known = world.ids.get(id);
    if (known === undefined) continue;
    const { destination, segment } = known;
    // One that may not be seen reads as one that does not exist: null, without an error.
    checkAnswered(world, reply, caller, destination, segment, rows[index] ?? null, []);
  }
};
