import { Counter, Gauge, Histogram } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Metrics, type DestinationStats } from '../../src/telemetry/metrics.js';
import { metricValue, startUpstream } from '../support/upstream.js';

/** Metrics that are counted outside of audience-manager/. */
const COUNTED_ELSEWHERE = [
  'requests',
  'requestDuration',
  'fastPathResponses',
  'messages',
  'messageDuration',
  'rejections',
  'lookups',
  'autoLookups',
  'upstreamPauses',
  'refreshes',
  'discoveries',
  'reloads',
  'storageErrors',
  'evictions',
  'historyRemoved',
];

function declared(metrics: Metrics): [string, Counter | Gauge | Histogram][] {
  return Object.entries(metrics).filter(
    (entry): entry is [string, Counter | Gauge | Histogram] =>
      entry[1] instanceof Counter || entry[1] instanceof Gauge || entry[1] instanceof Histogram,
  );
}

describe('metrics', () => {
  it('of calls to Audience Manager are all counted by audience-manager/', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    upstream.simulator.fault({
      action: { kind: 'rows', transform: ([, ...rows]) => [null, ...rows] },
    });
    await upstream.client.readDestination(account, '314');
    await upstream.client.listMappings(account, '314');
    const unchanged: string[] = [];
    for (const [name, metric] of declared(upstream.metrics)) {
      if ((await metricValue(metric)) === 0) unchanged.push(name);
    }
    expect(unchanged).toEqual(COUNTED_ELSEWHERE);
  });

  it('count attempts by endpoint and outcome', async () => {
    const upstream = await startUpstream();
    const account = upstream.account('acme');
    await upstream.client.readDestination(account, '314');
    await upstream.client.listMappings(account, '314');
    await upstream.client.readDestination(account, '999').catch(() => undefined);
    const { upstreamRequests, upstreamDuration, tokenGrants } = upstream.metrics;
    for (const [endpoint, outcome, count] of [
      ['token', '200', 1],
      ['mappings', '200', 1],
      ['destination', '200', 1],
      ['destination', '404', 1],
    ] as const) {
      expect(await metricValue(upstreamRequests, { endpoint, outcome })).toBe(count);
    }
    expect(await metricValue(upstreamRequests)).toBe(4);
    expect(await metricValue(upstreamDuration, { endpoint: 'destination' })).toBe(2);
    expect(await metricValue(tokenGrants, { grant: 'password', outcome: 'granted' })).toBe(1);
  });

  it('have a prefix of their own and a help text, and include those of the process', async () => {
    const metrics = new Metrics();
    const all = await metrics.registry.getMetricsAsJSON();
    const own = all.filter(({ name }) => name.startsWith('aam_gateway_'));
    expect(own.length).toBeGreaterThan(declared(metrics).length + 15);
    expect(own.filter(({ help }) => !/^[A-Z].{20,}\.$/.test(help))).toEqual([]);
    expect(all.some(({ name }) => name === 'process_cpu_seconds_total')).toBe(true);
  });

  it('of two gateways in one process are separate', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.evictions.inc();
    expect([await metricValue(one.evictions), await metricValue(other.evictions)]).toEqual([1, 0]);
  });
});

describe('snapshot gauges', () => {
  const reading = (destinationId: string, value: number): DestinationStats => ({
    customer: 'acme',
    destination: destinationId,
    status: 'FRESH',
    lastSuccessAt: value * 1000,
    ageSeconds: value,
    segments: value * 10,
    bytes: value * 100,
  });

  it('are read at every scrape, without destinations that no longer exist', async () => {
    const metrics = new Metrics();
    let readings = [reading('314', 1), reading('315', 2)];
    metrics.observeDestinations(() => readings);
    const lines = async (): Promise<string[]> =>
      (await metrics.registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('aam_gateway_snapshot_'));
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'aam_gateway_snapshot_age_seconds{customer="acme",destination="314"} 1',
        'aam_gateway_snapshot_age_seconds{customer="acme",destination="315"} 2',
        'aam_gateway_snapshot_segments{customer="acme",destination="314"} 10',
        'aam_gateway_snapshot_bytes{customer="acme",destination="315"} 200',
      ]),
    );
    readings = [reading('315', 3)];
    const later = await lines();
    expect(later.filter((line) => line.includes('"314"'))).toEqual([]);
    expect(later).toContain('aam_gateway_snapshot_segments{customer="acme",destination="315"} 30');
  });
});
