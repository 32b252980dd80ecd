import { describe, expect, it } from 'vitest';
import { ChangeTracker } from '../../src/storage/change-tracker.js';
import type { DestinationKey } from '../../src/storage/index.js';
import type { Commit, DestinationVersion, Version } from '../../src/storage/version.js';
import { KEY } from './support.js';

function version(generation: number, asOf: number | null = null): DestinationVersion {
  return { ...KEY, generation, asOf };
}

function commit(before: Version, after: Version): Commit {
  return { key: KEY, before, after };
}

/** A tracker, and the keys that its listener was called with. */
function create(): { tracker: ChangeTracker; calls: DestinationKey[] } {
  const tracker = new ChangeTracker();
  const calls: DestinationKey[] = [];
  tracker.addListener((key) => {
    calls.push(key);
    return Promise.resolve();
  });
  return { tracker, calls };
}

describe('a change tracker', () => {
  it('calls the listeners once per generation, however often and late it is observed', () => {
    const { tracker, calls } = create();
    tracker.initialize([version(3)]);
    for (const generation of [3, 4, 4, 3, 5]) tracker.observe(version(generation));
    expect(calls).toEqual([KEY, KEY]);
  });

  it('calls the listeners once per asOf of a generation, and never for an earlier one', () => {
    const { tracker, calls } = create();
    tracker.initialize([version(1, 10)]);
    for (const asOf of [10, 20, 20, 15, null]) tracker.observe(version(1, asOf));
    expect(calls).toEqual([KEY]);
    tracker.observe(version(2, 5));
    tracker.observe(version(1, 30));
    expect(calls).toEqual([KEY, KEY]);
  });

  it('does not call the listeners for own commits, nor for the versions that they replaced', () => {
    const { tracker, calls } = create();
    tracker.expectOwn(commit(version(3), version(4)));
    tracker.expectOwn(commit(version(4), version(5)));
    for (const generation of [3, 4, 5]) tracker.observe(version(generation));
    tracker.expectOwn(commit(version(5, 10), version(5, 20)));
    for (const asOf of [10, 20]) tracker.observe(version(5, asOf));
    expect(calls).toEqual([]);
    tracker.observe(version(5, 30));
    expect(calls).toEqual([KEY]);
  });

  it("calls the listeners for another process's commit in the place of an own one that failed", () => {
    const { tracker, calls } = create();
    const own = commit(version(3), version(4));
    tracker.expectOwn(own);
    tracker.cancelOwn(own);
    tracker.observe(version(4));
    expect(calls).toEqual([KEY]);
  });

  it('does not forget a later own commit when an earlier one is cancelled', () => {
    const { tracker, calls } = create();
    tracker.expectOwn(commit(version(3), version(4)));
    tracker.cancelOwn(commit(version(2), version(3)));
    tracker.observe(version(4));
    expect(calls).toEqual([]);
  });
});
