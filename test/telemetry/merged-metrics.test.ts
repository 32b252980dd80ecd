import { expect, it } from 'vitest';
import { MergedMetrics } from '../../src/telemetry/merged-metrics.js';
import { Metrics, type DestinationStats } from '../../src/telemetry/metrics.js';

function destination(more: Partial<DestinationStats>): DestinationStats {
  return {
    customer: 'acme',
    destination: '314',
    status: 'FRESH',
    lastSuccessAt: 1_000,
    ageSeconds: 5,
    segments: 3,
    bytes: 100,
    ...more,
  };
}

function metricsOf(stats: DestinationStats, lookups: number, isReady: boolean): Metrics {
  const metrics = new Metrics();
  metrics.observeDestinations(() => [stats]);
  metrics.observeReadiness(() => isReady);
  metrics.lookups.inc({ outcome: 'fresh' }, lookups);
  metrics.requestDuration.observe({ operation: 'Names' }, 0.002);
  return metrics;
}

function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `)) ?? '';
  return Number(line.slice(series.length));
}

const OF = '{customer="acme",destination="314"}';

it('adds up what processes count, and says of a destination what one of them would', async () => {
  const live = [
    await metricsOf(destination({}), 2, true).snapshot(),
    await metricsOf(destination({ segments: 4, ageSeconds: 3, status: 'STALE' }), 5, false).snapshot(),
  ];
  const text = await new MergedMetrics().write(live, 'prometheus');
  expect(valueOf(text, 'aam_gateway_lookups_total{outcome="fresh"}')).toBe(7);
  expect(valueOf(text, 'aam_gateway_graphql_request_duration_seconds_count{operation="Names"}')).toBe(2);
  expect(
    valueOf(text, 'aam_gateway_graphql_request_duration_seconds_bucket{le="0.0025",operation="Names"}'),
  ).toBe(2);
  expect(valueOf(text, `aam_gateway_snapshot_segments${OF}`)).toBe(4);
  expect(valueOf(text, `aam_gateway_snapshot_bytes${OF}`)).toBe(200);
  expect(valueOf(text, `aam_gateway_snapshot_age_seconds${OF}`)).toBe(3);
  expect(
    valueOf(text, 'aam_gateway_destination_status{customer="acme",destination="314",status="FRESH"}'),
  ).toBe(1);
  expect(
    valueOf(text, 'aam_gateway_destination_status{customer="acme",destination="314",status="STALE"}'),
  ).toBe(0);
  expect(valueOf(text, 'aam_gateway_ready')).toBe(1);
  expect(valueOf(text, 'process_start_time_seconds')).toBeGreaterThan(0);
});

it('has the same series as one process alone, in both formats', async () => {
  const metrics = metricsOf(destination({}), 1, true);
  const seriesIn = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.replace(/ [^ ]+$/, ''))
      // Handles and requests that happen to be there.
      .filter((line) => !/nodejs_active_|^$/.test(line))
      .sort();
  for (const format of ['prometheus', 'openmetrics'] as const) {
    const merged = await new MergedMetrics().write([await metrics.snapshot()], format);
    expect(seriesIn(merged)).toEqual(seriesIn(await metrics.write(format)));
  }
});

it('keeps what processes have counted that ended, so that no counter falls', async () => {
  const merged = new MergedMetrics();
  for (const lookups of [10, 20]) merged.keep(await metricsOf(destination({}), lookups, true).snapshot());
  const live = [await metricsOf(destination({ segments: 5 }), 1, true).snapshot()];
  const text = await merged.write(live, 'prometheus');
  expect(valueOf(text, 'aam_gateway_lookups_total{outcome="fresh"}')).toBe(31);
  expect(valueOf(text, 'aam_gateway_graphql_request_duration_seconds_count{operation="Names"}')).toBe(3);
  expect(valueOf(text, `aam_gateway_snapshot_segments${OF}`)).toBe(5);
});
