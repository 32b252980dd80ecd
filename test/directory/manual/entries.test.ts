import { describe, expect, it } from 'vitest';
import { HOUR, startDirectory, type TestDirectory } from '../../support/directory.js';

const startManual = (): Promise<TestDirectory> =>
  startDirectory({
    setups: (setups) => setups.map((setup) => ({ ...setup, account: null })),
    freshness: { refreshEveryMs: HOUR },
  });

describe('a destination of a customer without access to Audience Manager', () => {
  it('is MANUAL, empty and never stale', async () => {
    const { clock, at, names } = await startManual();
    const snapshot = await at().snapshot();
    expect(snapshot.segments).toHaveLength(0);
    clock.advance(10 * HOUR);
    expect(at().isStale(snapshot)).toBe(false);
    expect(await names(at(), '1', '2')).toEqual([null, null]);
    expect(at().sync()).toEqual({
      status: 'MANUAL',
      segmentCount: 0,
      lastSuccessAt: null,
      lastAttemptAt: null,
      nextAttemptAt: null,
      lastError: null,
    });
  });

  it('never calls Audience Manager, neither on schedule nor on request', async () => {
    const { simulator, directory, clock, at, names } = await startManual();
    await directory.start();
    expect(clock.pending()).toEqual([]);
    for (let hour = 0; hour < 5; hour++) {
      await names(at(), '1');
      expect(await at().details.get()).toBeNull();
      await at()
        .refresh('schedule')
        .catch(() => undefined);
      clock.advance(HOUR);
    }
    expect(simulator.count()).toBe(0);
  });

  it('rejects a refresh with BAD_USER_INPUT', async () => {
    const { at } = await startManual();
    await expect(at().refresh('schedule')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('Destination 314 of customer acme') as string,
    });
    expect(at().sync()).toMatchObject({ status: 'MANUAL', lastError: null });
  });
});
