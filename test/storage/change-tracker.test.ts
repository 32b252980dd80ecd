import { describe, expect, it } from 'vitest';
import { ChangeTracker } from '../../src/storage/change-tracker.js';
import type { DestinationKey } from '../../src/storage/index.js';
import type { Commit, DestinationVersion, Version } from '../../src/storage/version.js';
import { FakeClock } from '../support/fake-clock.js';
import { KEY, silent } from './support.js';

const OTHER: DestinationKey = { customerId: 'acme', destinationId: '315' };

function version(generation: number, asOf: number | null = null, key = KEY): DestinationVersion {
  return { ...key, generation, asOf };
}

function commit(before: Version, after: Version): Commit {
  return { key: KEY, before, after };
}

/** A tracker with a listener that settles when the test says so. */
class Reports {
  readonly clock = new FakeClock();
  readonly tracker = new ChangeTracker(this.clock, silent());
  readonly calls: DestinationKey[] = [];
  readonly generations: number[] = [];
  readonly #inFlight: PromiseWithResolvers<void>[] = [];

  constructor() {
    this.tracker.addListener((key, generation) => {
      this.calls.push(key);
      this.generations.push(generation);
      const call = deferred();
      this.#inFlight.push(call);
      return call.promise;
    });
  }

  /** Lets the oldest call in flight resolve. */
  async handle(): Promise<void> {
    this.#inFlight.shift()!.resolve();
    await turn();
  }

  /** Lets the oldest call in flight reject. */
  async fail(): Promise<void> {
    this.#inFlight.shift()!.reject(new Error('the storage does not respond'));
    await turn();
  }
}

function deferred(): PromiseWithResolvers<void> {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((onDone, onError) => {
    [resolve, reject] = [onDone, onError];
  });
  return { promise, resolve, reject };
}

/** Lets everything that is ready run. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a change tracker', () => {
  it('reports a generation once, however often and late it is observed', async () => {
    const reports = new Reports();
    const { tracker, calls } = reports;
    tracker.initialize([version(3)]);
    for (const generation of [3, 4, 4, 3]) tracker.observe(version(generation));
    await reports.handle();
    tracker.observe(version(4));
    expect(calls).toEqual([KEY]);
    tracker.observe(version(5));
    await reports.handle();
    expect(calls).toEqual([KEY, KEY]);
    expect(reports.generations).toEqual([4, 5]);
  });

  it('reports an asOf of a generation once, and never an earlier one', async () => {
    const reports = new Reports();
    const { tracker, calls } = reports;
    tracker.initialize([version(1, 10)]);
    for (const asOf of [10, 20, 20, 15, null]) tracker.observe(version(1, asOf));
    await reports.handle();
    expect(calls).toEqual([KEY]);
    tracker.observe(version(2, 5));
    tracker.observe(version(1, 30));
    await reports.handle();
    expect(calls).toEqual([KEY, KEY]);
    expect(reports.clock.pending()).toEqual([]);
  });

  it('reports a change that could not be handled every second, until it is', async () => {
    const reports = new Reports();
    const { tracker, calls, clock } = reports;
    tracker.observe(version(1));
    for (let failures = 1; failures <= 40; failures++) {
      await reports.fail();
      tracker.observe(version(1));
      expect(calls).toHaveLength(failures);
      expect(clock.pending()).toEqual([1_000]);
      clock.advance(1_000);
    }
    await reports.handle();
    expect(calls).toHaveLength(41);
    expect(clock.pending()).toEqual([]);
    tracker.observe(version(1));
    expect(calls).toHaveLength(41);
  });

  it('reports one change of a destination at a time, and of several only the newest', async () => {
    const reports = new Reports();
    const { tracker, calls } = reports;
    tracker.observe(version(1));
    for (const generation of [2, 3, 4]) tracker.observe(version(generation));
    tracker.observe(version(1, null, OTHER));
    expect(calls).toEqual([KEY, OTHER]);
    await reports.handle();
    expect(calls).toEqual([KEY, OTHER, KEY]);
    await reports.handle();
    await reports.handle();
    expect(calls).toEqual([KEY, OTHER, KEY]);
  });

  it('reports a failed change together with a newer one', async () => {
    const reports = new Reports();
    const { tracker, calls, clock } = reports;
    tracker.observe(version(1));
    tracker.observe(version(2));
    await reports.fail();
    expect(calls).toEqual([KEY]);
    clock.advance(1_000);
    await reports.handle();
    expect(calls).toEqual([KEY, KEY]);
    expect(clock.pending()).toEqual([]);
  });

  it('does not report own commits, nor the versions that they replaced', () => {
    const { tracker, calls } = new Reports();
    for (const own of [
      commit(version(3), version(4)),
      commit(version(4), version(5)),
      commit(version(5, 10), version(5, 20)),
    ]) {
      tracker.expectOwn(own);
      // It is announced before this process knows that it has succeeded.
      tracker.observe({ ...KEY, ...own.after });
      tracker.confirmOwn(own);
    }
    for (const old of [version(3), version(4), version(5), version(5, 10), version(5, 20)]) {
      tracker.observe(old);
    }
    expect(calls).toEqual([]);
    tracker.observe(version(5, 30));
    expect(calls).toEqual([KEY]);
  });

  it('reports a confirmation of another process that an own commit has taken over unseen', async () => {
    const reports = new Reports();
    const { tracker, calls } = reports;
    tracker.initialize([version(3, 10)]);
    // Another process has confirmed generation 3 at 20. Its notification comes late, or not at all.
    const own = commit(version(3, 20), version(4, 20));
    tracker.expectOwn(own);
    tracker.observe(version(4, 20));
    tracker.confirmOwn(own);
    expect(calls).toEqual([KEY]);
    await reports.handle();
    tracker.observe(version(3, 20));
    tracker.observe(version(4, 20));
    expect(calls).toEqual([KEY]);
  });

  it("reports another process's commit in the place of an own one that failed", () => {
    const { tracker, calls } = new Reports();
    const own = commit(version(3), version(4));
    tracker.expectOwn(own);
    tracker.observe(version(4));
    expect(calls).toEqual([]);
    tracker.cancelOwn(own);
    expect(calls).toEqual([KEY]);
  });

  it('reports the version that an own commit would have replaced if that commit failed', () => {
    const { tracker, calls } = new Reports();
    const own = commit(version(3), version(4));
    tracker.expectOwn(own);
    tracker.cancelOwn(own);
    tracker.observe(version(3));
    expect(calls).toEqual([KEY]);
  });

  it('does not forget a later own commit when an earlier one is cancelled', () => {
    const { tracker, calls } = new Reports();
    tracker.expectOwn(commit(version(3), version(4)));
    tracker.cancelOwn(commit(version(2), version(3)));
    tracker.observe(version(4));
    expect(calls).toEqual([]);
  });

  it('reports nothing any more once it is closed', async () => {
    const reports = new Reports();
    const { tracker, calls, clock } = reports;
    tracker.observe(version(1));
    tracker.observe(version(1, null, OTHER));
    await reports.fail();
    tracker.close();
    await reports.fail();
    tracker.observe(version(2));
    expect(clock.pending()).toEqual([]);
    expect(calls).toEqual([KEY, OTHER]);
  });
});
