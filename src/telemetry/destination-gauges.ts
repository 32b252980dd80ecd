import type { Aggregator, Registry } from 'prom-client';
import type { Labels } from './labelled-counter.js';
import { ReadGauge, type Reading } from './read-gauge.js';

/** All states that a destination can be in, see `SyncStatus`. */
export const DESTINATION_STATUSES = ['NEVER', 'FRESH', 'STALE', 'FAILING', 'MANUAL'] as const;

/** What the gauges say of one destination. */
export interface DestinationStats {
  readonly customer: string;
  readonly destination: string;
  readonly status: (typeof DESTINATION_STATUSES)[number];
  /** Time of the last complete listing, in milliseconds since the epoch; `null` before the first one. */
  readonly lastSuccessAt: number | null;
  /** Time since the last complete listing; `null` before the first one. */
  readonly ageSeconds: number | null;
  /** `null`: no snapshot in memory. */
  readonly segments: number | null;
  /** `null`: no snapshot in memory. */
  readonly bytes: number | null;
}

type DestinationLabel = 'customer' | 'destination';
type StatusLabel = DestinationLabel | 'status';

/** A destination with its labels, which stay the same objects from scrape to scrape. */
interface Known {
  stats: DestinationStats;
  readonly labels: Labels<DestinationLabel>;
  readonly statusLabels: readonly Labels<StatusLabel>[];
}

/** The gauges that have values for each destination. All of one scrape are of the same moment. */
export class DestinationGauges {
  #read: () => Iterable<DestinationStats> = () => [];
  #known: ReadonlyMap<string, Known> = new Map();
  /** Whether `#known` is of this moment: all gauges of a scrape are read without a wait in between. */
  #isCurrent = false;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['customer', 'destination'] as const;
    const gauge = (
      name: string,
      help: string,
      aggregator: Aggregator,
      value: (stats: DestinationStats) => number | null,
    ): void => {
      new ReadGauge({ name, help, labelNames, registers, aggregator, read: () => this.#values(value) });
    };
    new ReadGauge({
      name: 'aam_gateway_destination_status',
      help: 'How current each destination is: 1 for the status that it has (FRESH, STALE, FAILING, NEVER: not read yet, MANUAL: no API access), 0 for the others.',
      labelNames: [...labelNames, 'status'] as const,
      registers,
      // Each destination has one status, also while the processes of a gateway do not agree.
      aggregator: 'first',
      read: () => this.#statuses(),
    });
    gauge(
      'aam_gateway_destination_last_success_timestamp_seconds',
      'When each destination was last read completely, as Unix time; 0 if it has API access and was never read.',
      'max',
      ({ status, lastSuccessAt }) =>
        lastSuccessAt === null ? (status === 'MANUAL' ? null : 0) : lastSuccessAt / 1000,
    );
    gauge(
      'aam_gateway_snapshot_age_seconds',
      'Time since the last complete listing of the destination, whether its snapshot is in memory or not.',
      'min',
      (stats) => stats.ageSeconds,
    );
    gauge(
      'aam_gateway_snapshot_segments',
      'Segments in the snapshot held in memory.',
      'max',
      (stats) => stats.segments,
    );
    gauge(
      'aam_gateway_snapshot_bytes',
      'Estimated size of the snapshot held in memory.',
      'sum',
      (stats) => stats.bytes,
    );
  }

  /** Has the values taken from `read` whenever they are asked for. */
  observe(read: () => Iterable<DestinationStats>): void {
    this.#read = read;
    this.#isCurrent = false;
  }

  *#values(value: (stats: DestinationStats) => number | null): Iterable<Reading<DestinationLabel>> {
    for (const { labels, stats } of this.#current()) {
      const current = value(stats);
      if (current !== null) yield { labels, value: current };
    }
  }

  *#statuses(): Iterable<Reading<StatusLabel>> {
    for (const { statusLabels, stats } of this.#current()) {
      for (const labels of statusLabels) yield { labels, value: labels.status === stats.status ? 1 : 0 };
    }
  }

  #current(): Iterable<Known> {
    if (this.#isCurrent) return this.#known.values();
    const before = this.#known;
    const known = new Map<string, Known>();
    for (const stats of this.#read()) {
      const key = `${stats.customer}\n${stats.destination}`;
      const entry = before.get(key) ?? labelled(stats);
      entry.stats = stats;
      known.set(key, entry);
    }
    this.#known = known;
    this.#isCurrent = true;
    queueMicrotask(() => {
      this.#isCurrent = false;
    });
    return known.values();
  }
}

function labelled(stats: DestinationStats): Known {
  const { customer, destination } = stats;
  const labels = { customer, destination };
  return { stats, labels, statusLabels: DESTINATION_STATUSES.map((status) => ({ ...labels, status })) };
}
