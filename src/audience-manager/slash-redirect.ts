import type { HttpRequest } from './sender.js';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/**
 * The request to repeat after a redirect that only adds or removes a slash at the end of the path. Every other redirect
 * would carry the credentials to another address.
 *
 * @param location the header of the response
 * @returns `null` for any other response
 */
export function slashRedirect(
  request: HttpRequest,
  status: number,
  location: string | readonly string[] | undefined,
): HttpRequest | null {
  if (request.method !== 'GET' || !REDIRECTS.has(status) || typeof location !== 'string') return null;
  const from = new URL(request.url);
  if (!URL.canParse(location, request.url)) return null;
  const to = new URL(location, from);
  const pathname = from.pathname.endsWith('/') ? from.pathname.replace(/\/+$/, '') : `${from.pathname}/`;
  const isSame =
    to.origin === from.origin &&
    to.pathname === pathname &&
    to.searchParams.toString() === from.searchParams.toString() &&
    to.username + to.password + to.hash === '';
  if (!isSame) return null;
  // Its own query, and not the one of the header, which may be written in another way.
  from.pathname = pathname;
  return { ...request, url: from.href };
}
