import { setImmediate } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { MergedMetrics } from '../../src/telemetry/merged-metrics.js';
import { afterReload, firstConfiguration } from '../../src/telemetry/configuration-state.js';
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

it('counts reloads once, over processes that take the place of others', async () => {
  const merged = new MergedMetrics();
  const before = new Metrics();
  let state = firstConfiguration(1_000);
  before.configured(state);
  for (const outcome of ['refused', 'refused', 'applied', 'refused'] as const) {
    before.reloaded(outcome, 2_000);
    state = afterReload(state, outcome, 2_000);
  }
  merged.keep(await before.snapshot());
  const after = new Metrics();
  after.configured(state);
  const valuesNow = async (): Promise<number[]> => {
    const text = await merged.write([await after.snapshot()], 'prometheus');
    return [
      'aam_gateway_config_reloads_total{outcome="refused"}',
      'aam_gateway_config_last_reload_successful',
      'aam_gateway_config_last_reload_timestamp_seconds',
    ].map((series) => valueOf(text, series));
  };
  expect(await valuesNow()).toEqual([3, 0, 2]);
  after.reloaded('refused', 3_000);
  expect(await valuesNow()).toEqual([4, 0, 2]);
});

it('lets other work go ahead between two metrics', async () => {
  const live = [await metricsOf(destination({}), 2, true).snapshot()];
  let now = 0;
  // As if each metric took long.
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  const other = { turns: 0, isOver: false };
  const counting = (async () => {
    for (; !other.isOver; other.turns += 1) await setImmediate();
  })();
  await new MergedMetrics().write(live, 'prometheus');
  other.isOver = true;
  clock.mockRestore();
  await counting;
  expect(other.turns).toBeGreaterThan(live[0]!.length);
});
