import type { Permission, VisibleCustomers } from '../../config/index.js';

/** How a caller proved who it is: by an API key, or by a JSON Web Token. */
type Credential = 'key' | 'jwt';

/** Who sent a request: its name, the customers it may see and its permissions. */
export interface Caller {
  /** Tells callers apart in rates, logs and audit entries: `key:NAME`, `jwt:SUBJECT` or `anyone`. */
  readonly id: string;
  /** The name of the key, or the subject of the token. A key and a token may have the same name. */
  readonly name: string;
  /** The author of its changes in the history: the name of the key, or `jwt:SUBJECT`. No key has such a name. */
  readonly author: string;
  readonly maySee: (customerId: string) => boolean;
  readonly may: (permission: Permission) => boolean;
  readonly permissions: readonly Permission[];
  /** A key that is equal for callers with the same visible customers and permissions. */
  readonly scope: string;
}

/** Creates a caller with these rights. */
export function callerOf(
  credential: Credential,
  name: string,
  customers: VisibleCustomers,
  permissions: readonly Permission[],
): Caller {
  const visible = customers === 'all' ? null : new Set(customers);
  const granted = new Set(permissions);
  const id = `${credential}:${name}`;
  return {
    id,
    name,
    author: credential === 'key' ? name : id,
    maySee: (customerId) => visible === null || visible.has(customerId),
    may: (permission) => granted.has(permission),
    permissions: [...granted].sort(),
    scope: JSON.stringify([visible === null ? 'all' : [...visible].sort(), [...granted].sort()]),
  };
}

/** The caller of every request while access control is not configured. */
export const ANYONE: Caller = {
  ...callerOf('key', 'anyone', 'all', ['read', 'refresh', 'import', 'metrics', 'explore']),
  id: 'anyone',
};
