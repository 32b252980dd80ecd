import type { Aggregator, Registry } from 'prom-client';
import { programVersion } from '../base/program-files.js';
import type { ConfigurationState } from './configuration-state.js';
import { ReadGauge, type Reading } from './read-gauge.js';

/** Listings that are served, and wait to be stored. */
export interface Backlog {
  readonly listings: number;
  /** Estimated size in memory. */
  readonly bytes: number;
}

/** The connections to a database server. */
export interface PoolUse {
  /** Lent to a call, or being made for one. */
  readonly used: number;
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** Whether helper threads run. */
export type Workers = Readonly<Partial<Record<'sqlite' | 'background' | 'search', boolean>>>;

/** Where the gauges of the parts take their values from. A part that is missing has no values. */
export interface StateSources {
  /** Whether the gateway takes requests. */
  ready: () => boolean;
  /** Whether the storage answered when it was last asked. */
  storageUp: () => boolean | null;
  backlog: () => Backlog;
  /** Calls to Audience Manager that wait for their turn, by priority. */
  upstreamWaiting: () => Readonly<Record<string, number>>;
  /** `null`: the storage has no pool. */
  pool: () => PoolUse | null;
  /** Size of what searches keep in memory, in bytes; `null`: they keep nothing there. */
  searchMemory: () => number | null;
  workers: () => Workers;
  /** How far the time of the database is ahead of this machine's, in seconds; `null`: not known. */
  clockOffset: () => number | null;
  /** When the TLS certificate of the listener expires, in milliseconds since the epoch; `null`: there is none. */
  certificateExpiry: () => number | null;
  /** Destinations that discovery has found, by customer. */
  discovered: () => ReadonlyMap<string, number>;
}

/** Adds the gauges of the parts. They are read whenever the metrics are asked for, and wait for nothing. */
export function addStateGauges(
  registry: Registry,
  sources: StateSources,
  configuration: () => ConfigurationState | null,
): void {
  const registers = [registry];
  const single = (
    name: string,
    help: string,
    aggregator: Aggregator,
    read: () => number | boolean | null | undefined,
  ): void => {
    const values = (): Iterable<Reading<never>> => {
      const value = read();
      return value === null || value === undefined ? [] : [{ labels: {}, value: Number(value) }];
    };
    new ReadGauge<never>({ name, help, labelNames: [], registers, aggregator, read: values });
  };
  const labelled = (
    name: string,
    help: string,
    label: string,
    aggregator: Aggregator,
    read: () => Iterable<readonly [string, number | boolean]>,
  ): void => {
    const values = function* (): Iterable<Reading<string>> {
      for (const [text, value] of read()) {
        yield { labels: { [label]: text }, value: Number(value) };
      }
    };
    new ReadGauge({ name, help, labelNames: [label], registers, aggregator, read: values });
  };

  const build = { version: programVersion, node: process.versions.node };
  new ReadGauge({
    name: 'aam_gateway_build_info',
    help: 'Always 1. The labels say which version of the gateway and of Node.js runs.',
    labelNames: ['version', 'node'] as const,
    registers,
    aggregator: 'first',
    read: () => [{ labels: build, value: 1 }],
  });
  single(
    'aam_gateway_ready',
    'Whether the gateway takes requests: 1, or 0 while it starts, is overloaded or stops.',
    'max',
    () => sources.ready(),
  );
  single(
    'aam_gateway_config_last_reload_timestamp_seconds',
    'When the configuration that is in force was read, as Unix time: at the start or at the last reload that was applied.',
    'max',
    () => inSeconds(configuration()?.readAt),
  );
  single(
    'aam_gateway_config_last_reload_successful',
    'Whether the last reload of the configuration was applied: 1 or 0; 1 before the first one.',
    'min',
    () => configuration()?.isLatest,
  );
  single(
    'aam_gateway_storage_up',
    'Whether the database answered, and could be written, when it was last asked: 1 or 0.',
    'min',
    () => sources.storageUp(),
  );
  labelled(
    'aam_gateway_storage_pool_connections',
    'Connections to PostgreSQL by state: used, idle, and waiting (calls that wait for a connection).',
    'state',
    'sum',
    () => Object.entries(sources.pool() ?? {}),
  );
  single('aam_gateway_search_memory_bytes', 'Size of the texts that searches keep in memory.', 'sum', () =>
    sources.searchMemory(),
  );
  single(
    'aam_gateway_unstored_listings',
    'Listings that are served already and wait to be stored.',
    'sum',
    () => sources.backlog().listings,
  );
  single(
    'aam_gateway_unstored_bytes',
    'Estimated size of the listings that wait to be stored.',
    'sum',
    () => sources.backlog().bytes,
  );
  labelled(
    'aam_gateway_upstream_waiting',
    'Calls to Audience Manager that wait for their turn, by priority: lookup, search, scheduled.',
    'priority',
    'sum',
    () => Object.entries(sources.upstreamWaiting()),
  );
  labelled(
    'aam_gateway_worker_up',
    'Whether a helper thread is fit for work: 1, or 0 after it has ended unexpectedly. By worker: sqlite, background, search.',
    'worker',
    'min',
    () => Object.entries(sources.workers()),
  );
  single(
    'aam_gateway_clock_offset_seconds',
    "How far the database's clock is ahead of this machine's.",
    'first',
    () => sources.clockOffset(),
  );
  single(
    'aam_gateway_certificate_expiry_timestamp_seconds',
    'When the TLS certificate that the gateway listens with expires, as Unix time.',
    'min',
    () => inSeconds(sources.certificateExpiry()),
  );
  labelled(
    'aam_gateway_discovered_destinations',
    'Destinations that discovery has found and that the configuration does not exclude, by customer.',
    'customer',
    'max',
    () => sources.discovered(),
  );
}

function inSeconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1000;
}
