import { isHost, isLoopback } from './addresses.js';
import type { Finding } from './findings.js';
import { formatPath, type Path } from './printing.js';

/** What the whole of a file is looked at with. */
export interface ConsistencyOptions {
  /** Allows an address that other machines can reach although nothing guards the gateway. */
  readonly insecure: boolean;
  /** Gives a value as a message may show it. */
  readonly show: (path: Path) => string;
}

/**
 * Mistakes that lie between keys, each of which may be right by itself: IDs given twice, client
 * credentials that are incomplete or that a customer lacks, two storage engines, exceptions from no proxy, an
 * open gateway that other machines can reach. Looks at the texts of the file, checked or not, so that these are found beside all others.
 */
export function findInconsistencies(data: unknown, options: ConsistencyOptions): Finding[] {
  if (!isMapping(data)) return [];
  const { show } = options;
  const customers: unknown[] = Array.isArray(data['customers']) ? data['customers'] : [];
  return [
    ...findOpenHost(data, options),
    ...findAccessGaps(data['access']),
    ...findMissingClient(data, customers, show),
    ...findMixedStorage(data['storage']),
    ...findMissingProxy(data['outbound']),
    ...findRepeatedIds(customers, ['customers'], 'customer'),
    ...customers.flatMap((customer, index) => {
      const destinations = isMapping(customer) ? customer['destinations'] : undefined;
      if (!Array.isArray(destinations)) return [];
      return findRepeatedIds(destinations, ['customers', index, 'destinations'], 'destination of a customer');
    }),
  ];
}

function findOpenHost(data: Mapping, { insecure, show }: ConsistencyOptions): Finding[] {
  const host = isMapping(data['listen']) ? data['listen']['host'] : undefined;
  const isOpen = !('access' in data) && !insecure;
  // One that is no address at all is a mistake of its own.
  if (!isOpen || typeof host !== 'string' || !isHost(host) || isLoopback(host)) return [];
  const message =
    `${show(['listen', 'host'])} is not a loopback address, and nothing says who may call; ` +
    'add access (aam-gateway key makes a key), listen on 127.0.0.1, or start with --insecure';
  return [{ path: ['listen', 'host'], message }];
}

function findAccessGaps(access: unknown): Finding[] {
  if (!isMapping(access)) return [];
  const findings: Finding[] = [];
  if (!('apiKeys' in access) && !('jwt' in access)) {
    const message =
      'lets nobody in; give apiKeys (aam-gateway key makes a key) or jwt, or remove it to let in everybody on this machine';
    findings.push({ path: ['access'], message });
  }
  const { jwt, apiKeys } = access;
  if (isMapping(jwt) && 'jwksUri' in jwt === 'jwksFile' in jwt) {
    const message =
      'jwksUri' in jwt
        ? 'has both jwksUri and jwksFile; keep one of the two'
        : 'has no keys to check tokens with; give jwksUri or jwksFile';
    findings.push({ path: ['access', 'jwt'], message });
  }
  const firsts = new Map<string, number>();
  for (const [index, key] of (Array.isArray(apiKeys) ? (apiKeys as unknown[]) : []).entries()) {
    if (!isMapping(key)) continue;
    const path: Path = ['access', 'apiKeys', index];
    const { sha256, permissions = ['read'] } = key;
    const first = typeof sha256 === 'string' ? firsts.get(sha256.toLowerCase()) : undefined;
    if (first !== undefined) {
      const message = `is the same as ${formatPath(['access', 'apiKeys', first, 'sha256'])}; every entry needs a key of its own`;
      findings.push({ path: [...path, 'sha256'], message });
    } else if (typeof sha256 === 'string' && sha256 !== '') firsts.set(sha256.toLowerCase(), index);
    const seesNames = Array.isArray(permissions) && permissions.some((word) => word !== 'metrics');
    if (seesNames && !('customers' in key)) {
      const message = 'is missing; list the customers that this key may see, or write all';
      findings.push({ path: [...path, 'customers'], message });
    }
  }
  return findings;
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

function findMissingProxy(outbound: unknown): Finding[] {
  if (!isMapping(outbound) || !('noProxy' in outbound) || 'proxy' in outbound) return [];
  return [{ path: ['outbound', 'noProxy'], message: 'is for proxy alone; remove it' }];
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
