import { isHost, isLoopback } from './addresses.js';
import type { ConfigTree } from './config-tree.js';
import type { Path } from './message-format.js';
import { parseDuration } from './durations.js';
import type { Mistake } from './mistake.js';
import { DEFAULT_LIMIT, longestDelayMs, shortestLimitMs } from './shutdown.js';

/** Formats values and paths for messages. */
type Names = Pick<ConfigTree, 'show' | 'refer'>;

interface ConsistencyOptions {
  /** Allows a `listen.host` that other machines can reach without the section `access`. */
  readonly insecure: boolean;
  readonly tree: Names;
}

/**
 * Finds mistakes between keys that are each correct by themselves: duplicate IDs, incomplete or missing
 * client credentials, two storage engines, `noProxy` without `proxy`, a delay that uses up the time to stop, an address
 * that other machines can reach without `access`. Checks the data as written, so that these mistakes are reported together with those
 * of single values.
 */
export function findInconsistencies(data: unknown, options: ConsistencyOptions): Mistake[] {
  if (!isMapping(data)) return [];
  const { tree } = options;
  const customers: unknown[] = Array.isArray(data['customers']) ? data['customers'] : [];
  return [
    ...findOpenHost(data, options),
    ...findAccessGaps(data['access'], tree),
    ...findMissingClient(data, customers, tree),
    ...findMixedStorage(data['storage']),
    ...findMissingProxy(data['outbound']),
    ...findLongDelay(data['shutdown'], tree),
    ...findDuplicateIds(customers, ['customers'], 'customer', tree),
    ...customers.flatMap((customer, index) => {
      const path: Path = ['customers', index, 'destinations'];
      const destinations = isMapping(customer) ? customer['destinations'] : undefined;
      if (Array.isArray(destinations)) return findDuplicateIds(destinations, path, OF_A_CUSTOMER, tree);
      return isMapping(customer) ? findDiscoveryGaps(customer, path, tree) : [];
    }),
  ];
}

function findOpenHost(data: Mapping, { insecure, tree }: ConsistencyOptions): Mistake[] {
  const host = isMapping(data['listen']) ? data['listen']['host'] : undefined;
  const isOpen = !('access' in data) && !insecure;
  // An invalid host is reported by the schema.
  if (!isOpen || typeof host !== 'string' || !isHost(host) || isLoopback(host)) return [];
  const message =
    `${tree.show(['listen', 'host'])} is not a loopback address, and without access every machine that reaches it may ` +
    'call; add access (aam-gateway key creates a key), listen on 127.0.0.1, or start with --insecure';
  return [{ path: ['listen', 'host'], message }];
}

function findAccessGaps(access: unknown, tree: Names): Mistake[] {
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
      const same = tree.refer(['access', 'apiKeys', first, 'sha256'], path);
      mistakes.push({
        path: [...path, 'sha256'],
        message: `is the same as ${same}; every entry needs a key of its own`,
      });
    } else if (typeof sha256 === 'string' && sha256 !== '') firstIndexes.set(sha256.toLowerCase(), index);
    const seesNames = Array.isArray(permissions) && permissions.some((word) => word !== 'metrics');
    if (seesNames && !('customers' in key)) {
      const message = 'is missing; list the customers that this key may see, or write all';
      mistakes.push({ path: [...path, 'customers'], message });
    }
  }
  return mistakes;
}

function findDuplicateIds(items: readonly unknown[], path: Path, what: string, tree: Names): Mistake[] {
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
    const own = [...path, index, 'id'];
    const shown = tree.show(own).replace(/^\S+$/, (word) => (word.startsWith('"') ? word : `"${word}"`));
    const same = `${shown} is the same as ${tree.refer([...path, first, 'id'], own)}`;
    mistakes.push({ path: own, message: `${same}; every ${what} needs an ID of its own` });
  });
  return mistakes;
}

/** What discovery cannot do: ask without credentials, or leave out what the file names. */
function findDiscoveryGaps({ credentials, destinations }: Mapping, path: Path, tree: Names): Mistake[] {
  if (destinations !== 'discover' && !isMapping(destinations)) return [];
  const mistakes: Mistake[] = [];
  if (credentials === undefined) {
    const message =
      'needs credentials: destinations are discovered by asking Audience Manager; add credentials to the customer, or list its destinations';
    mistakes.push({ path, message });
  }
  if (!isMapping(destinations)) return mistakes;
  const { overrides, exclude } = destinations;
  if (!Array.isArray(overrides)) return mistakes;
  mistakes.push(...findDuplicateIds(overrides, [...path, 'overrides'], OF_A_CUSTOMER, tree));
  const excluded = new Set<unknown>(
    isMapping(exclude) && Array.isArray(exclude['ids']) ? (exclude['ids'] as unknown[]) : [],
  );
  for (const [index, override] of (overrides as unknown[]).entries()) {
    if (!isMapping(override) || !excluded.has(override['id'])) continue;
    const idPath = [...path, 'overrides', index, 'id'];
    const message = `${tree.show(idPath)} is in exclude.ids as well; remove it from one of the two`;
    mistakes.push({ path: idPath, message });
  }
  return mistakes;
}

function findMissingClient(data: Mapping, customers: readonly unknown[], tree: Names): Mistake[] {
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
  const place = tree.refer(['customers', first], path);
  const named = `${place} (ID: ${tree.show(['customers', first, 'id'])})`;
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

function findLongDelay(shutdown: unknown, tree: Names): Mistake[] {
  if (!isMapping(shutdown)) return [];
  const { delay, limit = DEFAULT_LIMIT } = shutdown;
  const [delayMs, limitMs] = [delay, limit].map((text) =>
    typeof text === 'string' ? parseDuration(text) : undefined,
  );
  // Values of a wrong form are reported by the schema.
  if (delayMs === undefined || limitMs === undefined || delayMs <= longestDelayMs(limitMs)) return [];
  const seconds = Math.ceil(shortestLimitMs(delayMs) / 1_000);
  const message =
    `${tree.show(['shutdown', 'delay'])} leaves no time to answer requests: raise shutdown.limit to at least ${seconds}s, ` +
    'and the time after which your orchestrator kills the process, or shorten the delay';
  return [{ path: ['shutdown', 'delay'], message }];
}

const OF_A_CUSTOMER = 'destination of a customer';

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
