import { Registry, collectDefaultMetrics } from 'prom-client';

type Metrics = Parameters<Registry['registerMetric']>[0][];

/** Gauges of prom-client that are sums of others, with names that Prometheus keeps for counters. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

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
  }
  return measured;
}
