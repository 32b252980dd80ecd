import type { FastifyRequest } from 'fastify';

/**
 * Whether a request was sent by a web page of another origin that may not send requests. Browsers send a file from any page
 * without asking before, and without access control, this machine's own browser may do everything. Browsers say the origin
 * of each such request; other clients say none. With TLS, or on this machine, they also say whether it is the origin that
 * they send the request to. So the page can send files where a proxy changes the header Host.
 *
 * @param origins other origins whose pages may send requests
 */
export function isForeignPage(
  { headers, host }: Pick<FastifyRequest, 'headers' | 'host'>,
  origins: readonly string[],
): boolean {
  const { origin } = headers;
  if (origin === undefined || origins.includes(origin)) return false;
  // No script of a page can set or change it.
  if (headers['sec-fetch-site'] === 'same-origin') return false;
  // Without the scheme: a proxy in front may have ended TLS.
  return !URL.canParse(origin) || withoutDefaultPort(new URL(origin).host) !== withoutDefaultPort(host);
}

function withoutDefaultPort(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)$/, '');
}
