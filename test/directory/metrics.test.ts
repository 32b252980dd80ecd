import { describe, expect, it } from 'vitest';
import {
  HOUR,
  MINUTE,
  acme,
  counts,
  destination,
  globex,
  listingUnderWay,
  mappings,
  startDirectory,
  type TestDirectory,
} from '../support/directory.js';

/** The values of a snapshot gauge, by customer and destination. */
async function gauge({ metrics }: TestDirectory, name: string): Promise<Record<string, number>> {
  const metric = await metrics.registry.getSingleMetric(`aam_gateway_snapshot_${name}`)?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [
      `${labels['customer']} ${labels['destination']}`,
      value,
    ]),
  );
}

describe('the metrics count', () => {
  it('each ID that is looked up, by outcome', async () => {
    const { simulator, clock, metrics, at, names } = await startDirectory();
    await names(at(), '1', '2', '9', '9', '9');
    expect(await counts(metrics.lookups)).toEqual({ fresh: 2, unknown: 3 });
    clock.advance(HOUR + 1);
    await names(at(), '1', '2', '3');
    await listingUnderWay(at());
    expect(await counts(metrics.lookups)).toEqual({ fresh: 2, unknown: 3, stale: 3 });

    simulator.destination('acme', 314).mappings.push({ mappingId: 4, name: 'Delta' });
    clock.advance(MINUTE);
    await names(at(), '4', '9');
    expect(await counts(metrics.lookups)).toEqual({ fresh: 3, unknown: 4, stale: 3 });
  });

  it('an unknown ID as unknown if the refresh fails, and known IDs as stale', async () => {
    const { simulator, clock, metrics, at, names } = await startDirectory();
    await at().snapshot();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 404 } });
    clock.advance(HOUR + 1);
    await names(at(), '1', '9');
    expect(await counts(metrics.lookups)).toEqual({ stale: 1, unknown: 1 });
  });

  it('listings, by reason and outcome', async () => {
    const { simulator, directory, clock, metrics, at, names } = await startDirectory({
      freshness: { refreshEveryMs: 10 * HOUR },
    });
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await at()
      .snapshot()
      .catch(() => undefined);
    fault.remove();
    clock.advance(MINUTE);
    await Promise.all([at().snapshot(), at().snapshot()]);
    clock.advance(MINUTE);
    await names(at(), '9');
    clock.advance(HOUR + 1);
    await at().snapshot();
    await listingUnderWay(at());
    await at().refresh('request');
    await directory.start();
    clock.advance(9 * HOUR);
    await listingUnderWay(at());
    const gone = simulator.fault({ endpoint: 'mappings', action: { kind: 'body', body: '' } });
    await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_BAD_RESPONSE' });
    gone.remove();
    expect(await counts(metrics.refreshes)).toEqual({
      'cold AAM_FORBIDDEN': 1,
      'cold ok': 1,
      'new_id ok': 1,
      'stale ok': 1,
      'request ok': 1,
      'schedule ok': 1,
      'request AAM_BAD_RESPONSE': 1,
    });
  });
});

describe('the snapshot gauges', () => {
  it('report age and size of each snapshot in memory', async () => {
    const test = await startDirectory({
      customers: [
        acme(destination(1, mappings('A', 'B')), destination(2, mappings('C'))),
        globex(destination(1, mappings('D', 'E', 'F'))),
      ],
    });
    const { clock, at } = test;
    expect(await gauge(test, 'segments')).toEqual({});
    const first = await at('acme', '1').snapshot();
    clock.advance(90_000);
    const second = await at('globex', '1').snapshot();
    expect(await gauge(test, 'age_seconds')).toEqual({ 'acme 1': 90, 'globex 1': 0 });
    expect(await gauge(test, 'segments')).toEqual({ 'acme 1': 2, 'globex 1': 3 });
    expect(await gauge(test, 'bytes')).toEqual({ 'acme 1': first.bytes, 'globex 1': second.bytes });
  });

  it('omit a removed destination', async () => {
    const test = await startDirectory();
    await test.at().snapshot();
    expect(await gauge(test, 'segments')).toEqual({ 'acme 314': 3 });
    test.directory.configure([]);
    expect(await gauge(test, 'segments')).toEqual({});
  });

  it('do not count as a use of a snapshot', async () => {
    const test = await startDirectory({
      customers: [
        acme(destination(1, mappings('A')), destination(2, mappings('B')), destination(3, mappings('C'))),
      ],
      maxMemoryBytes: 3_000,
    });
    const { at } = test;
    await at('acme', '1').snapshot();
    await at('acme', '2').snapshot();
    expect(Object.keys(await gauge(test, 'bytes'))).toEqual(['acme 1', 'acme 2']);
    await at('acme', '3').snapshot();
    expect(Object.keys(await gauge(test, 'bytes'))).toEqual(['acme 2', 'acme 3']);
  });
});
