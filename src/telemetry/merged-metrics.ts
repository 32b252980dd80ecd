import { AggregatorRegistry, type MetricObject } from 'prom-client';
import { Turns } from '../base/turns.js';
import { Exposition, type ExpositionFormat } from './exposition.js';

/** All metrics of a process, as prom-client's `getMetricsAsJSON` gives them. */
export type MetricsSnapshot = readonly MetricObject[];

/** How long one turn of adding up may take, in milliseconds; a metric with very many series takes longer. */
const MERGING_TURN_MS = 5;

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

  /**
   * Adds up in turns, one metric after the other, because connections wait for the process that does it.
   *
   * @param live of the processes that run, in the order in which the first one counts
   */
  async write(live: readonly MetricsSnapshot[], format: ExpositionFormat): Promise<string> {
    const turns = new Turns(undefined, MERGING_TURN_MS, 1);
    const all: MetricObject[] = [];
    for (const same of byName([...live, this.#ended])) {
      all.push(...merged(same.map((metric) => [metric])));
      if (turns.isOver) await turns.next();
    }
    return await new Exposition({ getMetricsAsArray: () => all }).write(format);
  }
}

/** All metrics of a name, in the order of the processes. */
function byName(snapshots: readonly MetricsSnapshot[]): Iterable<readonly MetricObject[]> {
  const groups = new Map<string, MetricObject[]>();
  for (const metric of snapshots.flat()) {
    const group = groups.get(metric.name);
    if (group === undefined) groups.set(metric.name, [metric]);
    else group.push(metric);
  }
  return groups.values();
}

function merged(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const registry = AggregatorRegistry.aggregate(snapshots.map((metrics) => [...metrics]));
  return registry.getMetricsAsArray();
}
