import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangePoller } from './change-poller.js';
import { seenEntryOf, type Occasion, type Row } from './checks.js';
import type { SeenEntry } from './entries.js';
import { CATCH_UP_MS } from './floors.js';
import { listedName, readName } from './names.js';
import { refreshNow } from './mutations.js';
import { readList } from './questions.js';
import type { DestinationTruth, SegmentTruth } from './truth.js';
import { REJECTED_CUSTOMER } from './upstream.js';
import type { World } from './world.js';

/**
 * How soon every gateway shows the truth once nothing goes wrong any more: a circuit is open for up to 30 s, a killed
 * gateway's lease lasts 15 s, and then a listing has to reach the others.
 */
const CONVERGED_MS = 60_000;

/** How long a gateway waits for what came of another one's log-in, if it does not learn that. */
const LOG_IN_LAPSES_MS = 60_000;

/** What all gateways have of one destination. */
type Lists = readonly { readonly occasion: Occasion; readonly rows: readonly Row[] }[];

/**
 * Checks that everything comes right again when nothing goes wrong and nothing changes: all gateways show what was
 * acknowledged, then the truth; counts and histories fit together.
 */
export async function checkCalm(world: World, pollers: readonly ChangePoller[]): Promise<void> {
  await settleEntries(world);
  const checks = world.upstream.destinations.map(async (destination) => {
    const lists = await untilTrue(world, destination);
    const poller = pollers.find((each) => each.destination === destination);
    const [first] = world.gateways;
    if (lists === null || poller === undefined || first === undefined) return;
    while (await poller.poll(world, first, 500)) await sleep(5);
    poller.check(world, first, lists[0]?.rows ?? []);
  });
  await Promise.all(checks);
}

async function readLists(world: World, destination: DestinationTruth): Promise<Lists | null> {
  const lists = await Promise.all(
    world.gateways.map(async (gateway) => {
      const list = await readList(world, gateway, destination);
      if (list === null || list.rows.length === list.sync.segmentCount) return list;
      // What is served may have been replaced while the answer was made.
      const again = await readList(world, gateway, destination);
      if (again !== null && again.rows.length !== again.sync.segmentCount) {
        const { occasion, rows, sync } = again;
        world.violate('segmentCount is the number of segments', occasion, sync, rows.length);
      }
      return again;
    }),
  );
  const read = lists.filter((list) => list !== null);
  return read.length === lists.length ? read : null;
}

/** Waits until all gateways show what was entered by hand, without a listing that would bring it along. */
async function settleEntries(world: World): Promise<void> {
  const deadline = Date.now() + CATCH_UP_MS;
  for (const destination of world.upstream.destinations) {
    for (;;) {
      const lists = await readLists(world, destination);
      const wrong = destination.segments.filter(
        (segment) => entryOf(destination, segment, lists) === 'differs',
      );
      if (lists !== null && wrong.length === 0) {
        const [{ life } = { life: null }] = lists.map(({ occasion }) => occasion);
        for (const segment of destination.segments) {
          const seen = entryOf(destination, segment, lists);
          if (seen !== 'differs' && life !== null) segment.entry.settle(seen, life, Date.now());
        }
        break;
      }
      if (Date.now() > deadline) {
        world.violate(
          `all gateways show what one has acknowledged within ${CATCH_UP_MS / 1_000} s`,
          destination.key,
          wrong.map((segment) => lists?.map(({ rows }) => rowOf(segment, rows) ?? null)),
          wrong.map((segment) => ({ segment: segment.key, entry: segment.entry.last })),
        );
        break;
      }
      await sleep(100);
    }
  }
}

/** What all gateways show of an entry, if that is the same and can be. */
function entryOf(
  destination: DestinationTruth,
  segment: SegmentTruth,
  lists: Lists | null,
): SeenEntry | 'differs' {
  const seen = new Set(
    (lists ?? []).map(({ rows }) => {
      const row = rowOf(segment, rows);
      return row === undefined ? 'none' : seenEntryOf(destination, row);
    }),
  );
  const [first] = seen;
  if (seen.size !== 1 || first === undefined) return 'differs';
  const { last } = segment.entry;
  return last === 'in doubt' || last === first ? first : 'differs';
}

function rowOf(segment: SegmentTruth, rows: readonly Row[]): Row | undefined {
  return rows.find(({ name }) => readName(name ?? '')?.segment === segment.segment);
}

/** Has a destination listed until all gateways show the truth. @returns `null` if they do not, or cannot yet */
async function untilTrue(world: World, destination: DestinationTruth): Promise<Lists | null> {
  const logInMs = destination.customer === REJECTED_CUSTOMER ? LOG_IN_LAPSES_MS : 0;
  const deadline = Date.now() + CONVERGED_MS + logInMs;
  const isPaused = destination.customer === REJECTED_CUSTOMER && Date.now() < world.rejectedUntil;
  for (let turn = 0; ; turn++) {
    const lists = await readLists(world, destination);
    const wrong = lists?.map(({ rows }) => differences(destination, rows)) ?? [];
    const isTrue = lists !== null && wrong.every((each) => each.length === 0);
    if (isTrue) return lists;
    // It may change at any moment, so nothing else of it can be compared.
    if (isPaused && lists !== null && isSame(lists)) return null;
    if (Date.now() > deadline) {
      world.violate(
        `all gateways show the truth within ${CONVERGED_MS / 1_000} s once nothing goes wrong`,
        destination.key,
        isPaused ? lists?.map(({ rows }) => rows) : wrong,
        world.gateways.map(({ lastLines }) => lastLines.slice(-3)),
      );
      return null;
    }
    const gateway = world.gateways[turn % world.gateways.length];
    if (gateway !== undefined && destination.isAutomatic) await refreshNow(world, gateway, destination);
    await sleep(100);
  }
}

/** Whether all gateways have the same of a destination: what one has stored, the others load. */
function isSame(lists: Lists): boolean {
  const texts = lists.map(({ rows }) => JSON.stringify(rows.map(({ name, status }) => [name, status])));
  return new Set(texts).size <= 1;
}

/** Where a list is not what is true. */
function differences(destination: DestinationTruth, rows: readonly Row[]): string[] {
  return destination.segments.flatMap((segment) => {
    const row = rowOf(segment, rows);
    const { entry, mapping, version } = segment;
    // One that was never listed before it was gone is not known; nor is one that nobody has entered.
    if (row === undefined)
      return mapping === null && !segment.wasSeen && entry.last === 'none'
        ? []
        : [`${segment.key} is missing`];
    const name =
      entry.last === 'none' && version > 0
        ? listedName(segment, version).replaceAll('\0', '').toWellFormed()
        : null;
    // Its last names may have come and gone between two listings.
    const isRenamed = mapping !== null && name !== null && row.name !== name;
    const status = mapping?.status?.toUpperCase() ?? 'DELETED';
    const isOther = destination.isAutomatic && row.status !== status;
    return isRenamed || isOther
      ? [`${segment.key} is ${row.name} ${row.status}, not v${version} ${status}`]
      : [];
  });
}
