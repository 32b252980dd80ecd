/** Upper limit, so that a wrong number or year cannot stop the reading of a destination for good. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds, 24 h at most. The header holds a number of seconds or
 * an HTTP date (RFC 9110, 10.2.3).
 *
 * @returns `undefined` if the header is absent or cannot be parsed
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  const value = header?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return bounded(Number(value) * 1000);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined;
  // The asctime form of an HTTP date names no time zone; it means GMT.
  const date = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(date) ? undefined : bounded(date - now);
}

function bounded(ms: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(0, ms));
}
