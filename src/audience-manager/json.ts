import type { z } from 'zod';
import { AudienceManagerError } from './errors.js';

/**
 * Parses an answer's JSON and checks its shape.
 *
 * @throws AudienceManagerError AAM_BAD_RESPONSE; the body itself never gets into the message
 */
export function parseAnswer<T>(body: Uint8Array, schema: z.ZodType<T>, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new AudienceManagerError('AAM_BAD_RESPONSE', `Audience Manager sent ${what} that is not JSON.`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place =
    issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.map(String).join('.')}`;
  throw new AudienceManagerError(
    'AAM_BAD_RESPONSE',
    `Audience Manager sent ${what} of an unexpected shape${place}.`,
  );
}
