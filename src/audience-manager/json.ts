import type { z } from 'zod';
import { decodeBody, type ContentType } from './charset.js';
import { AudienceManagerError } from './errors.js';
import { isWebPage } from './refusal.js';

const WEB_PAGE =
  ' but a web page, as a wrong address or a proxy sends it; check baseUrl, tokenUrl and outbound.proxy';

/**
 * Parses a JSON response. `decodeBody` says in which charset.
 *
 * @param what the expected content, for the error message
 * @throws AudienceManagerError AAM_BAD_RESPONSE; the message never contains the body
 */
export function parseJson(body: Uint8Array, contentType: ContentType, what: string): unknown {
  const text = decodeBody(body, contentType, what);
  try {
    return JSON.parse(text);
  } catch {
    throw new AudienceManagerError(
      'AAM_BAD_RESPONSE',
      `Audience Manager sent ${what} that is not JSON${isWebPage(text) ? WEB_PAGE : ''}.`,
    );
  }
}

/**
 * Parses a JSON response and checks its shape.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE
 */
export function parseAnswer<T>(
  body: Uint8Array,
  contentType: ContentType,
  schema: z.ZodType<T>,
  what: string,
): T {
  const parsed = schema.safeParse(parseJson(body, contentType, what));
  if (parsed.success) return parsed.data;
  throw unexpectedShape(what, parsed.error.issues[0]?.path.map(String).join('.'));
}

/** @param place path of the unexpected value in the response; empty: the whole response */
export function unexpectedShape(what: string, place = ''): AudienceManagerError {
  const where = place === '' ? '' : ` at ${place}`;
  return new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager sent ${what} of an unexpected shape${where}.`,
  );
}
