import { z } from 'zod';
import type { ContentType } from './charset.js';
import { parseAnswer } from './json.js';
import type { SharedToken } from './token-vault.js';

const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** A token is renewed when a tenth of its lifetime is left, but not earlier than 60 s before it expires. */
const MARGIN_SHARE = 0.1;
const MAX_MARGIN_MS = 60 * SECOND_MS;

/** A token is renewed once a day, however long it lasts. */
const MAX_USE_MS = DAY_MS;

/** Lifetime of a token that never expires: until a 401. Ten years, because a database stores the time. */
const ENDLESS_MS = 3_650 * DAY_MS;

/** Printable ASCII (RFC 6749, A.12 and A.17) without spaces, which a header cannot hold. */
const tokenText = z
  .string()
  .max(16_384)
  .regex(/^[\x21-\x7e]+$/);

const tokenAnswer = z.object({
  access_token: tokenText,
  refresh_token: tokenText.nullish().catch(null),
  /** In seconds. `null`: not stated, as RFC 6749 allows, −1, or unusable. */
  expires_in: z.coerce.number().positive().nullable().catch(null),
});

/**
 * Reads the answer of a token endpoint.
 *
 * @param previousRefresh the refresh token that was sent; `null` if none was
 * @param now milliseconds since the epoch
 * @throws AudienceManagerError AAM_BAD_RESPONSE
 */
export function parseToken(
  body: Uint8Array,
  contentType: ContentType,
  previousRefresh: string | null,
  now: number,
): SharedToken {
  const answer = parseAnswer(body, contentType, tokenAnswer, 'a token answer');
  const tokens = {
    access: answer.access_token,
    // Without this field in the answer, the previous refresh token stays valid (RFC 6749, 6).
    refresh: answer.refresh_token ?? previousRefresh,
  };
  if (answer.expires_in === null)
    return { ...tokens, expiresAt: now + ENDLESS_MS, renewAt: now + ENDLESS_MS };
  const lifetimeMs = Math.min(answer.expires_in * SECOND_MS, ENDLESS_MS);
  const marginMs = Math.min(lifetimeMs * MARGIN_SHARE, MAX_MARGIN_MS);
  return {
    ...tokens,
    expiresAt: now + lifetimeMs,
    renewAt: now + Math.min(lifetimeMs - marginMs, MAX_USE_MS),
  };
}
