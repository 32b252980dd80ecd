const BYTES = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/**
 * Parses a size: digits with one of the units KiB, MiB, GiB, or plain digits for bytes. Decimals, signs,
 * blanks and other units are not accepted.
 *
 * @returns bytes; `undefined` if the text is not a size
 */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)(KiB|MiB|GiB|)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Number(digits) * BYTES[unit as keyof typeof BYTES];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
