import type { Config } from './types.js';

/** The customer IDs, each once, that API keys refer to but that are not configured. */
export function unknownCustomers({ access, customers }: Pick<Config, 'access' | 'customers'>): string[] {
  const known = new Set(customers.map(({ id }) => id));
  const visible = (access?.apiKeys ?? []).flatMap((key) => (key.customers === 'all' ? [] : key.customers));
  return [...new Set(visible)].filter((id) => !known.has(id));
}
