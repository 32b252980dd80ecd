import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import {
  codeOf,
  failureOf,
  logged,
  metricValue,
  passWaits,
  readDestination,
  startLoggedIn,
  startUpstream,
} from '../support/upstream.js';
import { begun } from '../support/waiting.js';

const LIMIT = 20;

describe('400 destinations behind a limit of 20 calls a second', () => {
  it.each([
    { callsPerSecond: 0, concurrency: 8 },
    { callsPerSecond: 50, concurrency: 64 },
    { callsPerSecond: 10, concurrency: 8 },
  ])(
    'are all read without one failing: $callsPerSecond calls a second, $concurrency at once',
    async ({ callsPerSecond, concurrency }) => {
      const ids = Array.from({ length: 400 }, (_, index) => 1_000 + index);
      const upstream = await startUpstream({
        customers: [passwordCustomer('acme', ...ids.map((id) => destination(id, 1)))],
        // Time passes however long the answers take: none is to be late.
        http: { callsPerSecond, concurrency, retries: 0, requestTimeoutMs: 24 * 3_600_000 },
      });
      const limit = upstream.simulator.fault({
        beyondPerSecond: LIMIT,
        action: { kind: 'status', status: 429 },
      });
      const account = upstream.account('acme');
      const progress = { isDone: false };
      const all = begun(
        Promise.all(
          ids.map((id) => upstream.client.listMappings(account, String(id), { priority: 'scheduled' })),
        ).finally(() => {
          progress.isDone = true;
        }),
      );
      const startedAt = upstream.clock.now();
      while (!progress.isDone) {
        await setImmediate();
        upstream.clock.advance(5);
      }
      expect(await all).toHaveLength(400);
      const seconds = (upstream.clock.now() - startedAt) / 1_000;
      expect(seconds).toBeGreaterThanOrEqual(19);
      expect(seconds).toBeLessThan(3_600);
      const pauses = await metricValue(upstream.metrics.upstreamPauses, { reason: 'rate_limited' });
      if (callsPerSecond === 10) expect([limit.hits, pauses]).toEqual([0, 0]);
      else {
        expect(pauses).toBeGreaterThan(0);
        // Those of calls that were under way at the same time, and hardly more.
        expect(limit.hits).toBeLessThan(pauses * concurrency + 1);
      }
    },
  );
});

describe('a call that is answered with 429', () => {
  it('waits with all other calls to the host, and counts as no failed attempt', async () => {
    const upstream = await startLoggedIn({ http: { retries: 0 } });
    upstream.simulator.fault({ times: 1, action: { kind: 'status', status: 429, retryAfter: '7' } });
    const arrived = upstream.simulator.nextCall();
    const first = readDestination(upstream);
    await arrived;
    await upstream.clock.timer((ms) => ms === 7_000);
    const second = readDestination(upstream);
    await setImmediate();
    expect(upstream.simulator.count()).toBe(1);
    expect(await passWaits(upstream.clock, Promise.all([first, second]))).toEqual([7_000, 1_000]);
    expect((await Promise.all([first, second])).map(({ name }) => name)).toEqual(
      Array<string>(2).fill('Destination 314'),
    );
    expect(logged(upstream, 'warn').map(({ msg }) => msg)).toEqual([
      'Audience Manager limits the rate of calls: calls to this host are paused and made more slowly',
    ]);
  });

  it('fails with AAM_RATE_LIMITED when the host has accepted nothing for two minutes', async () => {
    const upstream = await startLoggedIn();
    upstream.simulator.fault({ action: { kind: 'status', status: 429 } });
    const startedAt = upstream.clock.now();
    const calls = Array.from({ length: 5 }, () => failureOf(readDestination(upstream)));
    await passWaits(upstream.clock, Promise.all(calls));
    for (const error of await Promise.all(calls)) expect(error.code).toBe('AAM_RATE_LIMITED');
    const seconds = (upstream.clock.now() - startedAt) / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(120);
    expect(seconds).toBeLessThan(151);
    expect(upstream.simulator.count()).toBeLessThan(20);
    expect(upstream.clock.pending()).toEqual([]);
  });

  it('opens no circuit', async () => {
    const upstream = await startLoggedIn({ http: { patienceMs: 0 } });
    const fault = upstream.simulator.fault({ action: { kind: 'status', status: 429 } });
    for (let call = 0; call < 12; call++) {
      expect(await codeOf(readDestination(upstream), upstream.clock)).toBe('AAM_RATE_LIMITED');
    }
    fault.remove();
    const call = readDestination(upstream);
    await passWaits(upstream.clock, call);
    expect((await call).name).toBe('Destination 314');
    expect(await metricValue(upstream.metrics.upstreamPauses, { reason: 'circuit' })).toBe(0);
  });

  it('ends when its caller gives up during the pause', async () => {
    const upstream = await startLoggedIn();
    upstream.simulator.fault({ times: 1, action: { kind: 'status', status: 429, retryAfter: '20' } });
    const caller = new AbortController();
    const call = failureOf(readDestination(upstream, '314', caller.signal));
    await upstream.clock.timer((ms) => ms === 20_000);
    caller.abort();
    expect((await call).code).toBe('AAM_UNAVAILABLE');
    expect(upstream.clock.pending()).toEqual([]);
  });
});

describe('a token request', () => {
  it('is as urgent as the most urgent call that waits for it', async () => {
    const upstream = await startUpstream({
      customers: [passwordCustomer('acme', destination(1, 1)), passwordCustomer('globex', destination(2, 1))],
      http: { callsPerSecond: 1 },
    });
    const { client, simulator, clock } = upstream;
    const [acme, globex] = [upstream.account('acme'), upstream.account('globex')];
    const first = client.readDestination(acme, '1');
    await clock.timer((ms) => ms === 1_000);
    // Behind the call above, and the scheduled one of Globex waits for a token that a lookup needs, too.
    const others = Promise.all([
      client.readDestination(acme, '1', { priority: 'search' }),
      client.readDestination(globex, '2', { priority: 'scheduled' }),
      client.readDestination(globex, '2', { priority: 'lookup' }),
    ]);
    await setImmediate();
    await passWaits(clock, Promise.all([first, others]));
    const calls = simulator.calls.map(({ endpoint, customer }) => `${customer} ${endpoint}`);
    expect(calls.slice(0, 3)).toEqual(['acme token', 'acme destination', 'globex token']);
  });
});
