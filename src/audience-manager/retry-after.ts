/** A slip of the upstream's in the number or the year must not silence a destination for good. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: from a number of seconds or from an
 * HTTP date (RFC 9110, 10.2.3), a day at most. `undefined` where there is none or it makes no sense.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  const value = header?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return bounded(Number(value) * 1000);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined;
  // The oldest of the three forms of a date names no zone, and means GMT.
  const date = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(date) ? undefined : bounded(date - now);
}

function bounded(ms: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(0, ms));
}
