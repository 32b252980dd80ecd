import { NamesError } from './errors.js';
import type { LookUpNamesQuery } from './generated/operations.js';

/** What the gateway found out about a key. */
export type LookupResult = NonNullable<LookUpNamesQuery['lookupSegments']>[number];

type Fields = Readonly<Record<string, unknown>>;

/** Status of a gateway that has no time now. 408 is of a request that arrived too slowly. */
export const TRY_AGAIN: ReadonlySet<number | null> = new Set([408, 429, 503]);

/** Status that a proxy answers instead of a gateway. */
const NO_GATEWAY: ReadonlySet<number> = new Set([502, 504]);

/**
 * The results in an answer. Whatever answers, and whatever changes answers on their way, nothing else is taken for one.
 *
 * @throws NamesError
 */
export function resultsIn(response: Response, text: string, count: number): readonly LookupResult[] {
  const { status, type } = response;
  // A page is not told the status of a redirect.
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    const message = 'The address redirects; give the client the address that it leads to.';
    throw new NamesError('BAD_RESPONSE', message, { status: status === 0 ? null : status });
  }
  const { data, errors } = fieldsOf(parsed(text));
  const results = fieldsOf(data)['lookupSegments'];
  if (Array.isArray(results) && results.length === count && results.every(isResult)) return results;
  const error = fieldsOf(Array.isArray(errors) ? errors[0] : null);
  const { code } = fieldsOf(error['extensions']);
  const { message } = error;
  throw new NamesError(
    isText(code) ? code : codeOf(status),
    isText(message) ? message : `The response has status ${status} and no names.`,
    { status, retryAfterMs: retryAfterOf(response) },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The fields of an object; none of what is not one. */
function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isResult(value: unknown): value is LookupResult {
  const { status, segment, error } = fieldsOf(value);
  return isText(status) && (segment === null || isSegment(segment)) && (error === null || isError(error));
}

function isSegment(value: unknown): boolean {
  const { label, name, description, status, asOf, stale } = fieldsOf(value);
  return (
    [label, status, asOf].every(isText) &&
    [name, description].every(isTextOrNull) &&
    typeof stale === 'boolean'
  );
}

function isError(value: unknown): boolean {
  const { code, message } = fieldsOf(value);
  return isText(code) && isText(message);
}

/** The code of a response that has none: it is from a proxy, or from something else. */
function codeOf(status: number): string {
  if (NO_GATEWAY.has(status)) return 'UNREACHABLE';
  if (TRY_AGAIN.has(status)) return 'RATE_LIMITED';
  return status === 401 ? 'UNAUTHENTICATED' : status === 403 ? 'FORBIDDEN' : 'BAD_RESPONSE';
}

/** The header holds seconds, or a date. */
function retryAfterOf(response: Response): number | null {
  const value = response.headers.get('retry-after') ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const ms = Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}
