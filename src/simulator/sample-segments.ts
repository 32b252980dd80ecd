import { BEHAVIOURS, CATEGORIES, MULTI_SCRIPT_NAMES, QUALIFIERS } from './sample-names.js';
import type { SimulatorMapping } from './types.js';

/** A segment of a sample customer, before it is mapped to a destination. */
export type SampleSegment = Omit<SimulatorMapping, 'mappingId' | 'alias' | 'value' | 'url' | 'secureUrl'> & {
  sid: number;
};

/** Returns a random number from 0 (inclusive) to 1 (exclusive). */
type Random = () => number;

const DAY_MS = 86_400_000;
/** Range of the creation times, in milliseconds since the epoch. */
const FIRST_DAY = Date.UTC(2021, 0, 4);
const LAST_DAY = Date.UTC(2025, 11, 1);

/** Creates a random number generator that returns the same sequence for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Creates 250 segments with consecutive sids. The first five are active and complete, for first queries. The others
 * include inactive and deleted ones, and some without a name or a description.
 */
export function basicSegments(firstSid: number, random: Random): SampleSegment[] {
  const names = QUALIFIERS.flatMap((qualifier) =>
    BEHAVIOURS.map(([name, meaning]) => [`${name} – ${qualifier}`, `${meaning} (${qualifier}).`] as const),
  );
  return names.map(([name, description], index) =>
    segment(firstSid + index, name, description, random, index >= 5),
  );
}

/** Creates 5,000 segments with consecutive sids, whose names are not in alphabetical order. */
export function manySegments(firstSid: number, random: Random): SampleSegment[] {
  const names = CATEGORIES.flatMap((category) =>
    QUALIFIERS.flatMap((qualifier) =>
      BEHAVIOURS.map(
        ([name, meaning]) =>
          [
            `${name} – ${category} – ${qualifier}`,
            `${meaning}; category ${category} (${qualifier}).`,
          ] as const,
      ),
    ),
  );
  return shuffled(names, random).map(([name, description], index) =>
    segment(firstSid + index, name, description, random, true),
  );
}

/** Creates segments with names in many scripts and consecutive sids. All are active. */
export function multiScriptSegments(firstSid: number, random: Random): SampleSegment[] {
  return MULTI_SCRIPT_NAMES.map(([name, description], index) => ({
    ...segment(firstSid + index, name, description ?? '', random, false),
    description,
  }));
}

/** @param isVaried whether the segment may be inactive or deleted, or lack a name or description */
function segment(
  sid: number,
  name: string,
  description: string,
  random: Random,
  isVaried: boolean,
): SampleSegment {
  const createTime = FIRST_DAY + Math.floor(random() * (LAST_DAY - FIRST_DAY));
  const updateTime = createTime + Math.floor(random() * (LAST_DAY - createTime));
  const variation = random();
  const dates = random();
  return {
    sid,
    name: isVaried && variation >= 0.97 ? null : name,
    description: isVaried && variation >= 0.85 ? null : description,
    status: !isVaried || variation >= 0.12 ? 'active' : variation < 0.05 ? 'deleted' : 'inactive',
    createTime,
    updateTime,
    startDate: dates < 0.6 ? dayOf(createTime) : null,
    endDate: dates < 0.15 ? dayOf(updateTime + 90 * DAY_MS) : null,
  };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
