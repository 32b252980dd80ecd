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

/** Every token ever issued, living and dead: dead ones still tell whose they were. */
export class Tokens {
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, RefreshToken>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new opaque access token, as the password token endpoint gives it. */
  issueOpaque(customer: string, lifetimeSeconds: number): string {
    return this.#issue(randomUUID(), customer, lifetimeSeconds);
  }

  /** A new access token in the shape of those of Adobe's identity service: a long, signed JWT. */
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

  /** Uses a refresh token up. The customer's key, or undefined where it is unknown, used or revoked. */
  redeem(token: string): string | undefined {
    const found = this.#refresh.get(token);
    if (!found?.usable) return undefined;
    found.usable = false;
    return found.customer;
  }

  /** `valid`, `expired` (by time or by revocation), or `unknown`. */
  state(token: string): 'valid' | 'expired' | 'unknown' {
    const found = this.#access.get(token);
    if (found === undefined) return 'unknown';
    return found.revoked || this.#now() >= found.expiresAt ? 'expired' : 'valid';
  }

  /** Whose access token this is or was. */
  owner(token: string): string | undefined {
    return this.#access.get(token)?.customer;
  }

  /** Whose refresh token this is or was. */
  refreshOwner(token: string): string | undefined {
    return this.#refresh.get(token)?.customer;
  }

  revokeAccess(customer?: string): void {
    for (const token of this.#access.values()) {
      if (customer === undefined || token.customer === customer) token.revoked = true;
    }
  }

  revokeRefresh(customer?: string): void {
    for (const token of this.#refresh.values()) {
      if (customer === undefined || token.customer === customer) token.usable = false;
    }
  }

  /** All access and refresh tokens that the customer was ever given. */
  issuedTo(customer: string): string[] {
    return [...this.#access, ...this.#refresh]
      .filter(([, token]) => token.customer === customer)
      .map(([text]) => text);
  }

  #issue(token: string, customer: string, lifetimeSeconds: number): string {
    this.#access.set(token, {
      customer,
      expiresAt: this.#now() + lifetimeSeconds * 1000,
      revoked: false,
    });
    return token;
  }
}
