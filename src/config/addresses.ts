import { BlockList, isIP } from 'node:net';

/** Whether `host` is only reachable from this machine: an address in 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const version = isIP(host);
  if (version === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a server can listen on `text`: an IP address (IPv6 without brackets) or a host name. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const looksLikeIPv4 = /^[\d.]+$/.test(text);
  return !looksLikeIPv4 && text.length <= 253 && /^[a-z\d_-]+(\.[a-z\d_-]+)*$/i.test(text);
}

/** Why a text is not accepted as the URL of an API. */
export type UrlError = 'malformed' | 'credentials' | 'query' | 'cleartext';

/**
 * Parses the URL of an API to which credentials are sent. Plain http is accepted for loopback addresses, and
 * for all addresses with `insecure`. User names, passwords, queries and fragments are not accepted.
 *
 * @returns the URL as the WHATWG standard serializes it, or why it is not accepted
 */
export function parseApiUrl(
  text: string,
  insecure: boolean,
): { readonly href: string } | { readonly error: UrlError } {
  // The URL parser would silently remove these characters.
  if (/[\s\p{Cc}]/u.test(text)) return { error: 'malformed' };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return { error: 'malformed' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return { error: 'credentials' };
  if (/[?#]/.test(text)) return { error: 'query' };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol === 'http:' && !insecure && !isLoopback(host)) return { error: 'cleartext' };
  return { href: url.href };
}
