/**
 * The value of a parameter that is on or off: `1` or `true`, `0` or `false`. Left out, it is off.
 *
 * @returns `null` for any other value, also an empty one
 */
export function flagOf(value: unknown): boolean | null {
  if (value === undefined) return false;
  if (value === '1' || value === 'true') return true;
  return value === '0' || value === 'false' ? false : null;
}
