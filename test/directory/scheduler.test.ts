import { describe, expect, it } from 'vitest';
import { pauseAfterFailure, pauseAfterSuccess, scheduledRetry } from '../../src/directory/sync/backoff.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  acme,
  counts,
  destination,
  globex,
  hold,
  listingUnderWay,
  mappings,
  startDirectory,
} from '../support/directory.js';

const DAY = 24 * HOUR;
const ALMOST_ONE = 1 - Number.EPSILON;

describe('the pause after', () => {
  it.each([
    [1, SECOND],
    [2, 2 * SECOND],
    [3, 4 * SECOND],
    [9, 256 * SECOND],
    [10, 5 * MINUTE],
    [10_000, 5 * MINUTE],
  ])('%i failures in a row is from half of to all of %i ms', (failures, pause) => {
    expect(pauseAfterFailure(failures, () => 0)).toBe(pause / 2);
    expect(pauseAfterFailure(failures, () => ALMOST_ONE)).toBeCloseTo(pause);
  });

  it('a success is from 0.8 of to all of refreshEvery', () => {
    expect(pauseAfterSuccess(HOUR, () => 0)).toBe(0.8 * HOUR);
    expect(pauseAfterSuccess(HOUR, () => ALMOST_ONE)).toBeCloseTo(HOUR);
    expect(pauseAfterSuccess(HOUR, () => ALMOST_ONE)).toBeLessThanOrEqual(HOUR);
  });

  it('a failure is for the scheduler half a minute to one and a half, and never more than refreshEvery', () => {
    expect(scheduledRetry(HOUR, () => 0)).toBe(30 * SECOND);
    expect(scheduledRetry(HOUR, () => ALMOST_ONE)).toBeCloseTo(90 * SECOND);
    expect(scheduledRetry(10 * SECOND, () => 0)).toBe(10 * SECOND);
  });
});

