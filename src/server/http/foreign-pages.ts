import type { FastifyRequest } from 'fastify';

/**
 * Whether a request was sent by a web page of another origin that may not send requests. Browsers send a file from any page
 * without asking before, and without access control, this machine's own browser may do everything. Browsers say the origin
 * of each such request; other clients say none.
 *
 * @param origins other origins whose pages may send requests
 */
export function isForeignPage(
  { headers, host }: Pick<FastifyRequest, 'headers' | 'host'>,
  origins: readonly string[],
): boolean {
  const { origin } = headers;
  if (origin === undefined || origins.includes(origin)) return false;
  // Without the scheme: a proxy in front may have ended TLS.
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase();
}
