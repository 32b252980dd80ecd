import { isIP } from 'node:net';
import { isHost } from './addresses.js';

/** Why a text will not do as the URL of a proxy. Says nothing of the text, which may hold a password. */
export const PROXY_FAULT =
  'must be a URL such as http://user:password@proxy.example.com:3128, with http:// or https://, and with ' +
  'special characters of user and password percent-encoded';

/** The URL of a proxy as the WHATWG standard writes it; undefined where the text is none. */
export function parseProxyUrl(text: string): string | undefined {
  if (/[\s\p{Cc}\p{Surrogate}]/u.test(text) || !/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return undefined;
  }
  const url = new URL(text);
  // With one of these, a character of the password has ended the host's part too early.
  if (url.pathname !== '/' || /[?#]/.test(text)) return undefined;
  return proxyCredentials(url.href) === undefined ? undefined : url.href;
}

/** User and password as they are sent to a proxy; null where its URL has none, undefined where they are malformed. */
export function proxyCredentials(
  href: string,
): { readonly username: string; readonly password: string } | null | undefined {
  const { username, password } = new URL(href);
  if (username === '' && password === '') return null;
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}

/**
 * A host of `noProxy` as URLs write it, so that it compares with theirs; undefined where the text is none.
 * As elsewhere, a leading dot or `*.` may say that subdomains are meant, which they always are.
 */
export function parseDirectHost(text: string): string | undefined {
  const host = text.replace(/^\*?\./, '');
  if (!isHost(host)) return undefined;
  const written = isIP(host) === 6 ? `[${host}]` : host;
  return URL.canParse(`http://${written}`) ? new URL(`http://${written}`).hostname : undefined;
}
