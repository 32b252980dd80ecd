import { BlockList, isIP } from 'node:net';

/** Whether `host` can only be reached from this machine: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const version = isIP(host);
  if (version === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8);
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a server can be told to listen on `text`: an IP address (IPv6 without brackets) or a host name. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const looksLikeIPv4 = /^[\d.]+$/.test(text);
  return !looksLikeIPv4 && text.length <= 253 && /^[a-z\d_-]+(\.[a-z\d_-]+)*$/i.test(text);
}

/** Why a text will not do as the address of an API. */
export type UrlFault = 'malformed' | 'credentials' | 'query' | 'cleartext';

/**
 * The URL as the WHATWG standard writes it, or why it will not do. Credentials travel to it, so plain
 * http is for loopback alone, unless `insecure`, and it carries none of its own.
 */
export function parseApiUrl(
  text: string,
  insecure: boolean,
): { readonly href: string } | { readonly fault: UrlFault } {
  // The URL parser would silently drop these.
  if (/[\s\p{Cc}]/u.test(text)) return { fault: 'malformed' };
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return { fault: 'malformed' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return { fault: 'credentials' };
  if (/[?#]/.test(text)) return { fault: 'query' };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol === 'http:' && !insecure && !isLoopback(host)) return { fault: 'cleartext' };
  return { href: url.href };
}
