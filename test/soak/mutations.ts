import { AAM_CODES, ask, mayStorageFail, patience, type Reply } from './asking.js';
import { checkRow, ROW, type Row } from './checks.js';
import type { GatewayProcess } from './gateway-process.js';
import { PAGE, type Ask } from './questions.js';
import { nameByHand } from './names.js';
import { checkSync, SYNC, type Sync } from './sync.js';
import type { DestinationTruth, SegmentTruth } from './truth.js';
import type { World } from './world.js';

const REFRESH = `mutation ($customer: ID!, $destination: ID!) {
  refreshDestination(customerId: $customer, destinationId: $destination) {
    ${SYNC} segments(first: ${PAGE}) { nodes { ${ROW} } }
  }
}`;

/** See docs/operations.md. */
const REQUEST_INTERVAL_MS = 5_000;

interface Refreshed {
  readonly sync: Sync;
  readonly segments: { readonly nodes: readonly Row[] } | null;
}

/** Has a destination listed. */
export const refresh: Ask = async (world, life, dice) => {
  const destination = dice.pick(world.upstream.destinations.filter(({ isAutomatic }) => isAutomatic));
  await refreshNow(world, life, destination, patience(dice));
};

/** Has a destination listed. What the answer shows was true after it was asked for. */
export async function refreshNow(
  world: World,
  life: GatewayProcess,
  destination: DestinationTruth,
  leaveAfterMs: number | null = null,
): Promise<void> {
  const { customer, id } = destination;
  const variables = { customer, destination: String(id) };
  const hasAskedBefore = world.asksForRefresh(life, destination);
  const reply = await ask(world, life, {
    what: 'refreshDestination',
    query: REFRESH,
    variables,
    leaveAfterMs,
  });
  if (reply === null) return;
  const { occasion, data } = reply;
  const refreshed = data['refreshDestination'] as Refreshed | null;
  if (refreshed === null) {
    checkFailure(world, reply, destination);
    return;
  }
  const { sync, segments } = refreshed;
  checkSync(world, occasion, destination, sync);
  // A further call within 5 s gets the outcome of the first one.
  const since = hasAskedBefore ? occasion.from - REQUEST_INTERVAL_MS : occasion.from;
  const isAhead =
    sync.lastSuccessAt !== null && Date.parse(sync.lastSuccessAt) >= since - world.clockBehindMs;
  if (!isAhead && !mayStorageFail(world, occasion)) {
    world.violate('a refresh lists what is true after it was asked for', occasion, sync, new Date(since));
  }
  for (const row of segments?.nodes ?? []) checkRow(world, occasion, destination, null, row);
}

function checkFailure(
  world: World,
  { occasion, codes, answer }: Reply,
  { customer, id }: DestinationTruth,
): void {
  const isExpected = codes.every(
    (code) =>
      AAM_CODES.has(code) ||
      (code === 'STORAGE_UNAVAILABLE' && mayStorageFail(world, occasion)) ||
      (code === 'NOT_FOUND' && world.configuration.mayBeAbsent(customer, id, occasion.from, occasion.to)),
  );
  if (!isExpected || codes.length === 0) {
    world.violate('a failure has a code that says why', occasion, answer.errors, null);
  }
}

/** Segments whose entries may be changed now: the gateways know them, or only know them by hand. */
function editable(destination: DestinationTruth): SegmentTruth[] {
  return destination.segments.filter(
    ({ entry, wasSeen }) => !entry.isBusy && (wasSeen || !destination.isAutomatic),
  );
}

function pickDestination(world: World, dice: Parameters<Ask>[2]): DestinationTruth {
  const { destinations } = world.upstream;
  const byHand = destinations.filter(({ isAutomatic }) => !isAutomatic);
  // Nothing else changes there, so that nothing covers up an entry that did not get through.
  return dice.pick(dice.chance(0.5) ? byHand : destinations);
}

const SET = `mutation ($key: SegmentKey!, $name: String) { setSegment(key: $key, name: $name) { ${ROW} } }`;
const UNSET = `mutation ($key: SegmentKey!) { unsetSegment(key: $key) { ${ROW} } }`;

/** Enters a name by hand, or takes one away. */
export const edit: Ask = async (world, life, dice) => {
  const destination = pickDestination(world, dice);
  const candidates = editable(destination);
  const [segment] = dice.some(candidates, 1);
  if (segment === undefined) return;
  const isUnset = segment.entry.isSet && dice.chance(0.4);
  const number = segment.entry.begin(isUnset ? 'unset' : 'set', Date.now());
  const key = {
    customerId: destination.customer,
    destinationId: String(destination.id),
    segmentId: String(segment.segment),
    idType: 'MAPPING_ID',
  };
  const name = nameByHand(segment, number);
  const reply = await ask(world, life, {
    what: isUnset ? 'unsetSegment' : 'setSegment',
    query: isUnset ? UNSET : SET,
    variables: isUnset ? { key } : { key, name },
    // The client stays: of a change that goes on without it nobody could say when it is over.
  });
  if (reply === null) return;
  const row = reply.data[isUnset ? 'unsetSegment' : 'setSegment'] as Row | null | undefined;
  if (row === null || row === undefined) {
    checkEditFailure(world, reply, destination, [segment]);
    return;
  }
  segment.entry.acknowledge(life, reply.occasion.to);
  if (!isUnset && row.name !== name) {
    world.violate('setSegment answers with what it has set', reply.occasion, row, name);
  }
  checkRow(world, reply.occasion, destination, segment, row);
};

const IMPORT = `mutation ($customer: ID!, $destination: ID!, $csv: String!) {
  importSegments(customerId: $customer, destinationId: $destination, csv: $csv) { applied rejected kept }
}`;

/** Enters several names with a file. */
export const importFile: Ask = async (world, life, dice) => {
  const destination = pickDestination(world, dice);
  const segments = dice.some(editable(destination), dice.between(1, 4));
  if (segments.length === 0) return;
  const now = Date.now();
  const lines = segments.map(
    (segment) => `${segment.segment},${nameByHand(segment, segment.entry.begin('set', now))}`,
  );
  const { customer, id } = destination;
  const variables = { customer, destination: String(id), csv: ['mappingId,name', ...lines].join('\n') };
  const reply = await ask(world, life, { what: 'importSegments', query: IMPORT, variables });
  if (reply === null) return;
  const result = reply.data['importSegments'] as { applied: boolean; kept: number } | null;
  if (result === null) {
    checkEditFailure(world, reply, destination, segments);
    return;
  }
  if (!result.applied || result.kept > 0)
    world.violate('a file without mistakes is imported', reply.occasion, result, variables);
  else for (const { entry } of segments) entry.acknowledge(life, reply.occasion.to);
};

/** A change by hand fails only for the storage, and nobody knows then whether it was made; or while there is no such destination. */
function checkEditFailure(
  world: World,
  { occasion, codes, answer }: Reply,
  { customer, id }: DestinationTruth,
  segments: readonly SegmentTruth[],
): void {
  const isAbsent = world.configuration.mayBeAbsent(customer, id, occasion.from, occasion.to);
  if (codes.length > 0 && codes.every((code) => code === 'NOT_FOUND')) {
    for (const { entry } of segments) entry.withdraw();
  }
  const isExpected = codes.every(
    (code) =>
      (code === 'STORAGE_UNAVAILABLE' && occasion.from <= world.writesFailUntil) ||
      (code === 'NOT_FOUND' && isAbsent),
  );
  if (!isExpected || codes.length === 0) {
    world.violate('a change by hand fails only while the storage fails', occasion, answer, null);
  }
}
