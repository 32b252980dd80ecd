import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
  type CounterConfiguration,
} from 'prom-client';

/** How the lookup of one ID ended. */
export type LookupOutcome = 'fresh' | 'stale' | 'unknown' | 'failed';

/** What a snapshot gauge is read from when somebody scrapes. */
export interface SnapshotStats {
  readonly customer: string;
  readonly destination: string;
  /** `null`: never read. */
  readonly ageSeconds: number | null;
  /** `null`: not in memory now. */
  readonly segments: number | null;
  readonly bytes: number | null;
}

/** Operation names come from clients: past this many, further ones are counted together as `(other)`. */
const MAX_OPERATION_LABELS = 200;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Labels<Label extends string> = Partial<Record<Label, string>>;

/**
 * A counter that most requests count up: prom-client looks at all labels each time, so it is told of what was counted
 * under the same ones at once, when somebody reads it.
 */
class BusyCounter<Label extends string> extends Counter<Label> {
  readonly #counted = new Map<string, { readonly labels: Labels<Label>; value: number }>();

  constructor(config: CounterConfiguration<Label>) {
    super({
      ...config,
      collect: () => {
        for (const { labels, value } of this.#counted.values()) add(labels, value);
        this.#counted.clear();
      },
    });
    const add = this.inc.bind(this) as (labels: Labels<Label>, value: number) => void;
    const names = config.labelNames ?? [];
    const count = (labels: Labels<Label>, value = 1): void => {
      let key = '';
      for (const name of names) key += `${labels[name] ?? ''}\n`;
      const counted = this.#counted.get(key);
      if (counted === undefined) this.#counted.set(key, { labels, value });
      else counted.value += value;
    };
    this.inc = count as Counter<Label>['inc'];
  }
}

/** The gateway's Prometheus metrics, in a registry of their own. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new BusyCounter({
    name: 'aam_gateway_graphql_requests_total',
    help: 'GraphQL requests by operation name and outcome (ok, partial, error, rejected).',
    labelNames: ['operation', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly requestDuration = new Histogram({
    name: 'aam_gateway_graphql_request_duration_seconds',
    help: 'Time from the first byte of a GraphQL request to the end of its answer, by operation name.',
    labelNames: ['operation'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly quickAnswers = new BusyCounter({
    name: 'aam_gateway_quick_answers_total',
    help: 'GraphQL answers given without executing the operation, by kind: repeated (kept from the last time), segments (looked up directly).',
    labelNames: ['kind'] as const,
    registers: [this.registry],
  });
  readonly rejections = new Counter({
    name: 'aam_gateway_rejected_requests_total',
    help: 'Requests turned away before they were executed, by reason (unauthenticated, forbidden, rate_limited, overloaded, too_slow, query_too_complex).',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  readonly lookups = new BusyCounter({
    name: 'aam_gateway_lookups_total',
    help: 'Segment IDs looked up, by outcome: fresh, stale, unknown (no such segment), failed (no snapshot).',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly upstreamRequests = new Counter({
    name: 'aam_gateway_upstream_requests_total',
    help: 'HTTP attempts at Audience Manager by endpoint and outcome (a status, timeout, network, circuit_open, too_large).',
    labelNames: ['endpoint', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly upstreamDuration = new Histogram({
    name: 'aam_gateway_upstream_request_duration_seconds',
    help: 'Duration of HTTP attempts at Audience Manager, by endpoint.',
    labelNames: ['endpoint'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly tokenGrants = new Counter({
    name: 'aam_gateway_token_grants_total',
    help: 'Token requests by grant type and outcome (granted, rejected, failed).',
    labelNames: ['grant', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly refreshes = new Counter({
    name: 'aam_gateway_refreshes_total',
    help: 'Listings of a destination, by what started them (cold, stale, new_id, schedule, request) and outcome (ok or an error code).',
    labelNames: ['reason', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly skippedRows = new Counter({
    name: 'aam_gateway_skipped_rows_total',
    help: 'Rows of Audience Manager listings that could not be read and were skipped.',
    registers: [this.registry],
  });
  readonly storageErrors = new Counter({
    name: 'aam_gateway_storage_errors_total',
    help: 'Calls to the storage that failed; while it does not answer, lookups go on without it.',
    registers: [this.registry],
  });
  readonly evictions = new Counter({
    name: 'aam_gateway_snapshot_evictions_total',
    help: 'Snapshots dropped from memory because cache.maxMemory was reached.',
    registers: [this.registry],
  });

  readonly #operations = new Set<string>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** ReadSet the snapshot gauges from `read` at every scrape. */
  observeSnapshots(read: () => Iterable<SnapshotStats>): void {
    const labelNames = ['customer', 'destination'] as const;
    const gauge = (name: string, help: string, value: (reading: SnapshotStats) => number | null): void => {
      const metric: Gauge<'customer' | 'destination'> = new Gauge({
        name,
        help,
        labelNames,
        registers: [this.registry],
        collect: () => {
          metric.reset();
          for (const reading of read()) {
            const { customer, destination } = reading;
            const current = value(reading);
            if (current !== null) metric.set({ customer, destination }, current);
          }
        },
      });
    };
    gauge(
      'aam_gateway_snapshot_age_seconds',
      'Time since the destination was last read completely, whether in memory or not.',
      (r) => r.ageSeconds,
    );
    gauge('aam_gateway_snapshot_segments', 'Segments in the snapshot held in memory.', (r) => r.segments);
    gauge('aam_gateway_snapshot_bytes', 'Estimated memory of the snapshot held in memory.', (r) => r.bytes);
  }

  /** The label under which an operation is counted: its name, bounded in how many there are. */
  operationLabel(name: string | null | undefined): string {
    if (name === null || name === undefined || name === '') return '(anonymous)';
    if (this.#operations.has(name)) return name;
    if (this.#operations.size >= MAX_OPERATION_LABELS || name.length > 100) return '(other)';
    this.#operations.add(name);
    return name;
  }
}
