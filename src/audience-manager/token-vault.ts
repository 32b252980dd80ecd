/** Shares access tokens between processes, so that not each of them requests its own. */
export interface TokenVault {
  /** The stored token of an account. @returns `null` if there is none, it has expired, or the vault cannot be reached */
  load(account: string): Promise<SharedToken | null>;
  /** Stores a token that was just issued. Never rejects. */
  save(account: string, token: SharedToken): Promise<void>;
}

/** An issued token with its times. */
export interface SharedToken {
  readonly access: string;
  readonly refresh: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** When to get a new token, before this one expires; milliseconds since the epoch. */
  readonly renewAt: number;
}
