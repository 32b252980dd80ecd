import { AggregatorRegistry, type MetricObject } from 'prom-client';
import { Exposition, type ExpositionFormat } from './exposition.js';

/** All metrics of a process, as prom-client's `getMetricsAsJSON` gives them. */
export type MetricsSnapshot = readonly MetricObject[];

/** Types of metrics that count from the start of a process on. */
const COUNTING = new Set(['counter', 'histogram']);

/**
 * The metrics of a gateway that is several processes: sums of what is counted, and for each gauge what its `aggregator`
 * says. What processes have counted that have ended stays in the sums. Without it, Prometheus would see all counters
 * fall, and take what is left for new events.
 */
export class MergedMetrics {
  #ended: MetricsSnapshot = [];

  /** Keeps the last metrics of a process that has ended. */
  keep(last: MetricsSnapshot): void {
    this.#ended = merged([this.#ended, last.filter(({ type }) => COUNTING.has(String(type)))]);
  }

  /** @param live of the processes that run, in the order in which the first one counts */
  async write(live: readonly MetricsSnapshot[], format: ExpositionFormat): Promise<string> {
    const registry = AggregatorRegistry.aggregate([...live, this.#ended].map((metrics) => [...metrics]));
    return await new Exposition(registry).write(format);
  }
}

function merged(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const registry = AggregatorRegistry.aggregate(snapshots.map((metrics) => [...metrics]));
  return registry.getMetricsAsArray();
}
