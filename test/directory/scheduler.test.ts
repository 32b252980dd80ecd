import { describe, expect, it } from 'vitest';
import { retryDelay, nextRefreshDelay, scheduledRetryDelay } from '../../src/directory/sync/backoff.js';
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
  startScheduled,
  until,
} from '../support/directory.js';

const DAY = 24 * HOUR;
const ALMOST_ONE = 1 - Number.EPSILON;

describe('the delay after', () => {
  it.each([
    [1, SECOND],
    [2, 2 * SECOND],
    [3, 4 * SECOND],
    [9, 256 * SECOND],
    [10, 5 * MINUTE],
    [10_000, 5 * MINUTE],
  ])('%i failures in a row is between half of %i ms and all of it', (failures, pause) => {
    expect(retryDelay(failures, () => 0)).toBe(pause / 2);
    expect(retryDelay(failures, () => ALMOST_ONE)).toBeCloseTo(pause);
  });

  it('a success is between 0.8 and 1 times refreshEvery', () => {
    expect(nextRefreshDelay(HOUR, () => 0)).toBe(0.8 * HOUR);
    expect(nextRefreshDelay(HOUR, () => ALMOST_ONE)).toBeCloseTo(HOUR);
    expect(nextRefreshDelay(HOUR, () => ALMOST_ONE)).toBeLessThanOrEqual(HOUR);
  });

  it('a failure of a scheduled refresh is 30 to 90 seconds, but at most refreshEvery', () => {
    expect(scheduledRetryDelay(HOUR, () => 0)).toBe(30 * SECOND);
    expect(scheduledRetryDelay(HOUR, () => ALMOST_ONE)).toBeCloseTo(90 * SECOND);
    expect(scheduledRetryDelay(10 * SECOND, () => 0)).toBe(10 * SECOND);
  });
});

