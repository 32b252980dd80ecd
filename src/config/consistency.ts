import { isHost, isLoopback } from './addresses.js';
import { formatPath, type Path } from './message-format.js';
import type { Mistake } from './mistake.js';

interface ConsistencyOptions {
  /** Allows a `listen.host` that other machines can reach without the section `access`. */
  readonly insecure: boolean;
  /** Formats the value at a path for a message. */
  readonly show: (path: Path) => string;
}

/**
 * Finds mistakes between keys that are each correct by themselves: duplicate IDs, incomplete or missing
 * client credentials, two storage engines, `noProxy` without `proxy`, an address that other machines can
 * reach without `access`. Checks the data as written, so that these mistakes are reported together with those
 * of single values.
 */
export function findInconsistencies(data: unknown, options: ConsistencyOptions): Mistake[] {
  if (!isMapping(data)) return [];
  const { show } = options;
  const customers: unknown[] = Array.isArray(data['customers']) ? data['customers'] : [];
  return [
    ...findOpenHost(data, options),
    ...findAccessGaps(data['access']),
    ...findMissingClient(data, customers, show),
    ...findMixedStorage(data['storage']),
    ...findMissingProxy(data['outbound']),
    ...findDuplicateIds(customers, ['customers'], 'customer'),
    ...customers.flatMap((customer, index) => {
      const destinations = isMapping(customer) ? customer['destinations'] : undefined;
      if (!Array.isArray(destinations)) return [];
      return findDuplicateIds(
        destinations,
        ['customers', index, 'destinations'],
        'destination of a customer',
      );
    }),
  ];
}

function findOpenHost(data: Mapping, { insecure, show }: ConsistencyOptions): Mistake[] {
  const host = isMapping(data['listen']) ? data['listen']['host'] : undefined;
  const isOpen = !('access' in data) && !insecure;
  // An invalid host is reported by the schema.
  if (!isOpen || typeof host !== 'string' || !isHost(host) || isLoopback(host)) return [];
  const message =
    `${show(['listen', 'host'])} is not a loopback address, and without access every machine that reaches it may ` +
    'call; add access (aam-gateway key creates a key), listen on 127.0.0.1, or start with --insecure';
  return [{ path: ['listen', 'host'], message }];
}

function findAccessGaps(access: unknown): Mistake[] {
  if (!isMapping(access)) return [];
  const mistakes: Mistake[] = [];
  if (!('apiKeys' in access) && !('jwt' in access)) {
    const message =
      'allows nobody to call; add apiKeys (aam-gateway key creates a key) or jwt, or remove access to allow ' +
      'everybody on this machine';
    mistakes.push({ path: ['access'], message });
  }
  const { jwt, apiKeys } = access;
  if (isMapping(jwt) && 'jwksUri' in jwt === 'jwksFile' in jwt) {
    const message =
      'jwksUri' in jwt
        ? 'has both jwksUri and jwksFile; keep one of the two'
        : 'has no keys to verify tokens with; add jwksUri or jwksFile';
    mistakes.push({ path: ['access', 'jwt'], message });
  }
  const firstIndexes = new Map<string, number>();
  for (const [index, key] of (Array.isArray(apiKeys) ? (apiKeys as unknown[]) : []).entries()) {
    if (!isMapping(key)) continue;
    const path: Path = ['access', 'apiKeys', index];
    const { sha256, permissions = ['read'] } = key;
    const first = typeof sha256 === 'string' ? firstIndexes.get(sha256.toLowerCase()) : undefined;
    if (first !== undefined) {
      const message = `is the same as ${formatPath(['access', 'apiKeys', first, 'sha256'])}; every entry needs a key of its own`;
      mistakes.push({ path: [...path, 'sha256'], message });
    } else if (typeof sha256 === 'string' && sha256 !== '') firstIndexes.set(sha256.toLowerCase(), index);
    const seesNames = Array.isArray(permissions) && permissions.some((word) => word !== 'metrics');
    if (seesNames && !('customers' in key)) {
      const message = 'is missing; list the customers that this key may see, or write all';
      mistakes.push({ path: [...path, 'customers'], message });
    }
  }
  return mistakes;
}

function findDuplicateIds(items: readonly unknown[], path: Path, what: string): Mistake[] {
  const firstIndexes = new Map<string, number>();
  const mistakes: Mistake[] = [];
  items.forEach((item, index) => {
    const id = isMapping(item) ? item['id'] : undefined;
    // An empty ID is reported by the schema, or is a reference that could not be resolved.
    if (typeof id !== 'string' || id === '') return;
    const first = firstIndexes.get(id);
    if (first === undefined) {
      firstIndexes.set(id, index);
      return;
    }
    const message = `is the same as ${formatPath([...path, first, 'id'])}; every ${what} needs an ID of its own`;
    mistakes.push({ path: [...path, index, 'id'], message });
  });
  return mistakes;
}

function findMissingClient(
  data: Mapping,
  customers: readonly unknown[],
  show: (path: Path) => string,
): Mistake[] {
  const audienceManager = data['audienceManager'] ?? '';
  const password = isMapping(audienceManager) ? (audienceManager['password'] ?? '') : audienceManager;
  // A section that is missing or empty has no keys. Anything else that is not a mapping is reported by the
  // schema.
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
  const message = `is missing and needed by ${who} credentials are of type password; add clientId and clientSecret`;
  return [{ path: [...path, 'clientId'], message }];
}

function findMixedStorage(storage: unknown): Mistake[] {
  if (!isMapping(storage)) return [];
  if ('sqlite' in storage && 'postgres' in storage) {
    return [{ path: ['storage', 'postgres'], message: 'is given together with sqlite; keep one of the two' }];
  }
  if ('poolSize' in storage && !('postgres' in storage)) {
    return [{ path: ['storage', 'poolSize'], message: 'has no effect without postgres; remove it' }];
  }
  return [];
}

function findMissingProxy(outbound: unknown): Mistake[] {
  if (!isMapping(outbound) || !('noProxy' in outbound) || 'proxy' in outbound) return [];
  return [{ path: ['outbound', 'noProxy'], message: 'has no effect without proxy; remove it' }];
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
