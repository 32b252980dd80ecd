import { describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/simulator/index.js';
import {
  REQUEST_TIMEOUT_MS,
  codeOf,
  failureOf,
  gate,
  logged,
  metricValue,
  passWaits,
  readDestination,
  startLoggedIn,
  startUpstream,
  type Upstream,
  type UpstreamOptions,
} from '../support/upstream.js';

const BROKEN: FaultAction = { kind: 'status', status: 500 };

const start = (http: UpstreamOptions['http'] = {}): Promise<Upstream> =>
  startLoggedIn({ http: { retries: 0, ...http } });

/** Makes some calls in a row fail, then ends the fault. */
async function fail(upstream: Upstream, times: number, action: FaultAction = BROKEN): Promise<void> {
  const fault = upstream.simulator.fault({ endpoint: 'destination', action });
  for (let call = 0; call < times; call++) await codeOf(readDestination(upstream), upstream.clock);
  fault.remove();
}

async function startOpen(): Promise<Upstream> {
  const upstream = await start();
  await fail(upstream, 10);
  upstream.simulator.resetCalls();
  return upstream;
}

/** Whether a call gets through to the simulator, which is healthy. */
async function isClosed(upstream: Upstream): Promise<boolean> {
  const before = upstream.simulator.count();
  await readDestination(upstream).catch(() => undefined);
  return upstream.simulator.count() > before;
}

describe('the circuit', () => {
  it('opens after ten failures in a row: no call is sent any more', async () => {
    const upstream = await start();
    await fail(upstream, 10);
    expect(upstream.simulator.count()).toBe(10);
    const errors = await Promise.all(Array.from({ length: 20 }, () => failureOf(readDestination(upstream))));
    expect(errors.every(({ code }) => code === 'AAM_UNAVAILABLE')).toBe(true);
    expect(upstream.simulator.count()).toBe(10);
    const { upstreamRequests, upstreamDuration } = upstream.metrics;
    expect(await metricValue(upstreamRequests, { outcome: 'circuit_open' })).toBe(20);
    expect(await metricValue(upstreamDuration, { endpoint: 'destination' })).toBe(10);
    expect(logged(upstream, 'warn').map(({ msg }) => msg)).toEqual([
      'Audience Manager does not answer: calls to this host are paused',
    ]);
  });

  it('stays closed where one call in ten succeeds', async () => {
    const upstream = await start();
    for (let round = 0; round < 3; round++) {
      await fail(upstream, 9);
      expect(await isClosed(upstream)).toBe(true);
    }
  });

  it.each<[string, FaultAction]>([
    ['a reset connection', { kind: 'reset' }],
    ['status 503', { kind: 'status', status: 503, html: true }],
  ])('counts every attempt of a call, and ends the call during which it opens: %s', async (_name, action) => {
    const upstream = await start({ retries: 3 });
    await fail(upstream, 3, action);
    expect(upstream.simulator.count()).toBe(10);
    expect(await isClosed(upstream)).toBe(false);
  });

  it('counts timeouts', async () => {
    const upstream = await start({ retries: 9 });
    upstream.simulator.fault({ endpoint: 'destination', action: { kind: 'hang' } });
    const call = failureOf(readDestination(upstream));
    for (let attempt = 1; attempt <= 10; attempt++) {
      await upstream.clock.timer((ms) => ms === REQUEST_TIMEOUT_MS);
      upstream.clock.advance(REQUEST_TIMEOUT_MS);
      if (attempt < 10) upstream.clock.advance(await upstream.clock.timer((ms) => ms <= 5000));
    }
    await call;
    upstream.simulator.clearFaults();
    expect(await isClosed(upstream)).toBe(false);
  });

  it.each([400, 403, 404, 409])('does not count status %i as a failure', async (status) => {
    const upstream = await start();
    await fail(upstream, 12, { kind: 'status', status });
    expect(upstream.simulator.count()).toBe(12);
    expect(await isClosed(upstream)).toBe(true);
  });

  it('does not count a response of another shape as a failure', async () => {
    const upstream = await start();
    await fail(upstream, 12, { kind: 'body', body: '<html>' });
    expect(await isClosed(upstream)).toBe(true);
  });

  it('lets one call through after a second and closes when it succeeds', async () => {
    const upstream = await startOpen();
    upstream.clock.advance(999);
    expect(await isClosed(upstream)).toBe(false);
    upstream.clock.advance(1);
    expect((await readDestination(upstream)).name).toBe('Destination 314');
    expect(logged(upstream, 'info').map(({ msg }) => msg)).toEqual(['Audience Manager answers again']);
    await fail(upstream, 9);
    expect(await isClosed(upstream)).toBe(true);
  });

  it('holds other calls back during that call, and sends them when it succeeds', async () => {
    const upstream = await startOpen();
    upstream.clock.advance(1000);
    const held = gate();
    upstream.simulator.fault({ times: 1, action: { kind: 'hold', until: held.opened } });
    const arrived = upstream.simulator.nextCall();
    const calls = Promise.all(Array.from({ length: 5 }, () => readDestination(upstream)));
    await arrived;
    await fetch(upstream.simulator.url);
    expect(upstream.simulator.count({ endpoint: 'destination' })).toBe(1);
    held.open();
    expect(await calls).toHaveLength(5);
  });

  it('fails the calls that were held back when that call fails', async () => {
    const upstream = await startOpen();
    upstream.clock.advance(1000);
    upstream.simulator.fault({ action: BROKEN });
    await Promise.all(Array.from({ length: 5 }, () => failureOf(readDestination(upstream))));
    expect(upstream.simulator.count()).toBe(1);
  });

  it('doubles the pause after each failed call, up to 30 s', async () => {
    const upstream = await startOpen();
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      upstream.clock.advance(seconds * 1000 - 1);
      expect(await isClosed(upstream)).toBe(false);
      upstream.clock.advance(1);
      upstream.simulator.resetCalls();
      await fail(upstream, 1);
      expect(upstream.simulator.count()).toBe(1);
    }
    upstream.clock.advance(30_000);
    expect(await isClosed(upstream)).toBe(true);
    await fail(upstream, 10);
    upstream.clock.advance(1000);
    expect(await isClosed(upstream)).toBe(true);
  });

  it('is separate for each host', async () => {
    const upstream = await startOpen();
    const other = await startUpstream();
    const account = other.account('acme');
    expect((await upstream.client.readDestination(account, '314')).name).toBe('Destination 314');
    expect(await isClosed(upstream)).toBe(false);
  });

  it('also blocks token requests to its host', async () => {
    const upstream = await startOpen();
    upstream.tokens.retain([]);
    expect(await codeOf(upstream.tokens.get(upstream.account('acme')))).toBe('AAM_UNAVAILABLE');
    expect(upstream.simulator.count()).toBe(0);
  });

  /** Makes a call that gets no response, and aborts it. */
  async function giveUp(upstream: Upstream): Promise<void> {
    const fault = upstream.simulator.fault({ times: 1, action: { kind: 'hang' } });
    const arrived = upstream.simulator.nextCall();
    const caller = new AbortController();
    const call = failureOf(readDestination(upstream, '314', caller.signal));
    await arrived;
    caller.abort();
    await call;
    fault.remove();
  }

  it('counts an aborted call neither as a success nor as a failure', async () => {
    const upstream = await start();
    await fail(upstream, 9);
    await giveUp(upstream);
    await fail(upstream, 1);
    expect(await isClosed(upstream)).toBe(false);
    upstream.clock.advance(1000);
    expect(await isClosed(upstream)).toBe(true);
    for (let call = 0; call < 12; call++) await giveUp(upstream);
    expect(await isClosed(upstream)).toBe(true);
  });

  it('has the next call try the host when the first one is aborted', async () => {
    const upstream = await startOpen();
    upstream.clock.advance(1000);
    await giveUp(upstream);
    await fail(upstream, 1);
    expect(await isClosed(upstream)).toBe(false);
    upstream.clock.advance(2000);
    await giveUp(upstream);
    expect(await isClosed(upstream)).toBe(true);
  });

  it('does not prevent retries while it is closed', async () => {
    const upstream = await start({ retries: 3 });
    upstream.simulator.fault({ times: 3, action: { kind: 'status', status: 503 } });
    const call = readDestination(upstream);
    await passWaits(upstream.clock, call);
    expect((await call).name).toBe('Destination 314');
  });
});
