import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { begun } from '../support/waiting.js';

const CALLS_PER_SECOND = 5;

describe('a gateway whose calls are paced', () => {
  it('reads 20 destinations for the first time in as many seconds as that takes', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => 400 + index);
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', ...ids.map((id) => destination(id, 2)))],
      config: {
        audienceManager: { callsPerSecond: CALLS_PER_SECOND, concurrency: 20, requestTimeout: '10m' },
        freshness: { refreshEvery: '0', coldTimeout: '10m' },
        limits: { requestTimeout: '10m' },
      },
    });
    const { clock, simulator } = gateway;
    const start = clock.now();
    const keys = ids.map((id) => ({ destinationId: String(id), segmentId: '1002' }));
    const progress = { isAnswered: false };
    const answer = begun(
      gateway
        .query('query ($keys: [SegmentKey!]!) { segmentsByKey(keys: $keys) { name } }', { keys })
        .finally(() => {
          progress.isAnswered = true;
        }),
    );
    while (!progress.isAnswered) {
      const seconds = Math.floor((clock.now() - start) / 1000);
      expect(simulator.count()).toBeLessThanOrEqual(CALLS_PER_SECOND * (seconds + 1));
      await setImmediate();
      clock.advance(5);
    }
    expect(await answer).toEqual({ data: { segmentsByKey: ids.map(() => ({ name: 'Segment 2' })) } });
    expect(clock.now() - start).toBeGreaterThanOrEqual(4_000);
    // The log-in, and one listing of each destination.
    expect(simulator.count()).toBe(21);
  });
});
