/** A place that several processes share for access tokens, so that each need not ask for its own. */
export interface TokenVault {
  /** The token stored for an account, if it is still good; `null` also when the vault cannot be reached. */
  load(account: string): Promise<SharedToken | null>;
  /** Stores a token that was just granted. Never rejects. */
  save(account: string, token: SharedToken): Promise<void>;
}

/** A granted token. */
export interface SharedToken {
  readonly access: string;
  readonly refresh: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly renewAt: number;
}
