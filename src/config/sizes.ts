const BYTES = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/**
 * The bytes that a text such as `512KiB`, `64MiB`, `2GiB` or plain `1048576` stands for; undefined
 * where it is no size. Decimals, signs, blanks and other units are none.
 */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)(KiB|MiB|GiB|)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Number(digits) * BYTES[unit as keyof typeof BYTES];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
