import type { Permission, VisibleCustomers } from '../../config/index.js';

export type { Permission } from '../../config/index.js';

/** Who sent a request: its name, the customers it may see, its permissions. */
export interface Caller {
  /** For logs and metrics. */
  readonly name: string;
  readonly maySee: (customerId: string) => boolean;
  readonly may: (permission: Permission) => boolean;
  /** The same for callers that may see and do the same. */
  readonly scope: string;
  /** Whether there are customers that it may not see, whoever they are. */
  readonly isRestricted: boolean;
}

/** A caller with these rights. */
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
    scope: JSON.stringify([visible === null ? 'all' : [...visible].sort(), [...granted].sort()]),
    isRestricted: visible !== null,
  };
}

/** Whoever reaches the gateway while it has no access control. */
export const ANYONE: Caller = callerOf('anyone', 'all', ['read', 'refresh', 'import', 'metrics', 'explore']);
