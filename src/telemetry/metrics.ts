import { Counter, Histogram, Registry } from 'prom-client';
import { afterReload, type ConfigurationState, type ReloadOutcome } from './configuration-state.js';
import { DestinationGauges, type DestinationStats } from './destination-gauges.js';
import { Exposition, type ExpositionFormat } from './exposition.js';
import { LabelledCounter } from './labelled-counter.js';
import type { MetricsSnapshot } from './merged-metrics.js';
import { OperationLabels } from './operation-labels.js';
import { processMetrics } from './process-metrics.js';
import {
  addStateGauges,
  type Backlog,
  type PoolUse,
  type StateSources,
  type Workers,
} from './state-gauges.js';

export type { DestinationStats } from './destination-gauges.js';
export type { ExpositionFormat } from './exposition.js';
export type { Backlog, PoolUse, Workers } from './state-gauges.js';

/** A customer whose series are there from the start, and go when the customer is no longer configured. */
export interface FollowedCustomer {
  readonly id: string;
  /** The grant types by which tokens are asked for; none without API access. */
  readonly grants: readonly string[];
  /** IDs of the destinations. */
  readonly destinations: ReadonlySet<string>;
  /** Whether its destinations are discovered. Default: no. */
  readonly discovers?: boolean;
}

/** Upper bounds of the histogram buckets, in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const REFRESH_OUTCOMES = [
  'ok',
  'AAM_AUTH_FAILED',
  'AAM_FORBIDDEN',
  'AAM_NOT_FOUND',
  'AAM_RATE_LIMITED',
  'AAM_UNAVAILABLE',
  'AAM_BAD_RESPONSE',
];

/** The outcomes of calls that every customer meets sooner or later. Other statuses show when they occur. */
const UPSTREAM_OUTCOMES = [
  '200',
  '401',
  '403',
  '404',
  '429',
  '500',
  '503',
  'timeout',
  'network',
  'circuit_open',
  'rate_limited',
];

/** Endpoints that are called for every customer with API access. */
const UPSTREAM_ENDPOINTS = ['token', 'destination', 'destinations', 'mappings'];

const REJECTIONS = [
  'unauthenticated',
  'forbidden',
  'rate_limited',
  'identity_provider',
  'overloaded',
  'too_slow',
  'too_many_connections',
  'stopping',
  'too_many_pipelined',
  'query_too_complex',
  'bad_user_input',
];

/** The Prometheus metrics of one gateway, in a registry of its own. */
export class Metrics {
  readonly registry = new Registry();

