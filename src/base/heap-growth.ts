import { setFlagsFromString } from 'node:v8';

/** How much the heap may grow between two garbage collections, in percent of what was in use after the first. */
const GROWTH_PERCENT = 60;

/**
 * Lets V8 collect garbage before the heap has grown much. On machines with much memory it would let the heap grow to four
 * times of what is in use: large answers then take hundreds of megabytes that nothing needs. See
 * docs/decisions/0029-collect-garbage-early.md.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