describe('a scheduled refresh', () => {
  it.each([
    [0, 0, 0.8],
    [0.5, 0.5, 0.9],
    [0.75, 0.75, 0.95],
    [ALMOST_ONE, 1, 1],
  ])('with jitter %d runs first after %d, then every %d times refreshEvery', async (jitter, first, next) => {
    const { simulator, clock, metrics, at } = await startScheduled({
      random: () => jitter,
    });
    const startedAt = clock.now();
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
      // One millisecond before the next refresh is due.
      await clock.timer((ms) => ms === MINUTE);
      clock.advance(nextAttemptAt! - clock.now() - 1);
      expect(at().sync().lastAttemptAt).toBe(lastAttemptAt);
    }
  });

  it('leaves the first moments of a gateway to those who ask', async () => {
    const customers = [acme(destination(1, mappings('Alpha')), destination(2, mappings('Beta')))];
    const { simulator, clock, at, names } = await startScheduled({
      customers,
      random: () => 0,
      freshness: { ttlMs: 100 },
      quietMs: SECOND,
    });
    clock.advance(500);
    expect(await names(at('acme', '1'), '1')).toEqual(['Alpha']);
    clock.advance(499);
    expect(await names(at('acme', '1'), '1')).toEqual(['Alpha']);
    expect([at('acme', '1').status, simulator.listings()]).toEqual(['STALE', 1]);
    clock.advance(1);
    // The other one is due, and nobody has to ask for the stale one once more.
    await until(() => ['1', '2'].every((id) => at('acme', id).asOf === clock.now()));
    expect(simulator.listings()).toBe(3);
  });

  it('keeps a destination fresh without any lookups', async () => {
    const { simulator, clock, metrics, at } = await startScheduled({
      freshness: { ttlMs: HOUR },
    });
    clock.advance(HOUR / 2);
    await listingUnderWay(at());
    for (let quarter = 0; quarter < 20; quarter++) {
      const due = (at().sync().nextAttemptAt ?? 0) <= clock.now() + HOUR / 4;
      clock.advance(HOUR / 4);
      if (due) await listingUnderWay(at());
      expect(at().sync().status).toBe('FRESH');
    }
    // Five hours with a refresh every 0.9 hours, including the first one.
    expect(simulator.listings()).toBe(6);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 6 });
  });

  it('is spread over the interval for several destinations', async () => {
    let next = 0;
    const { directory, clock } = await startScheduled({
      customers: [acme(...[1, 2, 3, 4].map((id) => destination(id, [])))],
      random: () => (next++ % 4) / 4,
    });
    const times = [...directory.customers.values()].flatMap((customer) =>
      [...customer.destinations.values()].map((each) => (each.nextAttemptAt ?? NaN) - clock.now()),
    );
    expect(times).toEqual([0, HOUR / 4, HOUR / 2, (3 * HOUR) / 4]);
    expect(clock.pending()).toEqual([0]);
  });

  it('is scheduled from the last successful listing, whatever its reason', async () => {
    const { simulator, clock, metrics, at } = await startScheduled();
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

  it('does not run before start() is called', async () => {
    const { simulator, clock, at } = await startDirectory({ freshness: { refreshEveryMs: HOUR } });
    expect(clock.pending()).toEqual([]);
    clock.advance(DAY);
    expect(at().sync().lastAttemptAt).toBeNull();
    expect(simulator.count()).toBe(0);
  });

  it('never runs if refreshEvery is 0', async () => {
    const { simulator, clock, at } = await startScheduled({
      freshness: { refreshEveryMs: 0 },
    });
    expect(at().sync().nextAttemptAt).toBeNull();
    await at().snapshot();
    expect(at().sync().nextAttemptAt).toBeNull();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await listingUnderWay(at());
    expect(at().sync()).toMatchObject({ status: 'FAILING', nextAttemptAt: null });
    expect(clock.pending()).toEqual([]);
  });

  it('runs on time even if it is due after more time than a timer can wait', async () => {
    const { simulator, clock, metrics, at } = await startScheduled({
      freshness: { refreshEveryMs: 60 * DAY },
    });
    // After the machine slept, due times are looked at within a minute.
    expect(clock.pending()).toEqual([MINUTE]);
    clock.advance(30 * DAY - 1);
    expect(at().sync().lastAttemptAt).toBeNull();
    clock.advance(1);
    await listingUnderWay(at());
    expect(simulator.listings()).toBe(1);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 1 });
  });

  it('runs up to the concurrency limit at once, and the next one when one is done', async () => {
    const ids = [1, 2, 3, 4, 5];
    const { simulator, clock, metrics, at } = await startScheduled({
      customers: [
        acme(...ids.slice(0, 3).map((id) => destination(id, []))),
        globex(destination(4, []), destination(5, [])),
      ],
      concurrency: 2,
    });
    const all = ids.map((id) => at(id < 4 ? 'acme' : 'globex', String(id)));
    const started = (): string[] =>
      all.filter((each) => each.sync().lastAttemptAt !== null).map(({ id }) => id);
    const gates = ids.map((id) => hold(simulator, { destinationId: id }));

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

  it('is not delayed by another one that never ends', async () => {
    const { simulator, clock, metrics, at } = await startScheduled({
      customers: [acme(destination(1, []), destination(2, mappings('Two')))],
      concurrency: 2,
      requestTimeoutMs: DAY,
    });
    simulator.fault({ destinationId: 1, action: { kind: 'hang' } });
    clock.advance(HOUR / 2);
    for (let refresh = 1; refresh <= 3; refresh++) {
      await listingUnderWay(at('acme', '2'));
      expect(simulator.listings({ destinationId: 2 })).toBe(refresh);
      await until(() => at('acme', '2').sync().lastAttemptAt === clock.now());
      await clock.timer((ms) => ms === MINUTE);
      clock.advance(0.9 * HOUR);
    }
    expect(simulator.listings({ destinationId: 1 })).toBe(1);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule ok': 3 });
  });

  it.each([
    ['a minute later', HOUR, undefined, MINUTE],
    ['after refreshEvery if that is shorter', 10 * SECOND, undefined, 10 * SECOND],
    ['after as long as Audience Manager asked for', HOUR, '300', 5 * MINUTE],
  ])('is retried after a failure %s', async (_, refreshEveryMs, retryAfter, pause) => {
    const { simulator, clock, metrics, at } = await startScheduled({
      freshness: { refreshEveryMs },
    });
    simulator.fault({
      endpoint: 'mappings',
      times: 2,
      action: { kind: 'status', status: 429, ...(retryAfter !== undefined && { retryAfter }) },
    });
    clock.advance(refreshEveryMs / 2);
    for (let failure = 1; failure <= 2; failure++) {
      await listingUnderWay(at());
      const failedAt = clock.now();
      expect(at().sync()).toMatchObject({ status: 'FAILING', nextAttemptAt: failedAt + pause });
      await clock.timer((ms) => ms === Math.min(pause, MINUTE));
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

  it('of a failing destination is retried after the delay of its failures if that is longer than a minute', async () => {
    const { simulator, clock, metrics, at } = await startScheduled({
      freshness: { refreshEveryMs: 10 * SECOND },
    });
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    clock.advance(5 * SECOND);
    const pauses: number[] = [];
    for (let failure = 1; failure <= 8; failure++) {
      await listingUnderWay(at());
      const pause = at().sync().nextAttemptAt! - clock.now();
      pauses.push(pause / SECOND);
      await clock.timer((ms) => ms === Math.min(pause, MINUTE));
      clock.advance(pause);
    }
    expect(pauses).toEqual([10, 10, 10, 10, 12, 24, 48, 96]);
    expect(await counts(metrics.refreshes)).toEqual({ 'schedule AAM_FORBIDDEN': 8 });
  });
});

describe('a stopped directory', () => {
  it('aborts the listings in flight and starts no more', async () => {
    const { simulator, directory, clock, at } = await startScheduled({
      customers: [acme(destination(1, []), destination(2, []))],
      concurrency: 1,
    });
    const gate = hold(simulator);
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

  it('has no timer left if nothing was in flight', async () => {
    const { directory, clock } = await startScheduled();
    expect(clock.pending()).toEqual([MINUTE]);
    await directory.stop();
    expect(clock.pending()).toEqual([]);
  });
});
