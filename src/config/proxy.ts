import { isIP } from 'node:net';
import { isHost } from './addresses.js';

/**
 * The message for a text that is not the URL of a proxy. The text is not shown, because it may contain a
 * password.
 */
export const INVALID_PROXY_MESSAGE =
  'must be a URL such as http://user:password@proxy.example.com:3128, with http:// or https://, and with ' +
  'special characters in user and password percent-encoded';

/**
 * @returns the URL of a proxy as the WHATWG standard serializes it; `undefined` if the text is not accepted
 */
export function parseProxyUrl(text: string): string | undefined {
  if (/[\s\p{Cc}\p{Surrogate}]/u.test(text) || !/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return undefined;
  }
  const url = new URL(text);
  // A path, query or fragment means that an unescaped character of the password has ended the host too early.
  if (url.pathname !== '/' || /[?#]/.test(text)) return undefined;
  return proxyCredentials(url.href) === undefined ? undefined : url.href;
}

/**
 * The decoded user name and password in the URL of a proxy.
 *
 * @returns `null` if the URL has none; `undefined` if they are not correctly percent-encoded
 */
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
 * Parses a host of `noProxy`. Subdomains are always included; a leading dot or `*.`, as other programs write
 * it, is accepted and removed.
 *
 * @returns the host as URLs contain it (lower case, IPv6 in brackets); `undefined` if the text is not a host
 */
export function parseNoProxyHost(text: string): string | undefined {
  const host = text.replace(/^\*?\./, '');
  if (!isHost(host)) return undefined;
  const urlHost = isIP(host) === 6 ? `[${host}]` : host;
  return URL.canParse(`http://${urlHost}`) ? new URL(`http://${urlHost}`).hostname : undefined;
}
