/** Where the key is kept: for this tab, until it is closed. */
const NAME = 'aam-gateway.key';

/** Holds the key where the browser offers no storage, until the page is loaded again. */
let unstored: string | null = null;

/** The key that the person has signed in with; `null` if there is none. */
export function readKey(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return unstored;
  }
}

/** Keeps a key, or forgets it. */
export function keepKey(key: string | null): void {
  unstored = key;
  try {
    if (key === null) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, key);
  } catch {
    // Storage is turned off in this browser.
  }
}

/** The header that a key is sent in. A token (JWT) has three parts, and begins as JSON in Base64 does. */
export function keyHeaders(key: string): Record<string, string> {
  return /^ey[^.]*\.[^.]*\.[^.]*$/.test(key) ? { authorization: `Bearer ${key}` } : { 'x-api-key': key };
}
