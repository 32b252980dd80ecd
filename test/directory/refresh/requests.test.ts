import { describe, expect, it } from 'vitest';
import { postgresDatabase, postgresServer } from '../../storage/support.js';
import {
  HOUR,
  SECOND,
  allNames,
  counts,
  hold,
  startDirectory,
  withPassword,
  type TestDirectory,
} from '../../support/directory.js';
import { eventually } from '../../support/waiting.js';

/** Interval at which a gateway looks whether another one has finished a listing. */
const POLL = 200;

/** A stored destination whose first name has changed in Audience Manager while a listing of it is held back. */
async function startStale(): Promise<TestDirectory & { readonly finish: () => void }> {
  const test = await startDirectory();
  await test.at().snapshot();
  test.clock.advance(HOUR + 1);
  const gate = hold(test.simulator);
  await test.at().snapshot();
  await gate.arrival;
  return { ...test, finish: () => gate.open() };
}

function rename({ simulator }: TestDirectory, name: string): void {
  simulator.destination('acme', 314).mappings[0]!.name = name;
}

describe('a listing that is asked for', () => {
  it('does not join the listing in flight, which may lack what has changed since', async () => {
    const test = await startStale();
    const { simulator, at, clock, finish } = test;
    const before = simulator.listings();
    clock.advance(SECOND);
    const refreshed = at().refresh('request');
    finish();
    const snapshot = await refreshed;
    expect(simulator.listings()).toBe(before + 1);
    expect(snapshot.asOf).toBe(clock.now());
  });

  it('is one for all who wait for the listing in flight', async () => {
    const { simulator, at, finish, metrics } = await startStale();
    const before = simulator.listings();
    const refreshed = [at().refresh('request'), at().refresh('request'), at().refresh('request')];
    finish();
    expect(new Set(await Promise.all(refreshed)).size).toBe(1);
    expect(simulator.listings()).toBe(before + 1);
    expect(await counts(metrics.refreshes)).toMatchObject({ 'stale ok': 1, 'request ok': 1 });
  });

  it('begins although the one in flight fails', async () => {
    const test = await startDirectory();
    await test.at().snapshot();
    const fault = test.simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 404 } });
    const failing = test.at().refresh('schedule');
    const refreshed = test.at().refresh('request');
    await test.simulator.nextCall({ endpoint: 'mappings' });
    fault.remove();
    await expect(failing).rejects.toThrow();
    expect(allNames(await refreshed)).toEqual(['Alpha', 'Beta', 'Gamma']);
  });

  it('is joined by lookups', async () => {
    const { simulator, at } = await startDirectory();
    const all = await Promise.all([at().refresh('request'), at().refresh('request'), at().snapshot()]);
    expect(new Set(all).size).toBe(1);
    expect(simulator.listings()).toBe(1);
  });

  it('is made once in five seconds, counted from its start', async () => {
    const test = await startDirectory();
    const { simulator, at, clock } = test;
    const first = await at().refresh('request');
    rename(test, 'Aleph');
    clock.advance(5 * SECOND - 1);
    expect(await at().refresh('request')).toBe(first);
    expect(simulator.listings()).toBe(1);
    clock.advance(1);
    expect(allNames(await at().refresh('request'))).toEqual(['Aleph', 'Beta', 'Gamma']);
    expect(simulator.listings()).toBe(2);
  });

  it('has the same failure for all who ask within five seconds', async () => {
    const { simulator, at, clock } = await startDirectory();
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    fault.remove();
    clock.advance(4 * SECOND);
    await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_FORBIDDEN' });
    expect(simulator.count({ endpoint: 'mappings' })).toBe(1);
    clock.advance(SECOND);
    expect(allNames(await at().refresh('request'))).toHaveLength(3);
  });

  it('is the next one after five seconds, even if the one before is still in flight', async () => {
    const { simulator, at, clock } = await startDirectory();
    const gate = hold(simulator);
    const first = at().refresh('request');
    await gate.arrival;
    clock.advance(5 * SECOND);
    const second = at().refresh('request');
    gate.open();
    expect((await second).asOf).toBe((await first).asOf! + 5 * SECOND);
    expect(simulator.listings()).toBe(2);
  });

  it('is not the one that another caller has waited for, once that one has begun', async () => {
    const { simulator, at, clock } = await startDirectory();
    const first = hold(simulator);
    const scheduled = at().refresh('schedule');
    await first.arrival;
    const waiting = at().refresh('request');
    const second = hold(simulator);
    first.open();
    await scheduled;
    await second.arrival;
    clock.advance(5 * SECOND);
    const later = at().refresh('request');
    second.open();
    expect((await later).asOf).toBe((await waiting).asOf! + 5 * SECOND);
    expect(simulator.listings()).toBe(3);
  });

  it('is the next one after five seconds, although the clock was set back meanwhile', async () => {
    const { simulator, at, clock } = await startDirectory();
    await at().refresh('request');
    clock.setBack(HOUR);
    clock.advance(5 * SECOND - 1);
    await at().refresh('request');
    expect(simulator.listings()).toBe(1);
    clock.advance(1);
    await at().refresh('request');
    expect(simulator.listings()).toBe(2);
  });

  it('is made at once after the credentials were changed', async () => {
    const { simulator, directory, at, setups } = await startDirectory();
    await at().refresh('request');
    expect(simulator.listings()).toBe(1);
    directory.configure(withPassword(setups, 'wrong'));
    await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_AUTH_FAILED' });
    directory.configure(setups);
    await at().refresh('request');
    expect(simulator.listings()).toBe(2);
  });
});

describe.skipIf(postgresServer === null)('a listing that is asked for at two gateways', () => {
  async function startTwo(): Promise<{ first: TestDirectory; second: TestDirectory }> {
    const { config } = await postgresDatabase();
    const first = await startDirectory({ storage: config });
    const second = await startDirectory({ storage: config });
    await first.at().snapshot();
    await second.at().snapshot();
    return { first, second };
  }

  /** The first gateway is listing, and the second one is asked to. */
  async function startWaiting() {
    const { first, second } = await startTwo();
    first.clock.advance(SECOND);
    second.clock.advance(SECOND);
    const gate = hold(first.simulator);
    const listing = first.at().refresh('schedule');
    await gate.arrival;
    const asked = second.at().refresh('request');
    await second.clock.timer((ms) => ms === POLL);
    gate.open();
    await listing;
    return { first, second, asked };
  }

  it('is not the one that the other gateway had begun before', async () => {
    const { first, second, asked } = await startWaiting();
    rename(second, 'Aleph');
    second.clock.advance(POLL);
    expect(allNames(await asked)).toEqual(['Aleph', 'Beta', 'Gamma']);
    expect(second.simulator.listings()).toBe(1);
    await eventually(() => first.at().cached()?.find('1')?.name === 'Aleph');
  });

  it('may be the one that the other gateway began later', async () => {
    const { first, second, asked } = await startWaiting();
    rename(first, 'Aleph');
    first.clock.advance(SECOND);
    await first.at().refresh('schedule');
    second.clock.advance(POLL);
    expect(allNames(await asked)).toEqual(['Aleph', 'Beta', 'Gamma']);
    expect(second.simulator.listings()).toBe(0);
  });
});
