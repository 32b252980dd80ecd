import type { Finding } from './findings.js';
import { formatPath, type Path } from './printing.js';

/**
 * Mistakes that lie between keys, each of which may be right by itself: IDs given twice, and client
 * credentials that are incomplete or that a customer lacks, two storage engines. Looks at the texts of the file, checked or
 * not, so that these are found beside all others. `show` gives a value as a message may show it.
 */
export function findInconsistencies(data: unknown, show: (path: Path) => string): Finding[] {
  if (!isMapping(data)) return [];
  const customers: unknown[] = Array.isArray(data['customers']) ? data['customers'] : [];
  return [
    ...findMissingClient(data, customers, show),
    ...findMixedStorage(data['storage']),
    ...findRepeatedIds(customers, ['customers'], 'customer'),
    ...customers.flatMap((customer, index) => {
      const destinations = isMapping(customer) ? customer['destinations'] : undefined;
      if (!Array.isArray(destinations)) return [];
      return findRepeatedIds(destinations, ['customers', index, 'destinations'], 'destination of a customer');
    }),
  ];
}

function findRepeatedIds(items: readonly unknown[], path: Path, what: string): Finding[] {
  const firsts = new Map<string, number>();
  const findings: Finding[] = [];
  items.forEach((item, index) => {
    const id = isMapping(item) ? item['id'] : undefined;
    // An empty one is a mistake of its own, or a reference that leads nowhere.
    if (typeof id !== 'string' || id === '') return;
    const first = firsts.get(id);
    if (first === undefined) {
      firsts.set(id, index);
      return;
    }
    const message = `is the same as ${formatPath([...path, first, 'id'])}; every ${what} needs an ID of its own`;
    findings.push({ path: [...path, index, 'id'], message });
  });
  return findings;
}

function findMissingClient(
  data: Mapping,
  customers: readonly unknown[],
  show: (path: Path) => string,
): Finding[] {
  const audienceManager = data['audienceManager'] ?? '';
  const password = isMapping(audienceManager) ? (audienceManager['password'] ?? '') : audienceManager;
  // Left out or left empty, a section is a mapping without keys. Anything else is a mistake of its own.
  if (password !== '' && !isMapping(password)) return [];
  const hasId = password !== '' && 'clientId' in password;
  const hasSecret = password !== '' && 'clientSecret' in password;
  const path = ['audienceManager', 'password'];
  if (hasId && !hasSecret) {
    return [
      { path: [...path, 'clientSecret'], message: 'is missing; the clientId beside it needs its secret' },
    ];
  }
  if (hasSecret && !hasId) {
    return [
      { path: [...path, 'clientId'], message: 'is missing; the clientSecret beside it needs its client ID' },
    ];
  }
  if (hasId) return [];
  const needing = customers.flatMap((customer, index) => {
    const credentials = isMapping(customer) ? customer['credentials'] : undefined;
    return isMapping(credentials) && credentials['type'] === 'password' ? [index] : [];
  });
  const [first, ...others] = needing;
  if (first === undefined) return [];
  const named = `${formatPath(['customers', first])} (ID: ${show(['customers', first, 'id'])})`;
  const who = others.length === 0 ? `${named}, whose` : `${named} and ${others.length} more, whose`;
  const message = `is missing and needed by ${who} credentials are of type password; give clientId and clientSecret`;
  return [{ path: [...path, 'clientId'], message }];
}

function findMixedStorage(storage: unknown): Finding[] {
  if (!isMapping(storage)) return [];
  if ('sqlite' in storage && 'postgres' in storage) {
    return [{ path: ['storage', 'postgres'], message: 'stands beside sqlite; keep one of the two' }];
  }
  if ('poolSize' in storage && !('postgres' in storage)) {
    return [{ path: ['storage', 'poolSize'], message: 'is for postgres alone; remove it' }];
  }
  return [];
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
