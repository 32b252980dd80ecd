const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * The milliseconds that a text such as `500ms`, `10s`, `5m`, `1h`, `7d` or a bare `0` stands for;
 * undefined where it is no duration. Decimals, signs and blanks are none.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, digits, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const milliseconds = Number(digits) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}