  readonly requests = new LabelledCounter({
    name: 'aam_gateway_graphql_requests_total',
    help: 'GraphQL requests by operation name and outcome (ok, partial, error, rejected).',
    labelNames: ['operation', 'outcome'] as const,
    siblings: { outcome: ['ok', 'partial', 'error', 'rejected'] },
    registers: [this.registry],
  });
  readonly requestDuration = new Histogram({
    name: 'aam_gateway_graphql_request_duration_seconds',
    help: 'Time from the first byte of a GraphQL request to the end of its response, by operation name.',
    labelNames: ['operation'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });
  readonly fastPathResponses = new LabelledCounter({
    name: 'aam_gateway_quick_answers_total',
    help: 'GraphQL responses sent without executing the operation, by kind: repeated (from the response cache), segments (assembled from segment JSON).',
    labelNames: ['kind'] as const,
    siblings: { kind: ['repeated', 'segments'] },
    registers: [this.registry],
  });
  readonly messages = new LabelledCounter({
    name: 'aam_gateway_messages_total',
    help: 'Real-time messages sent to /messages/annotate, by outcome (ok, partial: names are missing because Audience Manager or the storage did not answer, rejected).',
    labelNames: ['outcome'] as const,
    siblings: { outcome: ['ok', 'partial', 'rejected'] },
    registers: [this.registry],
  });
  readonly messageDuration = new Histogram({
    name: 'aam_gateway_message_duration_seconds',
    help: 'Time from the last byte of a real-time message to its answer.',
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });
  readonly rejections = new LabelledCounter({
    name: 'aam_gateway_rejected_requests_total',
    help: 'Requests rejected before they were executed, by reason (unauthenticated, forbidden, rate_limited, overloaded, too_slow, query_too_complex, bad_user_input, …).',
    labelNames: ['reason'] as const,
    siblings: { reason: REJECTIONS },
    registers: [this.registry],
  });
  readonly lookups = new LabelledCounter({
    name: 'aam_gateway_lookups_total',
    help: 'Segment IDs looked up, by outcome: fresh, stale, unknown (no such segment), ambiguous (several segments), failed (no snapshot).',
    labelNames: ['outcome'] as const,
    siblings: { outcome: ['fresh', 'stale', 'unknown', 'ambiguous', 'failed'] },
    registers: [this.registry],
  });
  readonly autoLookups = new LabelledCounter({
    name: 'aam_gateway_auto_lookups_total',
    help: 'Segment IDs looked up without a stated kind, by destination and by what they turned out to be: a kind of identifier, ambiguous or unknown.',
    labelNames: ['customer', 'destination', 'id_type'] as const,
    registers: [this.registry],
  });
  readonly upstreamRequests = new LabelledCounter({
    name: 'aam_gateway_upstream_requests_total',
    help: 'HTTP attempts at Audience Manager by customer, endpoint and outcome (a status, timeout, network, circuit_open and rate_limited: not made because of earlier ones, aborted, too_large, listing_too_large, undecodable).',
    labelNames: ['customer', 'endpoint', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly upstreamDuration = new Histogram({
    name: 'aam_gateway_upstream_request_duration_seconds',
    help: 'Duration of HTTP attempts at Audience Manager, by endpoint.',
    labelNames: ['endpoint'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });
  readonly upstreamPauses = new LabelledCounter({
    name: 'aam_gateway_upstream_pauses_total',
    help: 'Times that all calls to a host of Audience Manager were paused or slowed down, by reason: rate_limited (it answered 429), circuit (it did not answer).',
    labelNames: ['reason'] as const,
    siblings: { reason: ['rate_limited', 'circuit'] },
    registers: [this.registry],
  });
  readonly tokenGrants = new LabelledCounter({
    name: 'aam_gateway_token_grants_total',
    help: 'Token requests by customer, grant type and outcome (granted, rejected, failed).',
    labelNames: ['customer', 'grant', 'outcome'] as const,
    siblings: { outcome: ['granted', 'rejected', 'failed'] },
    registers: [this.registry],
  });
  readonly refreshes = new LabelledCounter({
    name: 'aam_gateway_refreshes_total',
    help: 'Listings of a destination, by customer, by what started them (cold, stale, new_id, schedule, request) and by outcome (ok or an error code).',
    labelNames: ['customer', 'reason', 'outcome'] as const,
    siblings: {
      reason: ['cold', 'stale', 'new_id', 'schedule', 'request'],
      outcome: REFRESH_OUTCOMES,
    },
    registers: [this.registry],
  });
  readonly discoveries = new LabelledCounter({
    name: 'aam_gateway_discoveries_total',
    help: 'Listings of the destinations of a customer, by customer and outcome (ok, doubted: empty after one that was not, or an error code).',
    labelNames: ['customer', 'outcome'] as const,
    siblings: { outcome: [...REFRESH_OUTCOMES, 'doubted'] },
    registers: [this.registry],
  });
  readonly reloads = new LabelledCounter({
    name: 'aam_gateway_config_reloads_total',
    help: 'Attempts to read the configuration again, by outcome: applied, refused (it has mistakes), failed (it cannot be read).',
    labelNames: ['outcome'] as const,
    // Each process of a gateway counts the same ones, from those on that were before its start.
    aggregator: 'max',
    siblings: { outcome: ['applied', 'refused', 'failed'] },
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
  readonly historyRemoved = new Counter({
    name: 'aam_gateway_history_removed_total',
    help: 'Entries of the history that were removed because they are older than storage.keepHistory.',
    registers: [this.registry],
  });

  /** The labels for the names of operations. */
  readonly operations = new OperationLabels();

  readonly #destinations: DestinationGauges;
  readonly #exposition = new Exposition(this.registry);
  readonly #sources: StateSources = {
    ready: () => false,
    storageUp: () => null,
    backlog: () => ({ listings: 0, bytes: 0 }),
    upstreamWaiting: () => ({}),
    pool: () => null,
    searchMemory: () => null,
    workers: () => ({}),
    clockOffset: () => null,
    certificateExpiry: () => null,
    discovered: () => new Map(),
  };
  #configuration: ConfigurationState | null = null;

  constructor() {
    for (const metric of processMetrics()) this.registry.registerMetric(metric);
    this.#destinations = new DestinationGauges(this.registry);
    addStateGauges(this.registry, this.#sources, () => this.#configuration);
    for (const counter of [
      this.fastPathResponses,
      this.messages,
      this.rejections,
      this.lookups,
      this.upstreamPauses,
    ]) {
      counter.bear({});
    }
    this.reloads.bear({});
  }

  /** All metrics as data, to be put together with those of other processes: see `MergedMetrics`. */
  async snapshot(): Promise<MetricsSnapshot> {
    return await this.registry.getMetricsAsJSON();
  }

  /** All metrics as text. */
  async write(format: ExpositionFormat): Promise<string> {
    return await this.#exposition.write(format);
  }

  /**
   * Has the series of these customers there from the start, and removes those of all others. Call it whenever the
   * configured customers or destinations have changed.
   */
  follow(customers: Iterable<FollowedCustomer>): void {
    const followed = new Map([...customers].map((customer) => [customer.id, customer]));
    const isFollowed = ({ customer }: { readonly customer?: string }): boolean =>
      customer === undefined || customer === '' || followed.has(customer);
    for (const counter of [this.refreshes, this.tokenGrants, this.upstreamRequests, this.discoveries]) {
      counter.retain(isFollowed);
    }
    this.autoLookups.retain(
      ({ customer = '', destination = '' }) => followed.get(customer)?.destinations.has(destination) === true,
    );
    for (const { id: customer, grants, discovers = false } of followed.values()) {
      if (discovers) this.discoveries.bear({ customer });
      if (grants.length === 0) continue;
      this.refreshes.bear({ customer });
      for (const grant of grants) this.tokenGrants.bear({ customer, grant });
      for (const endpoint of UPSTREAM_ENDPOINTS) {
        this.upstreamRequests.bear(...UPSTREAM_OUTCOMES.map((outcome) => ({ customer, endpoint, outcome })));
      }
    }
  }

  /** Notes what became of the configuration before the start of this process. Called once. */
  configured(state: ConfigurationState): void {
    this.#configuration = state;
    for (const [outcome, count] of Object.entries(state.reloads)) this.reloads.inc({ outcome }, count);
  }

  /** Counts an attempt to read the configuration again. @param now milliseconds since the epoch */
  reloaded(outcome: ReloadOutcome, now: number): void {
    this.reloads.inc({ outcome });
    if (this.#configuration !== null) this.#configuration = afterReload(this.#configuration, outcome, now);
  }

  /** Has the gauges of destinations taken from `read` whenever the metrics are asked for. */
  observeDestinations(read: () => Iterable<DestinationStats>): void {
    this.#destinations.observe(read);
  }

  /** Has `ready` taken from what `/readyz` says. */
  observeReadiness(read: () => boolean): void {
    this.#sources.ready = read;
  }

  /** Has `storage_up` taken from what was found when the storage was last asked. `null`: nothing yet. */
  observeStorage(read: () => boolean | null): void {
    this.#sources.storageUp = read;
  }

  /** Has the gauges of listings that wait to be stored taken from `read`. */
  observeBacklog(read: () => Backlog): void {
    this.#sources.backlog = read;
  }

  /** Has the gauge of calls that wait for their turn taken from `read`, by priority. */
  observeUpstreamQueue(read: () => Readonly<Record<string, number>>): void {
    this.#sources.upstreamWaiting = read;
  }

  /** Has the gauge of the storage's connections taken from `read`. */
  observePool(read: () => PoolUse | null): void {
    this.#sources.pool = read;
  }

  /** Has the gauge of what searches keep in memory taken from `read`, in bytes. */
  observeSearchMemory(read: () => number | null): void {
    this.#sources.searchMemory = read;
  }

  /** Has the gauge of helper threads taken from `read`. */
  observeWorkers(read: () => Workers): void {
    this.#sources.workers = read;
  }

  /** Has the gauge of the clocks' difference taken from `read`, in seconds. */
  observeClockOffset(read: () => number | null): void {
    this.#sources.clockOffset = read;
  }

  /** Has the gauge of the TLS certificate taken from `read`, in milliseconds since the epoch. */
  observeCertificate(read: () => number | null): void {
    this.#sources.certificateExpiry = read;
  }

  /** Has the gauge of discovered destinations taken from `read`, by customer. */
  observeDiscovered(read: () => ReadonlyMap<string, number>): void {
    this.#sources.discovered = read;
  }
}
