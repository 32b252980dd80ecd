/**
 * The wait that a `Retry-After` header asks for, in milliseconds: from a number of seconds or from an
 * HTTP date (RFC 9110, 10.2.3). `undefined` where there is none or it makes no sense.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  const value = header?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  if (!/^[A-Z][a-z]/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
