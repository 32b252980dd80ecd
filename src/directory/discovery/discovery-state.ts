import type { DestinationList, ListedDestination } from '../../audience-manager/index.js';
import { compareText } from '../../base/text.js';
import type { DiscoveryState, StoredDiscoveredDestination } from '../../storage/index.js';
import { nextRefreshDelay, retryDelay, scheduledRetryDelay } from '../sync/backoff.js';

/** Of which nothing is known yet. */
export const NOTHING_DISCOVERED: DiscoveryState = {
  revision: 0,
  destinations: [],
  listedAt: null,
  emptySince: null,
  lastAttemptAt: null,
  nextAttemptAt: null,
  retryAt: null,
  failures: 0,
  lastError: null,
};

/** When an attempt was made, and how the next one is timed. */
export interface AttemptTimes {
  /** When the attempt began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: number;
  /** Interval of scheduled attempts, in milliseconds; 0: none is scheduled. */
  readonly refreshEveryMs: number;
  /** Returns numbers from 0 to below 1, for jitter. */
  readonly random: () => number;
}

/** What a list has changed. */
export interface ListOutcome {
  readonly state: DiscoveryState;
  /** Whether the list is empty after one that was not, so that it does not count before the next one says the same. */
  readonly isDoubted: boolean;
  /** IDs that are listed and were not before. */
  readonly added: readonly string[];
  /** IDs that are listed no more. */
  readonly missing: readonly string[];
}

/** An empty list is believed when another one that is empty was asked for at least this much later. */
const CONFIRMED_AFTER_MS = 30_000;

/** The interval of scheduled attempts where it does not limit how soon one is repeated, in milliseconds. */
const UNLIMITED_MS = Number.MAX_SAFE_INTEGER;

/**
 * The state after a complete list. A destination that is listed no more stays, marked as missing, because its names are
 * still asked for; it is only dropped if nothing is known of it.
 *
 * @param isKept whether something is known of the destination with this ID
 */
export function afterList(
  before: DiscoveryState,
  { destinations }: Pick<DestinationList, 'destinations'>,
  isKept: (id: string) => boolean,
  times: AttemptTimes,
): ListOutcome {
  const { startedAt, now, refreshEveryMs, random } = times;
  const listedBefore = before.destinations.some(({ missingSince }) => missingSince === null);
  const settled = {
    ...before,
    lastAttemptAt: startedAt,
    retryAt: null,
    failures: 0,
    lastError: null,
  };
  if (destinations.length === 0 && listedBefore) {
    const { emptySince } = before;
    const isConfirmed =
      emptySince !== null && emptySince <= startedAt && startedAt - emptySince >= CONFIRMED_AFTER_MS;
    if (!isConfirmed) {
      const nextAttemptAt = now + Math.max(CONFIRMED_AFTER_MS, scheduledRetryDelay(UNLIMITED_MS, random));
      const state = { ...settled, emptySince: Math.min(emptySince ?? startedAt, startedAt), nextAttemptAt };
      return { state, isDoubted: true, added: [], missing: [] };
    }
  }
  const merged = merge(before.destinations, destinations, isKept, startedAt);
  const nextAttemptAt = refreshEveryMs === 0 ? null : now + nextRefreshDelay(refreshEveryMs, random);
  const state = {
    ...settled,
    destinations: merged.destinations,
    listedAt: startedAt,
    emptySince: null,
    nextAttemptAt,
  };
  return { state, isDoubted: false, added: merged.added, missing: merged.missing };
}

/** The state after an attempt that failed. What is known stays as it is. */
export function afterFailure(
  before: DiscoveryState,
  { code, message, retryAfterMs }: { code: string; message: string; retryAfterMs: number },
  { startedAt, now, refreshEveryMs, random }: AttemptTimes,
): DiscoveryState {
  const failures = before.failures + 1;
  const retryAt = now + Math.max(retryDelay(failures, random), retryAfterMs);
  // Without refreshes, too, a first list and the answer to a doubt are needed.
  const isNeeded = before.listedAt === null || before.emptySince !== null;
  const interval = refreshEveryMs === 0 && isNeeded ? UNLIMITED_MS : refreshEveryMs;
  return {
    ...before,
    lastAttemptAt: startedAt,
    failures,
    retryAt,
    nextAttemptAt: interval === 0 ? null : Math.max(retryAt, now + scheduledRetryDelay(interval, random)),
    lastError: { code, message, at: now },
  };
}

interface Merged {
  /** The same object as before if nothing has changed. */
  readonly destinations: readonly StoredDiscoveredDestination[];
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

function merge(
  before: readonly StoredDiscoveredDestination[],
  listed: readonly ListedDestination[],
  isKept: (id: string) => boolean,
  at: number,
): Merged {
  const known = new Map(before.map((destination) => [destination.id, destination]));
  const added: string[] = [];
  const next = listed.map((destination): StoredDiscoveredDestination => {
    const earlier = known.get(destination.id);
    known.delete(destination.id);
    if (earlier === undefined || earlier.missingSince !== null) added.push(destination.id);
    return earlier === undefined ? { ...destination, missingSince: null } : refreshed(earlier, destination);
  });
  const missing: string[] = [];
  for (const gone of known.values()) {
    if (gone.missingSince === null) missing.push(gone.id);
    if (isKept(gone.id)) next.push(gone.missingSince === null ? { ...gone, missingSince: at } : gone);
  }
  next.sort((a, b) => a.id.length - b.id.length || compareText(a.id, b.id));
  const isSame = next.length === before.length && next.every((each, index) => each === before[index]);
  return { destinations: isSame ? before : next, added, missing };
}

/** What is listed now; the same object if that is what was listed before. */
function refreshed(
  earlier: StoredDiscoveredDestination,
  { id, name, description, type, active }: ListedDestination,
): StoredDiscoveredDestination {
  const isSame =
    earlier.missingSince === null &&
    earlier.name === name &&
    earlier.description === description &&
    earlier.type === type &&
    earlier.active === active;
  return isSame ? earlier : { id, name, description, type, active, missingSince: null };
}
