const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, y: 31_536_000_000 } as const;

/**
 * Parses a duration: digits with one of the units ms, s, m, h, d, y (365 days), or a plain `0`. Decimals, signs and blanks
 * are not accepted.
 *
 * @returns milliseconds; `undefined` if the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d|y)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const milliseconds = Number(digits) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}
