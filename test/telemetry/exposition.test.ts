import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { firstConfiguration } from '../../src/telemetry/configuration-state.js';
import { Exposition } from '../../src/telemetry/exposition.js';
import { Metrics, type DestinationStats } from '../../src/telemetry/metrics.js';

function sampleRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({
    name: 'calls_total',
    help: 'Calls "made"\nby\\path.',
    labelNames: ['path'],
    registers,
  });
  calls.inc({ path: 'a"b\\c\nd' }, 2);
  new Gauge({ name: 'level', help: 'Level.', registers }).set(Number.POSITIVE_INFINITY);
  new Histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [0.5, 1], registers }).observe(0.75);
  return registry;
}

describe('the exposition', () => {
  it('is that of Prometheus, with escaped texts', async () => {
    expect(await new Exposition(sampleRegistry()).write('prometheus'))
      .toBe(`# HELP calls_total Calls "made"\\nby\\\\path.
# TYPE calls_total counter
calls_total{path="a\\"b\\\\c\\nd"} 2
# HELP level Level.
# TYPE level gauge
level +Inf
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 0
wait_seconds_bucket{le="1.0"} 1
wait_seconds_bucket{le="+Inf"} 1
wait_seconds_sum 0.75
wait_seconds_count 1
`);
  });

  it('is that of OpenMetrics, with counters named without their suffix, and an end', async () => {
    const text = await new Exposition(sampleRegistry()).write('openmetrics');
    expect(text.split('\n').slice(0, 3)).toEqual([
      '# HELP calls Calls \\"made\\"\\nby\\\\path.',
      '# TYPE calls counter',
      'calls_total{path="a\\"b\\\\c\\nd"} 2',
    ]);
    expect(text.endsWith('wait_seconds_count 1\n# EOF\n')).toBe(true);
  });

  it('has the same series in both formats, however often they alternate', async () => {
    const exposition = new Exposition(sampleRegistry());
    const series = (text: string): string[] =>
      text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const first = series(await exposition.write('prometheus'));
    expect(series(await exposition.write('openmetrics'))).toEqual(first);
    expect(series(await exposition.write('prometheus'))).toEqual(first);
  });
});

describe('the series of a customer', () => {
  const linesOf = async (metrics: Metrics, start: string): Promise<string[]> =>
    (await metrics.write('prometheus')).split('\n').filter((line) => line.startsWith(start));
  const acme = { id: 'acme', grants: ['password', 'refresh_token'], destinations: new Set(['314']) };

  it('are there at 0 before anything happens, and only where there is API access', async () => {
    const metrics = new Metrics();
    metrics.follow([acme, { id: 'initech', grants: [], destinations: new Set(['900']) }]);
    const lines = await linesOf(metrics, 'aam_gateway_');
    expect(lines).toEqual(
      expect.arrayContaining([
        'aam_gateway_refreshes_total{customer="acme",reason="schedule",outcome="AAM_AUTH_FAILED"} 0',
        'aam_gateway_token_grants_total{customer="acme",grant="password",outcome="rejected"} 0',
        'aam_gateway_upstream_requests_total{customer="acme",endpoint="mappings",outcome="429"} 0',
      ]),
    );
    expect(lines.filter((line) => line.includes('initech'))).toEqual([]);
    expect(lines.filter((line) => line.includes('grant="client_credentials"'))).toEqual([]);
  });

  it('keep their values when the configuration is read again, and go with the customer', async () => {
    const metrics = new Metrics();
    metrics.follow([acme]);
    metrics.refreshes.inc({ customer: 'acme', reason: 'cold', outcome: 'ok' });
    metrics.autoLookups.inc({ customer: 'acme', destination: '314', id_type: 'SID' }, 3);
    metrics.autoLookups.inc({ customer: 'acme', destination: '315', id_type: 'SID' });
    metrics.follow([acme]);
    expect(
      await linesOf(metrics, 'aam_gateway_refreshes_total{customer="acme",reason="cold",outcome="ok"}'),
    ).toEqual(['aam_gateway_refreshes_total{customer="acme",reason="cold",outcome="ok"} 1']);
    expect(await linesOf(metrics, 'aam_gateway_auto_lookups_total')).toEqual([
      'aam_gateway_auto_lookups_total{customer="acme",destination="314",id_type="SID"} 3',
    ]);
    metrics.follow([]);
    expect((await metrics.write('prometheus')).includes('acme')).toBe(false);
  });

  it('have a status and a time each, also of what was never read', async () => {
    const metrics = new Metrics();
    const stats = (
      destination: string,
      status: DestinationStats['status'],
      at: number | null,
    ): DestinationStats => {
      return {
        customer: 'acme',
        destination,
        status,
        lastSuccessAt: at,
        ageSeconds: null,
        segments: null,
        bytes: null,
      };
    };
    metrics.observeDestinations(() => [
      stats('1', 'FRESH', 1_500),
      stats('2', 'NEVER', null),
      stats('3', 'FAILING', null),
      stats('4', 'MANUAL', null),
    ]);
    const current = (await linesOf(metrics, 'aam_gateway_destination_status')).filter((line) =>
      line.endsWith(' 1'),
    );
    expect(current.map((line) => line.replaceAll(/^[^,]*|"/g, ''))).toEqual([
      ',destination=1,status=FRESH} 1',
      ',destination=2,status=NEVER} 1',
      ',destination=3,status=FAILING} 1',
      ',destination=4,status=MANUAL} 1',
    ]);
    expect(await linesOf(metrics, 'aam_gateway_destination_last')).toEqual([
      'aam_gateway_destination_last_success_timestamp_seconds{customer="acme",destination="1"} 1.5',
      'aam_gateway_destination_last_success_timestamp_seconds{customer="acme",destination="2"} 0',
      'aam_gateway_destination_last_success_timestamp_seconds{customer="acme",destination="3"} 0',
    ]);
  });
});

describe('the gauges of reloads', () => {
  it('say when the configuration in force was read, and whether it is the latest', async () => {
    const metrics = new Metrics();
    const gauges = async (): Promise<number[]> =>
      (await metrics.write('prometheus'))
        .split('\n')
        .filter((line) => line.startsWith('aam_gateway_config_last_reload_'))
        .map((line) => Number(line.split(' ')[1]));
    metrics.configured(firstConfiguration(1_000));
    expect(await gauges()).toEqual([1, 1]);
    metrics.reloaded('refused', 2_000);
    expect(await gauges()).toEqual([1, 0]);
    metrics.reloaded('applied', 3_000);
    expect(await gauges()).toEqual([3, 1]);
    const { values } = await metrics.reloads.get();
    expect(values.map(({ labels, value }) => [labels.outcome, value])).toEqual([
      ['applied', 1],
      ['refused', 1],
      ['failed', 0],
    ]);
  });
});
