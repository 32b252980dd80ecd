import type { z } from 'zod';
import { AudienceManagerError } from './errors.js';

/**
 * Parses an answer's JSON.
 *
 * @param what it should be, for people
 * @throws AudienceManagerError AAM_BAD_RESPONSE; the body itself never gets into the message
 */
export function parseJson(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new AudienceManagerError('AAM_BAD_RESPONSE', `Audience Manager sent ${what} that is not JSON.`);
  }
}

/**
 * Parses an answer's JSON and checks its shape.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE
 */
export function parseAnswer<T>(body: Uint8Array, schema: z.ZodType<T>, what: string): T {
  const parsed = schema.safeParse(parseJson(body, what));
  if (parsed.success) return parsed.data;
  throw unexpectedShape(what, parsed.error.issues[0]?.path.map(String).join('.'));
}

/** @param place in the answer, if it is in one */
export function unexpectedShape(what: string, place = ''): AudienceManagerError {
  const where = place === '' ? '' : ` at ${place}`;
  return new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager sent ${what} of an unexpected shape${where}.`,
  );
}
