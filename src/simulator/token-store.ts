import { randomBytes, randomUUID } from 'node:crypto';

interface AccessToken {
  customer: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  revoked: boolean;
}

interface RefreshToken {
  customer: string;
  usable: boolean;
}

/** All tokens that were ever issued, including invalid ones: their owner is still needed for the call log. */
export class TokenStore {
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, RefreshToken>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Issues an opaque access token, as the password token endpoint does. @param lifetimeSeconds −1: endless */
  issueOpaque(customer: string, lifetimeSeconds: number): string {
    return this.#issue(randomUUID(), customer, lifetimeSeconds);
  }

  /** Issues an access token in the format of Adobe's identity service: a long JWT. The signature is random. */
  issueJwt(customer: string, lifetimeSeconds: number): string {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { id: randomUUID(), type: 'access_token', expires_in: String(lifetimeSeconds * 1000) };
    const signature = randomBytes(256).toString('base64url');
    return this.#issue(
      `${encode({ alg: 'RS256' })}.${encode(claims)}.${signature}`,
      customer,
      lifetimeSeconds,
    );
  }

  issueRefresh(customer: string): string {
    const token = randomUUID();
    this.#refresh.set(token, { customer, usable: true });
    return token;
  }

  /**
   * Uses a refresh token. It cannot be used again.
   *
   * @returns the customer's key, or undefined if the token is unknown, used or revoked
   */
  consumeRefresh(token: string): string | undefined {
    const found = this.#refresh.get(token);
    if (!found?.usable) return undefined;
    found.usable = false;
    return found.customer;
  }

  /** Whether an access token is known, not expired and not revoked. */
  isValid(token: string): boolean {
    const found = this.#access.get(token);
    return found !== undefined && !found.revoked && this.#now() < found.expiresAt;
  }

  /** The key of the customer that an access token was issued to, even if the token is no longer valid. */
  accessTokenOwner(token: string): string | undefined {
    return this.#access.get(token)?.customer;
  }

  /** The key of the customer that a refresh token was issued to, even if the token is no longer valid. */
  refreshTokenOwner(token: string): string | undefined {
    return this.#refresh.get(token)?.customer;
  }

  /** @param customer whose access tokens are revoked. Default: all. */
  revokeAccess(customer?: string): void {
    for (const token of this.#access.values()) {
      if (customer === undefined || token.customer === customer) token.revoked = true;
    }
  }

  /** @param customer whose refresh tokens are revoked. Default: all. */
  revokeRefresh(customer?: string): void {
    for (const token of this.#refresh.values()) {
      if (customer === undefined || token.customer === customer) token.usable = false;
    }
  }

  /** All access and refresh tokens that were ever issued to a customer. */
  issuedTo(customer: string): string[] {
    return [...this.#access, ...this.#refresh]
      .filter(([, token]) => token.customer === customer)
      .map(([text]) => text);
  }

  #issue(token: string, customer: string, lifetimeSeconds: number): string {
    this.#access.set(token, {
      customer,
      expiresAt: lifetimeSeconds < 0 ? Infinity : this.#now() + lifetimeSeconds * 1000,
      revoked: false,
    });
    return token;
  }
}
