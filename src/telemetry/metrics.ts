import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
  type CounterConfiguration,
} from 'prom-client';
import { OperationLabels } from './operation-labels.js';

/** The values of the snapshot gauges for one destination. */
export interface SnapshotStats {
  readonly customer: string;
  readonly destination: string;
  /** Time since the last complete listing; `null` before the first one. */
  readonly ageSeconds: number | null;
  /** `null`: no snapshot in memory. */
  readonly segments: number | null;
  /** `null`: no snapshot in memory. */
  readonly bytes: number | null;
}

/** Upper bounds of the histogram buckets, in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Labels<Label extends string> = Partial<Record<Label, string>>;

/**
 * A counter for events of most requests. prom-client validates all labels with each increment, so increments
 * are summed up here and passed on when the counter is collected.
 */
class BufferedCounter<Label extends string> extends Counter<Label> {
  readonly #buffered = new Map<string, { readonly labels: Labels<Label>; value: number }>();

  constructor(config: CounterConfiguration<Label>) {
    super({
      ...config,
      collect: () => {
        for (const { labels, value } of this.#buffered.values()) increment(labels, value);
        this.#buffered.clear();
      },
    });
    const increment = this.inc.bind(this) as (labels: Labels<Label>, value: number) => void;
    const names = config.labelNames ?? [];
    const buffer = (labels: Labels<Label>, value = 1): void => {
      let key = '';
      for (const name of names) key += `${labels[name] ?? ''}\n`;
      const buffered = this.#buffered.get(key);
      if (buffered === undefined) this.#buffered.set(key, { labels, value });
      else buffered.value += value;
    };
    this.inc = buffer as Counter<Label>['inc'];
  }
}

/** The Prometheus metrics of one gateway, in a registry of its own. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new BufferedCounter({
    name: 'aam_gateway_graphql_requests_total',
    help: 'GraphQL requests by operation name and outcome (ok, partial, error, rejected).',
    labelNames: ['operation', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly requestDuration = new Histogram({
    name: 'aam_gateway_graphql_request_duration_seconds',
    help: 'Time from the first byte of a GraphQL request to the end of its response, by operation name.',
    labelNames: ['operation'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });
  readonly fastPathResponses = new BufferedCounter({
    name: 'aam_gateway_quick_answers_total',
    help: 'GraphQL responses sent without executing the operation, by kind: repeated (from the response cache), segments (assembled from segment JSON).',
    labelNames: ['kind'] as const,
    registers: [this.registry],
  });
  readonly rejections = new Counter({
    name: 'aam_gateway_rejected_requests_total',
    help: 'Requests rejected before they were executed, by reason (unauthenticated, forbidden, rate_limited, overloaded, too_slow, query_too_complex, bad_user_input, …).',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  readonly lookups = new BufferedCounter({
    name: 'aam_gateway_lookups_total',
    help: 'Segment IDs looked up, by outcome: fresh, stale, unknown (no such segment), ambiguous (several segments), failed (no snapshot).',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly autoLookups = new BufferedCounter({
    name: 'aam_gateway_auto_lookups_total',
    help: 'Segment IDs looked up without a stated kind, by destination and by what they turned out to be: a kind of identifier, ambiguous or unknown.',
    labelNames: ['customer', 'destination', 'id_type'] as const,
    registers: [this.registry],
  });
  readonly upstreamRequests = new Counter({
    name: 'aam_gateway_upstream_requests_total',
    help: 'HTTP attempts at Audience Manager by endpoint and outcome (a status, timeout, network, circuit_open, aborted, too_large, listing_too_large, undecodable).',
    labelNames: ['endpoint', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly upstreamDuration = new Histogram({
    name: 'aam_gateway_upstream_request_duration_seconds',
    help: 'Duration of HTTP attempts at Audience Manager, by endpoint.',
    labelNames: ['endpoint'] as const,
    buckets: DURATION_BUCKETS,
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
  readonly skippedMappings = new Counter({
    name: 'aam_gateway_skipped_rows_total',
    help: 'Mappings in Audience Manager listings that were malformed and skipped.',
    registers: [this.registry],
  });
  readonly storageErrors = new Counter({
    name: 'aam_gateway_storage_errors_total',
    help: 'Failed calls to the storage. Lookups are answered from memory and Audience Manager while it is unavailable.',
    registers: [this.registry],
  });
  readonly evictions = new Counter({
    name: 'aam_gateway_snapshot_evictions_total',
    help: 'Snapshots evicted from memory because cache.maxMemory was reached.',
    registers: [this.registry],
  });

  /** The labels for the names of operations. */
  readonly operations = new OperationLabels();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Adds the snapshot gauges. Their values are taken from `read` whenever the metrics are collected. */
  observeSnapshots(read: () => Iterable<SnapshotStats>): void {
    const labelNames = ['customer', 'destination'] as const;
    const gauge = (name: string, help: string, value: (stats: SnapshotStats) => number | null): void => {
      const metric: Gauge<'customer' | 'destination'> = new Gauge({
        name,
        help,
        labelNames,
        registers: [this.registry],
        collect: () => {
          metric.reset();
          for (const stats of read()) {
            const { customer, destination } = stats;
            const current = value(stats);
            if (current !== null) metric.set({ customer, destination }, current);
          }
        },
      });
    };
    gauge(
      'aam_gateway_snapshot_age_seconds',
      'Time since the last complete listing of the destination, whether its snapshot is in memory or not.',
      (stats) => stats.ageSeconds,
    );
    gauge(
      'aam_gateway_snapshot_segments',
      'Segments in the snapshot held in memory.',
      (stats) => stats.segments,
    );
    gauge(
      'aam_gateway_snapshot_bytes',
      'Estimated size of the snapshot held in memory.',
      (stats) => stats.bytes,
    );
  }
}
