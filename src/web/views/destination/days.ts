import type { DestinationDaysQuery } from '../../generated/operations.js';

/** The changes of one day. */
export type Day = NonNullable<NonNullable<DestinationDaysQuery['destination']>['changesByDay']>[number];

/** Width of a day and height of a drawing, in its own units. It is stretched to the width of the page. */
export const DAY_WIDTH = 10;
export const HEIGHT = 100;

/** Days with more changes than this many times the usual number are cut off. */
const UNUSUAL = 10;

/** How much the highest of the other bars leaves free above it, where bars are cut off. */
const HEADROOM = 1.4;

/**
 * The number of changes that fills the height. Usually that of the busiest day; but a first reading, in which every segment
 * is new, would make all other days invisible.
 */
export function fullHeightOf(days: readonly Day[]): number {
  const totals = days
    .map(({ total }) => total)
    .filter((total) => total > 0)
    .sort((a, b) => a - b);
  const usual = totals[Math.floor((totals.length - 1) / 2)] ?? 0;
  const highest = totals.at(-1) ?? 0;
  const highestUsual = totals.findLast((total) => total <= usual * UNUSUAL) ?? highest;
  return highest === highestUsual ? highest : highestUsual * HEADROOM;
}

/** The height of a bar. Even a single change is seen. */
export function barHeight(total: number, fullHeight: number): number {
  if (total === 0) return 0;
  return Math.max(4, (Math.min(total, fullHeight) / fullHeight) * HEIGHT);
}

/** The line of the number of segments, and the area below it. */
export interface SegmentsLine {
  readonly line: string;
  readonly area: string;
}

/** The least share of its number by which a line has to move to fill the height. Less is drawn as a calm line. */
const LEAST_RANGE = 0.08;

/** Draws the number of segments as a line, with gaps where it is not known. */
export function segmentsLine(days: readonly Day[]): SegmentsLine {
  const known = days.flatMap(({ segmentCount }) => (segmentCount === null ? [] : [segmentCount]));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const range = Math.max(high - low, high * LEAST_RANGE, 1);
  // The line stays off the edges, and begins at zero where it comes near to it.
  const bottom = Math.max(0, (low + high) / 2 - range / 2 - range * 0.25);
  const top = Math.max((low + high) / 2 + range / 2, bottom + range) + range * 0.15;
  const y = (count: number): number => round(HEIGHT - ((count - bottom) / (top - bottom)) * HEIGHT);
  let [line, area] = ['', ''];
  let start: number | null = null;
  for (const [index, { segmentCount }] of days.entries()) {
    if (segmentCount === null) continue;
    const [left, right] = [index * DAY_WIDTH, (index + 1) * DAY_WIDTH];
    const isFirst = start === null;
    line += `${isFirst ? 'M' : 'L'}${left} ${y(segmentCount)}L${right} ${y(segmentCount)}`;
    area += `${isFirst ? `M${left} ${HEIGHT}` : ''}L${left} ${y(segmentCount)}L${right} ${y(segmentCount)}`;
    start ??= left;
    const next = days[index + 1];
    if (next === undefined || next.segmentCount === null) {
      area += `L${right} ${HEIGHT}Z`;
      start = null;
    }
  }
  return { line, area };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
