import { createHash } from 'node:crypto';

/**
 * All it takes to call the API for one customer: hosts and credentials, by authentication method.
 * Source: "Getting started with Audience Manager REST APIs".
 */
export type Account = PasswordAccount | ServerToServerAccount;

/** Legacy OAuth: the partner's client, the customer's restricted read-only user. */
export interface PasswordAccount {
  readonly type: 'password';
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
}

/** OAuth Server-to-Server of the Adobe Developer Console: a client of the customer's own organisation. */
export interface ServerToServerAccount {
  readonly type: 'server-to-server';
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly clientSecret: string;
  readonly orgId: string;
}

/** A key that is equal exactly for equal accounts and does not reveal the credentials in it. */
export function accountKey(account: Account): string {
  const fields = Object.entries(account).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
