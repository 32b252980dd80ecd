import { Registry, collectDefaultMetrics, type Aggregator } from 'prom-client';

type Metrics = Parameters<Registry['registerMetric']>[0][];

/** Gauges of prom-client that are sums of others, with names that Prometheus keeps for counters. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What several processes say together, where prom-client leaves it out, or takes a mean that hides the worst. */
const AGGREGATORS: Readonly<Record<string, Aggregator>> = {
  process_start_time_seconds: 'max',
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
};

let measured: Metrics | null = null;

/**
 * What prom-client measures of the process, the same for every registry: it never stops measuring, so a set for each
 * gateway would go on after the gateway was stopped, and keep it in memory.
 */
export function processMetrics(): Metrics {
  if (measured === null) {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
    measured = registry.getMetricsAsArray() as unknown as Metrics;
    for (const metric of measured) {
      const aggregator = AGGREGATORS[(metric as unknown as { name: string }).name];
      if (aggregator !== undefined) Object.assign(metric, { aggregator });
    }
  }
  return measured;
}
