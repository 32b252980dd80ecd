import type { Config } from './types.js';

/** Customers that API keys may see and that there are not, each once. */
export function unknownCustomers({ access, customers }: Pick<Config, 'access' | 'customers'>): string[] {
  const known = new Set(customers.map(({ id }) => id));
  const named = (access?.apiKeys ?? []).flatMap((key) => (key.customers === 'all' ? [] : key.customers));
  return [...new Set(named)].filter((id) => !known.has(id));
}
