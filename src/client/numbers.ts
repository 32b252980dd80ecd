import type { ClientOptions } from './types.js';

/** The options that are numbers. */
export type Numbers = Required<
  Pick<
    ClientOptions,
    'timeout' | 'retries' | 'concurrency' | 'maxIds' | 'cacheSize' | 'ttl' | 'unknownTtl' | 'failedTtl'
  >
>;

/** Default, least and greatest value of each. */
const NUMBERS: Readonly<Record<keyof Numbers, readonly [number, number, number]>> = {
  // A timer for longer than that would end at once.
  timeout: [20_000, 1, 2 ** 31 - 1],
  retries: [3, 0, Infinity],
  concurrency: [1, 1, Infinity],
  maxIds: [1_000, 1, Infinity],
  cacheSize: [10_000, 0, Infinity],
  ttl: [300_000, 0, Infinity],
  unknownTtl: [60_000, 0, Infinity],
  failedTtl: [5_000, 0, Infinity],
};

/**
 * The options that are numbers, with their defaults.
 *
 * @throws TypeError for a number that would keep the client from ever asking or answering
 */
export function numbersOf(options: Partial<Numbers>): Numbers {
  const entries = Object.entries(NUMBERS).map(([name, [byDefault, least, most]]) => {
    const value: unknown = options[name as keyof Numbers] ?? byDefault;
    if (typeof value === 'number' && value >= least && value <= most) return [name, value];
    throw new TypeError(`${name}: must be a number from ${least} to ${most}`);
  });
  return Object.fromEntries(entries) as Numbers;
}
