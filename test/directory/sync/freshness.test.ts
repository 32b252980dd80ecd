import { describe, expect, it } from 'vitest';
import {
  HOUR,
  MINUTE,
  SECOND,
  counts,
  hold,
  listingUnderWay,
  startDirectory,
} from '../../support/directory.js';

describe('a destination', () => {
  it('is NEVER before its first listing, then FRESH, then STALE', async () => {
    const { clock, at } = await startDirectory();
    const destination = at();
    expect(destination.sync()).toEqual({
      status: 'NEVER',
      segmentCount: 0,
      lastSuccessAt: null,
      lastAttemptAt: null,
      nextAttemptAt: null,
      lastError: null,
    });
    const readAt = clock.now();
    await destination.snapshot();
    clock.advance(HOUR);
    expect(destination.sync()).toEqual({
      status: 'FRESH',
      segmentCount: 3,
      lastSuccessAt: readAt,
      lastAttemptAt: readAt,
      nextAttemptAt: null,
      lastError: null,
    });
    clock.advance(1);
    expect(destination.sync()).toMatchObject({ status: 'STALE', segmentCount: 3, lastSuccessAt: readAt });
  });

  it('serves a snapshot that is not older than the ttl from memory', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    const snapshot = await at().snapshot();
    simulator.resetCalls();
    clock.advance(HOUR);
    expect(at().isStale(snapshot)).toBe(false);
    expect(await names(at(), '1')).toEqual(['Alpha']);
    expect(simulator.count()).toBe(0);
    expect(at().sync().lastAttemptAt).toBe(snapshot.asOf);
  });

  it('serves an older snapshot at once as stale, with one refresh in the background', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    const old = await at().snapshot();
    simulator.destination('acme', 314).mappings[0]!.name = 'Alpha renamed';
    clock.advance(HOUR + 1);
    const gate = hold(simulator);
    simulator.resetCalls();

    expect(await Promise.all(Array.from({ length: 50 }, () => at().snapshot()))).toEqual(
      Array.from({ length: 50 }, () => old),
    );
    expect(at().isStale(old)).toBe(true);
    expect(await names(at(), '1', '3')).toEqual(['Alpha', 'Gamma']);
    await gate.arrival;
    expect(at().cached()?.segments).toBe(old.segments);

    gate.open();
    await listingUnderWay(at());
    const fresh = await at().snapshot();
    expect(at().isStale(fresh)).toBe(false);
    expect(fresh.asOf).toBe(clock.now());
    expect(await names(at(), '1', '3')).toEqual(['Alpha renamed', 'Gamma']);
    expect(simulator.listings()).toBe(1);
    expect(simulator.count({ endpoint: 'mappings' })).toBe(1);
  });

  it('serves the old names while refreshes fail, with status FAILING, and recovers', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    const old = await at().snapshot();
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
    clock.advance(HOUR + 1);

    expect(await names(at(), '1')).toEqual(['Alpha']);
    await listingUnderWay(at());
    const failedAt = clock.now();
    expect((await at().snapshot()).segments).toBe(old.segments);
    expect(at().isStale(old)).toBe(true);
    expect(await names(at(), '1')).toEqual(['Alpha']);
    expect(at().sync()).toEqual({
      status: 'FAILING',
      segmentCount: 3,
      lastSuccessAt: old.asOf,
      lastAttemptAt: failedAt,
      nextAttemptAt: null,
      lastError: {
        code: 'AAM_UNAVAILABLE',
        message: 'Audience Manager answered with status 500.',
        at: failedAt,
      },
    });

    fault.remove();
    simulator.destination('acme', 314).mappings[0]!.name = 'Alpha renamed';
    clock.advance(SECOND);
    expect(await names(at(), '1')).toEqual(['Alpha']);
    await listingUnderWay(at());
    expect(await names(at(), '1')).toEqual(['Alpha renamed']);
    expect(at().sync()).toMatchObject({
      status: 'FRESH',
      lastSuccessAt: clock.now(),
      lastError: null,
    });
  });

  it('starts no refresh for a stale snapshot during the delay after a failure', async () => {
    const { simulator, clock, metrics, at, names } = await startDirectory();
    await at().snapshot();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    clock.advance(HOUR + 1);
    await at().snapshot();
    await listingUnderWay(at());
    simulator.resetCalls();

    clock.advance(749);
    expect(await names(at(), '1', '2')).toEqual(['Alpha', 'Beta']);
    expect(at().sync().lastAttemptAt).toBe(clock.now() - 749);
    clock.advance(1);
    expect(await names(at(), '1', '2')).toEqual(['Alpha', 'Beta']);
    await listingUnderWay(at());
    expect(simulator.listings()).toBe(1);
    expect(await counts(metrics.refreshes)).toEqual({ 'cold ok': 1, 'stale AAM_FORBIDDEN': 2 });
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code: 'AAM_FORBIDDEN' } });
  });

  it('is listed on request even if it is fresh', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    await at().snapshot();
    simulator.destination('acme', 314).mappings[0]!.name = 'Alpha renamed';
    clock.advance(MINUTE);
    const snapshot = await at().refresh('request');
    expect(snapshot.asOf).toBe(clock.now());
    expect(await names(at(), '1')).toEqual(['Alpha renamed']);
    expect(simulator.listings()).toBe(2);
  });
});
