import { describe, expect, it } from 'vitest';
import { UnknownIds } from '../../../src/directory/lookup/unknown-ids.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  acme,
  destination,
  hold,
  mappings,
  startDirectory,
  type TestDirectory,
} from '../../support/directory.js';
import { FakeClock } from '../../support/fake-clock.js';

const DAY = 24 * HOUR;
const DELTA = { mappingId: 4, sid: 104, name: 'Delta' };

describe('an ID that no listing has', () => {
  it('may cause the next listing after 5 minutes, after an hour, and then every 6 hours', () => {
    const clock = new FakeClock();
    const unknown = new UnknownIds(clock);
    expect(unknown.isDue('7')).toBe(true);
    for (const wait of [5 * MINUTE, HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR]) {
      unknown.recordMiss('7');
      expect(unknown.isDue('7')).toBe(false);
      clock.advance(wait - 1);
      expect(unknown.isDue('7')).toBe(false);
      clock.advance(1);
      expect(unknown.isDue('7')).toBe(true);
      clock.advance(10 * DAY);
      expect(unknown.isDue('7')).toBe(true);
    }
  });

  it('holds up no other ID', () => {
    const unknown = new UnknownIds(new FakeClock());
    unknown.recordMiss('7');
    expect([unknown.isDue('8'), unknown.isDue('77'), unknown.isDue('')]).toEqual([true, true, true]);
  });

  it('waits as long if the clock is set back, and no longer if the machine is suspended', () => {
    const clock = new FakeClock();
    const unknown = new UnknownIds(clock);
    unknown.recordMiss('7');
    clock.setBack(DAY);
    clock.advance(5 * MINUTE - 1);
    expect(unknown.isDue('7')).toBe(false);
    clock.advance(1);
    expect(unknown.isDue('7')).toBe(true);
    unknown.recordMiss('7');
    clock.setForward(HOUR);
    expect(unknown.isDue('7')).toBe(true);
  });

  it('is forgotten if too many others were asked for since, the one longest not asked for first', () => {
    const unknown = new UnknownIds(new FakeClock());
    const long = (id: number): string => `${id}`.padStart(1_000, '-');
    for (let id = 0; id < 8_000; id++) unknown.recordMiss(long(id));
    expect(unknown.isDue(long(0))).toBe(false);
    for (let id = 8_000; id < 9_000; id++) unknown.recordMiss(long(id));
    expect(unknown.isDue(long(0))).toBe(false);
    expect(unknown.isDue(long(1))).toBe(true);
    expect(unknown.isDue(long(8_999))).toBe(false);
  });
});

describe('listings for unknown IDs', () => {
  /** Asks for IDs once a minute. @returns the minutes in which a listing was made */
  async function askEveryMinute(test: TestDirectory, minutes: number, idsAt: (minute: number) => string[]) {
    const { simulator, clock, at, names } = test;
    const listed: number[] = [];
    for (let minute = 0; minute <= minutes; minute++) {
      const before = simulator.listings();
      const ids = idsAt(minute);
      expect(await names(at(), ...ids)).toEqual(ids.map(() => null));
      if (simulator.listings() > before) listed.push(minute);
      clock.advance(MINUTE);
    }
    return listed;
  }

  /** A directory in which nothing becomes stale. */
  const start = (): Promise<TestDirectory> => startDirectory({ freshness: { ttlMs: 10 * DAY } });

  it('are 7 in a day for one ID that is asked for every minute', async () => {
    const test = await start();
    const listed = await askEveryMinute(test, 24 * 60, () => ['999']);
    // The first one is the first listing at all.
    expect(listed).toEqual([0, 1, 6, 66, 426, 786, 1146]);
    expect(test.simulator.listings()).toBe(7);
  });

  it('are as few for a thousand of them that are asked for together', async () => {
    const test = await start();
    const ids = Array.from({ length: 1_000 }, (_, index) => `x${index}`);
    expect(await askEveryMinute(test, 2 * 60, () => ids)).toEqual([0, 1, 6, 66]);
  });

  it('are made for other new IDs nevertheless', async () => {
    const test = await start();
    expect(
      await askEveryMinute(test, 10, (minute) => (minute % 3 === 0 ? ['999', `x${minute}`] : ['999'])),
    ).toEqual([0, 1, 3, 6, 9]);
    const { simulator, at, names } = test;
    simulator.destination('acme', 314).mappings.push(DELTA);
    expect(await names(at(), '999', '4')).toEqual([null, 'Delta']);
  });

  it('find an ID that appears later as soon as any listing has it', async () => {
    const { simulator, clock, at, names } = await start();
    await names(at(), '4');
    clock.advance(MINUTE);
    await names(at(), '4');
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    expect(await names(at(), '4')).toEqual([null]);
    await at().refresh('schedule');
    expect(await names(at(), '4')).toEqual(['Delta']);
  });

  it('do not count if they fail: the ID may cause another one after newIdInterval', async () => {
    const { simulator, clock, at, names } = await start();
    await at().snapshot();
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
    for (let minute = 0; minute < 3; minute++) {
      clock.advance(MINUTE);
      await names(at(), '4');
    }
    expect(simulator.listings()).toBe(4);
    fault.remove();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    expect(await names(at(), '4')).toEqual(['Delta']);
  });

  it('do not count either for a lookup that did not wait for their end', async () => {
    const { simulator, clock, at, names } = await start();
    await at().snapshot();
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const asked = names(at(), '4');
    await gate.arrival;
    clock.advance(2 * SECOND);
    expect(await asked).toEqual([null]);
    gate.open();
    await at().refresh('schedule');
    const before = simulator.listings();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    expect(await names(at(), '4')).toEqual(['Delta']);
    expect(simulator.listings()).toBe(before + 1);
  });

  it('are counted by destination and by kind of ID', async () => {
    const { simulator, clock, at, find } = await startDirectory({
      freshness: { ttlMs: 10 * DAY },
      customers: [acme(destination(1, mappings('One')), destination(2, mappings('Two')))],
    });
    const [one, two] = [at('acme', '1'), at('acme', '2')];
    await Promise.all([one.snapshot(), two.snapshot()]);
    clock.advance(MINUTE);
    await find(one, ['999']);
    expect(simulator.listings()).toBe(3);
    await find(two, ['999']);
    expect(simulator.listings()).toBe(4);
    clock.advance(MINUTE);
    await find(one, ['999']);
    expect(simulator.listings()).toBe(4);
    await find(one, ['999'], 'SID');
    expect(simulator.listings()).toBe(5);
  });

  it('are made again after the clock was set back', async () => {
    const { simulator, clock, at, names } = await start();
    await at().snapshot();
    clock.advance(MINUTE);
    await names(at(), '999');
    expect(simulator.listings()).toBe(2);
    clock.advance(-DAY);
    simulator.destination('acme', 314).mappings.push(DELTA);
    expect(await names(at(), '4', '999')).toEqual(['Delta', null]);
    expect(simulator.listings()).toBe(3);
    // Once, and not with each lookup until the clock has caught up.
    await names(at(), '5', '999');
    expect(simulator.listings()).toBe(3);
  });
});
