import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { AccessConfig } from '../../config/index.js';
import { ANYONE, callerOf, type Caller } from '../../graphql/index.js';
import { InvalidToken, JwtVerifier, type JwtOptions } from './jwt.js';
import { KeysUnavailable } from './provider-keys.js';

interface KnownKey {
  /** SHA-256 hash of the key. */
  readonly hash: Buffer;
  readonly caller: Caller;
}

/** The caller of a request; or for the log why it has none; or when to try again if that cannot be found out now. */
type Authentication =
  { readonly caller: Caller } | { readonly failure: string } | { readonly retryAfterMs: number };

/** Maximum length of an API key or token, in characters. */
const MAX_CREDENTIAL_LENGTH = 16 * 1024;

/** Number of tokens of which is kept whose they are; the least recently used are forgotten first. */
const MAX_ACCEPTED = 1_000;

/** Finds the caller of a request by its API key or JSON Web Token. */
export class Authenticator {
  readonly #options: JwtOptions;
  /** The callers of tokens that were accepted, by the hashes of the tokens. */
  readonly #accepted = new LRUCache<string, Caller>({ max: MAX_ACCEPTED });
  /** What `authenticateSync` has found last: usually it is asked twice in a row for the same request. */
  #last: { readonly headers: IncomingHttpHeaders; readonly caller: Caller | null } | null = null;
  #keys: readonly KnownKey[] = [];
  #jwt: JwtVerifier | null = null;
  #isOpen = true;

  constructor(config: AccessConfig | null, options: JwtOptions) {
    this.#options = options;
    this.configure(config);
  }

  /** Replaces the configuration when it is reloaded. Removed keys are rejected from the next request on. */
  configure(config: AccessConfig | null): void {
    this.#isOpen = config === null;
    this.#accepted.clear();
    this.#last = null;
    this.#keys = (config?.apiKeys ?? []).map(({ name, sha256, customers, permissions }) => ({
      hash: Buffer.from(sha256, 'hex'),
      caller: callerOf('key', name, customers, permissions),
    }));
    const jwt = config?.jwt ?? null;
    this.#jwt = jwt === null ? null : new JwtVerifier(jwt, this.#options, this.#jwt);
  }

  /** Whether access control is switched off, so that every request has the caller `ANYONE`. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Finds the caller of a request. Synchronous unless a token has to be verified. */
  authenticate(headers: IncomingHttpHeaders): Authentication | Promise<Authentication> {
    if (this.#isOpen) return { caller: ANYONE };
    const credential = credentialOf(headers);
    if (credential === null) return { failure: 'the request has no API key and no token' };
    if (credential.length > MAX_CREDENTIAL_LENGTH) return { failure: 'the API key or token is too long' };
    const caller = this.#callerOfKey(credential);
    if (caller !== null) return { caller };
    if (this.#jwt === null || !looksLikeJwt(credential)) return { failure: 'the API key is not known' };
    return this.#jwt.verify(credential).then(
      (found) => {
        this.#accepted.set(hashOf(credential), found);
        return { caller: found };
      },
      (error: unknown) => {
        if (error instanceof KeysUnavailable) return { retryAfterMs: error.retryAfterMs };
        if (!(error instanceof InvalidToken)) throw error;
        this.#accepted.delete(hashOf(credential));
        return { failure: `the token is not accepted: ${error.message}` };
      },
    );
  }

  /** Finds the caller of a request with an API key, or of any request while access control is off; else `null`. */
  authenticateSync(headers: IncomingHttpHeaders): Caller | null {
    if (this.#isOpen) return ANYONE;
    if (this.#last?.headers === headers) return this.#last.caller;
    const credential = credentialOf(headers);
    const caller =
      credential === null || credential.length > MAX_CREDENTIAL_LENGTH ? null : this.#callerOfKey(credential);
    this.#last = { headers, caller };
    return caller;
  }

  /**
   * As `authenticateSync`, and finds the callers of tokens that were accepted before. They may have expired since: this says
   * whose turn it is, not who may do what.
   */
  acceptedAs(headers: IncomingHttpHeaders): Caller | null {
    const caller = this.authenticateSync(headers);
    if (caller !== null || this.#accepted.size === 0) return caller;
    const credential = credentialOf(headers);
    return credential === null || credential.length > MAX_CREDENTIAL_LENGTH
      ? null
      : (this.#accepted.get(hashOf(credential)) ?? null);
  }

  /** Compares the key with all known keys, even after a match, so that the time reveals nothing about them. */
  #callerOfKey(key: string): Caller | null {
    // Hashing to hex and decoding it is twice as fast in Node.js as hashing to a buffer.
    const digest = Buffer.from(hashOf(key), 'hex');
    let found: Caller | null = null;
    for (const known of this.#keys) {
      if (timingSafeEqual(known.hash, digest)) found = known.caller;
    }
    return found;
  }
}

/** Reads the API key or token from `x-api-key: KEY` or `authorization: Bearer KEY`. */
function credentialOf(headers: IncomingHttpHeaders): string | null {
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return key;
  const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return token ?? null;
}

function hashOf(credential: string): string {
  return hash('sha256', credential, 'hex');
}

/** Whether a text has three parts in Base64url, of which the first is a JSON object. Source: RFC 7515, section 3.1. */
function looksLikeJwt(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}
