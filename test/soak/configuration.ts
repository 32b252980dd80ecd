import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configTextFor, type TestCustomer } from '../support/gateway.js';
import type { GatewayProcess } from './gateway-process.js';
import type { SoakStorage } from './storages.js';
import { OPTIONAL_DESTINATION, PAGE_SIZE, type Upstream } from './upstream.js';

/** How long names count as fresh. */
export const TTL_MS = 600;

/** Who asks: one who may see everything, and one who may only read the names of acme. */
export const CALLERS = [
  {
    name: 'operator',
    key: 'key-of-the-operator',
    customers: 'all',
    permissions: ['read', 'refresh', 'import'],
  },
  { name: 'acme', key: 'key-of-acme', customers: ['acme'], permissions: ['read'] },
] as const;

export type Caller = (typeof CALLERS)[number];

/** Whether a caller may see a customer. */
export function maySee({ customers }: Caller, customer: string): boolean {
  return customers === 'all' || customers.some((each) => each === customer);
}

/** The configuration file of all gateways of a run, which changes while they run. */
export class Configuration {
  readonly file: string;
  readonly #upstream: Upstream;
  readonly #storage: SoakStorage;
  #isOptionalIn = true;
  /** When the optional destination began to be absent, and until when it may be. */
  #absent = { from: Infinity, until: -Infinity };

  constructor(folder: string, upstream: Upstream, storage: SoakStorage) {
    this.file = join(folder, 'gateway.yaml');
    this.#upstream = upstream;
    this.#storage = storage;
  }

  get isOptionalIn(): boolean {
    return this.#isOptionalIn;
  }

  /** Whether a destination may have been unknown to a gateway at some time between these. */
  mayBeAbsent(customer: string, destination: number, from: number, to: number): boolean {
    if (customer !== 'globex' || destination !== OPTIONAL_DESTINATION) return false;
    return to >= this.#absent.from && from <= this.#absent.until;
  }

  async write(): Promise<void> {
    await writeFile(this.file, this.#text());
  }

  /** Adds the optional destination or takes it away, and lets all gateways read that. */
  async toggle(gateways: readonly GatewayProcess[]): Promise<void> {
    this.#isOptionalIn = !this.#isOptionalIn;
    if (!this.#isOptionalIn) this.#absent = { from: Date.now(), until: Infinity };
    await this.write();
    await hangUp(gateways, ({ reloads }) => reloads);
    if (this.#isOptionalIn) this.#absent.until = Date.now();
  }

  /** Lets all gateways read a file with mistakes, which changes nothing. */
  async spoil(gateways: readonly GatewayProcess[]): Promise<void> {
    await writeFile(this.file, 'customers: [{ id: acme, destinations: [{ id: } ] }]');
    await hangUp(gateways, ({ refusals }) => refusals);
    await this.write();
  }

  #text(): string {
    const { simulator, customers, destinations } = this.#upstream;
    const configured = [...customers.map(({ key }) => key), 'initech'].map((id): TestCustomer => ({
      id,
      ...(id === 'initech' && { credentials: null }),
      destinations: destinations
        .filter((each) => each.customer === id && (this.#isOptionalIn || each.id !== OPTIONAL_DESTINATION))
        .map((each) => ({ id: each.id, segmentIdType: each.idType })),
    }));
    return configTextFor(simulator, customers, configured, {
      access: {
        apiKeys: CALLERS.map(({ name, key, customers: visible, permissions }) => ({
          name,
          sha256: createHash('sha256').update(key).digest('hex'),
          customers: visible,
          permissions,
        })),
      },
      limits: { requestsPerMinute: 0, eventLoopDelay: 0, requestTimeout: '12s' },
      audienceManager: { pageSize: PAGE_SIZE, requestTimeout: '350ms', retries: 2 },
      freshness: {
        ttl: `${TTL_MS}ms`,
        refreshEvery: '500ms',
        newIdInterval: '200ms',
        lookupTimeout: '400ms',
        coldTimeout: '4s',
      },
      storage: this.#storage.config,
    });
  }
}

/** Lets gateways read the file again, and waits until each has counted that. One that is killed meanwhile is left out. */
async function hangUp(
  gateways: readonly GatewayProcess[],
  countOf: (gateway: GatewayProcess) => number,
): Promise<void> {
  const counted = gateways.map(async (gateway) => {
    const before = countOf(gateway);
    gateway.kill('SIGHUP');
    await gateway.until(() => countOf(gateway) > before);
  });
  await Promise.all(counted);
}
