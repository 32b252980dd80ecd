import type { Permission, VisibleCustomers } from '../../config/index.js';

/** Who sent a request: its name, the customers it may see and its permissions. */
export interface Caller {
  /** Name for logs and metrics. */
  readonly name: string;
  readonly maySee: (customerId: string) => boolean;
  readonly may: (permission: Permission) => boolean;
  readonly permissions: readonly Permission[];
  /** A key that is equal for callers with the same visible customers and permissions. */
  readonly scope: string;
}

/** Creates a caller with these rights. */
export function callerOf(
  name: string,
  customers: VisibleCustomers,
  permissions: readonly Permission[],
): Caller {
  const visible = customers === 'all' ? null : new Set(customers);
  const granted = new Set(permissions);
  return {
    name,
    maySee: (customerId) => visible === null || visible.has(customerId),
    may: (permission) => granted.has(permission),
    permissions: [...granted].sort(),
    scope: JSON.stringify([visible === null ? 'all' : [...visible].sort(), [...granted].sort()]),
  };
}

/** The caller of every request while access control is not configured. */
export const ANYONE: Caller = callerOf('anyone', 'all', ['read', 'refresh', 'import', 'metrics', 'explore']);
