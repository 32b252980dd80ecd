import { BEHAVIOURS, CATEGORIES, WINDOWS, WORLD_NAMES } from './sample-names.js';
import type { SimulatorMapping } from './types.js';

/** A segment of a sample customer; mappings tie it to destinations. */
export type SampleSegment = Omit<SimulatorMapping, 'mappingId' | 'alias'> & { sid: number };

/** Random numbers from 0 to below 1, always the same for the same seed (mulberry32). */
export type Random = () => number;

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2021, 0, 4);
const LAST_DAY = Date.UTC(2025, 11, 1);

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
 * 250 segments with consecutive sids. The first five are plain and active, for queries to begin with;
 * then come inactive and deleted ones, some without a name or a description.
 */
export function everydaySegments(firstSid: number, random: Random): SampleSegment[] {
  const names = WINDOWS.flatMap((window) =>
    BEHAVIOURS.map(([name, meaning]) => [`${name} – ${window}`, `${meaning} (${window}).`] as const),
  );
  return names.map(([name, description], index) =>
    segment(firstSid + index, name, description, random, index >= 5),
  );
}

/** 5,000 segments with consecutive sids, in no particular order of names. */
export function manySegments(firstSid: number, random: Random): SampleSegment[] {
  const names = CATEGORIES.flatMap((category) =>
    WINDOWS.flatMap((window) =>
      BEHAVIOURS.map(
        ([name, meaning]) =>
          [`${name} – ${category} – ${window}`, `${meaning}; category ${category} (${window}).`] as const,
      ),
    ),
  );
  return shuffled(names, random).map(([name, description], index) =>
    segment(firstSid + index, name, description, random, true),
  );
}

/** Segments with names in many scripts and consecutive sids. */
export function worldSegments(firstSid: number, random: Random): SampleSegment[] {
  return WORLD_NAMES.map(([name, description], index) => ({
    ...segment(firstSid + index, name, description ?? '', random, false),
    description,
  }));
}

function segment(
  sid: number,
  name: string,
  description: string,
  random: Random,
  odd: boolean,
): SampleSegment {
  const createTime = FIRST_DAY + Math.floor(random() * (LAST_DAY - FIRST_DAY));
  const updateTime = createTime + Math.floor(random() * (LAST_DAY - createTime));
  const lot = random();
  const dated = random();
  return {
    sid,
    name: odd && lot >= 0.97 ? null : name,
    description: odd && lot >= 0.85 ? null : description,
    status: !odd || lot >= 0.12 ? 'active' : lot < 0.05 ? 'deleted' : 'inactive',
    createTime,
    updateTime,
    startDate: dated < 0.6 ? dayOf(createTime) : null,
    endDate: dated < 0.15 ? dayOf(updateTime + 90 * DAY_MS) : null,
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