describe('the scheduled refresh', () => {
  it.each([
    [0, 0, 0.8],
    [0.5, 0.5, 0.9],
    [0.75, 0.75, 0.95],
    [ALMOST_ONE, 1, 1],
  ])('with jitter %d comes first after %d, then every %d of refreshEvery', async (jitter, first, next) => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs: HOUR },
      random: () => jitter,
    });
    const startedAt = clock.now();
    await directory.start();
    expect(at().sync().nextAttemptAt).toBeCloseTo(startedAt + first * HOUR);
    clock.advance(first * HOUR - 1);
    expect(at().sync().lastAttemptAt).toBeNull();
    for (let refresh = 1; refresh <= 3; refresh++) {
      clock.advance(1);
      await listingUnderWay(at());
      const { lastAttemptAt, nextAttemptAt } = at().sync();
      expect(lastAttemptAt).toBeCloseTo(startedAt + (first + (refresh - 1) * next) * HOUR);
      expect(nextAttemptAt).toBeCloseTo(lastAttemptAt! + next * HOUR);
      expect(simulator.listings()).toBe(refresh);
      expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': refresh });
      // Down to the millisecond before it is due.
      clock.advance((await clock.timer((ms) => ms > 0.5 * HOUR && ms < 2 * HOUR)) - 1);
      expect(at().sync().lastAttemptAt).toBe(lastAttemptAt);
    }
  });

  it('keeps a destination fresh that nobody asks for', async () => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs: HOUR, ttlMs: HOUR },
    });
    await directory.start();
    clock.advance(HOUR / 2);
    await listingUnderWay(at());
    for (let quarter = 0; quarter < 20; quarter++) {
      const due = (at().sync().nextAttemptAt ?? 0) <= clock.now() + HOUR / 4;
      clock.advance(HOUR / 4);
      if (due) await listingUnderWay(at());
      expect(at().sync().status).toBe('FRESH');
    }
    // Five hours, one every 0.9 hours, with the first.
    expect(simulator.listings()).toBe(6);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 6 });
  });

  it('spreads destinations over the interval', async () => {
    let next = 0;
    const { directory, clock } = await startDirectory({
      customers: [acme(...[1, 2, 3, 4].map((id) => destination(id, [])))],
      freshness: { refreshEveryMs: HOUR },
      random: () => (next++ % 4) / 4,
    });
    await directory.start();
    const times = [...directory.customers.values()].flatMap((customer) =>
      [...customer.destinations.values()].map((each) => (each.nextAttemptAt ?? NaN) - clock.now()),
    );
    expect(times).toEqual([0, HOUR / 4, HOUR / 2, (3 * HOUR) / 4]);
    expect(clock.pending()).toEqual([0]);
  });

  it('counts from any successful listing', async () => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs: HOUR },
    });
    await directory.start();
    clock.advance(29 * MINUTE);
    await at().snapshot();
    expect(at().sync().nextAttemptAt).toBe(clock.now() + 54 * MINUTE);
    clock.advance(54 * MINUTE - 1);
    expect(at().sync().lastAttemptAt).toBe(clock.now() - 54 * MINUTE + 1);
    clock.advance(1);
    await listingUnderWay(at());
    expect(simulator.listings()).toBe(2);
    expect(await counts(metrics.refreshes)).toEqual({ 'cold ok': 1, 'schedule ok': 1 });
  });

  it('does not start before it is told to', async () => {
    const {
      simulator,
      clock,
      destination: at,
    } = await startDirectory({ freshness: { refreshEveryMs: HOUR } });
    expect(clock.pending()).toEqual([]);
    clock.advance(DAY);
    expect(at().sync().lastAttemptAt).toBeNull();
    expect(simulator.count()).toBe(0);
  });

  it('with refreshEvery 0 never comes', async () => {
    const {
      simulator,
      directory,
      clock,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs: 0 },
    });
    await directory.start();
    expect(at().sync().nextAttemptAt).toBeNull();
    await at().snapshot();
    expect(at().sync().nextAttemptAt).toBeNull();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await listingUnderWay(at());
    expect(at().sync()).toMatchObject({ status: 'FAILING', nextAttemptAt: null });
    expect(clock.pending()).toEqual([]);
  });

  it('comes on time after more days than one timer can wait', async () => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs: 60 * DAY },
    });
    await directory.start();
    expect(clock.pending()).toEqual([DAY]);
    clock.advance(30 * DAY - 1);
    expect(at().sync().lastAttemptAt).toBeNull();
    clock.advance(1);
    await listingUnderWay(at());
    expect(simulator.listings()).toBe(1);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 1 });
  });

  it('runs so many at once as it may, and the next as soon as one is done', async () => {
    const ids = [1, 2, 3, 4, 5];
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      customers: [
        acme(...ids.slice(0, 3).map((id) => destination(id, []))),
        globex(destination(4, []), destination(5, [])),
      ],
      freshness: { refreshEveryMs: HOUR },
      concurrency: 2,
    });
    const all = ids.map((id) => at(id < 4 ? 'acme' : 'globex', String(id)));
    const started = (): string[] =>
      all.filter((each) => each.sync().lastAttemptAt !== null).map(({ id }) => id);
    const gates = ids.map((id) => hold(simulator, { destinationId: id }));
    await directory.start();

    clock.advance(HOUR / 2);
    expect(started()).toEqual(['1', '2']);
    for (const [index, id] of ids.entries()) {
      await gates[index]!.arrival;
      gates[index]!.open();
      await listingUnderWay(all[index]!);
      expect(all[index]!.sync().status).toBe('FRESH');
      if (id < 4) {
        await clock.timer((ms) => ms === 0);
        clock.advance(0);
      }
      expect(started()).toEqual(ids.slice(0, id + 2).map(String));
    }
    expect(simulator.listings()).toBe(5);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 5 });
  });

  it('is not kept up by one that does not end', async () => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      customers: [acme(destination(1, []), destination(2, mappings('Two')))],
      freshness: { refreshEveryMs: HOUR },
      concurrency: 2,
      requestTimeoutMs: DAY,
    });
    simulator.fault({ destinationId: 1, action: { kind: 'hang' } });
    await directory.start();
    clock.advance(HOUR / 2);
    for (let refresh = 1; refresh <= 3; refresh++) {
      await listingUnderWay(at('acme', '2'));
      expect(simulator.listings({ destinationId: 2 })).toBe(refresh);
      clock.advance(await clock.timer((ms) => ms === 0.9 * HOUR));
    }
    expect(simulator.listings({ destinationId: 1 })).toBe(1);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 3 });
  });

  it.each([
    ['a minute later', HOUR, undefined, MINUTE],
    ['after refreshEvery where that is shorter', 10 * SECOND, undefined, 10 * SECOND],
    ['after as long as Audience Manager asked for', HOUR, '300', 5 * MINUTE],
  ])('tries again what failed %s', async (_, refreshEveryMs, retryAfter, pause) => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs },
    });
    simulator.fault({
      endpoint: 'mappings',
      times: 2,
      action: { kind: 'status', status: 429, ...(retryAfter !== undefined && { retryAfter }) },
    });
    await directory.start();
    clock.advance(refreshEveryMs / 2);
    for (let failure = 1; failure <= 2; failure++) {
      await listingUnderWay(at());
      const failedAt = clock.now();
      expect(at().sync()).toMatchObject({ status: 'FAILING', nextAttemptAt: failedAt + pause });
      await clock.timer((ms) => ms === pause);
      clock.advance(pause - 1);
      expect(at().sync().lastAttemptAt).toBe(failedAt);
      clock.advance(1);
      expect(at().sync().lastAttemptAt).toBe(clock.now());
      expect(simulator.listings()).toBeLessThanOrEqual(failure + 1);
    }
    await listingUnderWay(at());
    expect(at().sync().status).toBe('FRESH');
    expect(simulator.listings()).toBe(3);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule AAM_RATE_LIMITED': 2, 'schedule ok': 1 });
  });

  it('of a failing destination waits out the pause that many failures make longer than a minute', async () => {
    const {
      simulator,
      directory,
      clock,
      metrics,
      destination: at,
    } = await startDirectory({
      freshness: { refreshEveryMs: 10 * SECOND },
    });
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await directory.start();
    clock.advance(5 * SECOND);
    const pauses: number[] = [];
    for (let failure = 1; failure <= 8; failure++) {
      await listingUnderWay(at());
      const pause = at().sync().nextAttemptAt! - clock.now();
      pauses.push(pause / SECOND);
      clock.advance(await clock.timer((ms) => ms === pause));
    }
    expect(pauses).toEqual([10, 10, 10, 10, 12, 24, 48, 96]);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule AAM_FORBIDDEN': 8 });
  });
});

describe('a directory that is stopped', () => {
  it('ends the listings under way and starts no further ones', async () => {
    const {
      simulator,
      directory,
      clock,
      destination: at,
    } = await startDirectory({
      customers: [acme(destination(1, []), destination(2, []))],
      freshness: { refreshEveryMs: HOUR },
      concurrency: 1,
    });
    const gate = hold(simulator);
    await directory.start();
    clock.advance(HOUR / 2);
    await gate.arrival;
    const waiting = at('acme', '1').snapshot();
    expect(clock.pending().length).toBeGreaterThan(0);

    const stopping = directory.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    await stopping;
    gate.open();
    clock.advance(30 * DAY);
    expect(clock.pending()).toEqual([]);
    expect(simulator.listings()).toBe(1);
    expect(at('acme', '2').sync().lastAttemptAt).toBeNull();
  });

  it('has no timer left when nothing was under way', async () => {
    const { directory, clock } = await startDirectory({ freshness: { refreshEveryMs: HOUR } });
    await directory.start();
    expect(clock.pending()).toEqual([HOUR / 2]);
    await directory.stop();
    expect(clock.pending()).toEqual([]);
  });
});
