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

/** Formats a size as `parseSize` understands it, such as `64MiB`. @param bytes a whole number */
export function formatSize(bytes: number): string {
  const unit = (['GiB', 'MiB', 'KiB'] as const).find((each) => bytes > 0 && bytes % BYTES[each] === 0) ?? '';
  return `${bytes / BYTES[unit]}${unit}`;
}
