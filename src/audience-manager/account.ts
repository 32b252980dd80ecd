import { createHash } from 'node:crypto';

/**
 * Hosts and credentials for calling the API on behalf of one customer.
 * Source: "Getting started with Audience Manager REST APIs".
 */
export type Account = (PasswordAccount | ServerToServerAccount) & {
  /** The customer's ID. Only a label of metrics: customers with the same credentials have the same account. */
  readonly customer?: string;
};

/** Legacy OAuth: the client of the partner and a restricted, read-only user of the customer. */
export interface PasswordAccount {
  readonly type: 'password';
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
}

/** OAuth Server-to-Server of the Adobe Developer Console: a client of the customer's organisation. */
interface ServerToServerAccount {
  readonly type: 'server-to-server';
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly clientSecret: string;
  readonly orgId: string;
}

/** A hash of hosts and credentials: equal for equal accounts only, and it does not reveal the credentials. */
export function accountKey(account: Account): string {
  const { customer: _customer, ...own } = account;
  const fields = Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
