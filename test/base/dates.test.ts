import { describe, expect, it } from 'vitest';
import { ageOf, dateOf, momentOf, systemClock } from '../../src/base/clock.js';
import { Dates, isWithin } from '../../src/base/dates.js';
import { FakeClock } from '../support/fake-clock.js';

const SECOND = 1_000;
const HOUR = 3_600_000;

describe('dates', () => {
  it('are those of the source as long as it goes forward', () => {
    const clock = new FakeClock();
    const dates = new Dates(clock);
    for (const ms of [0, 1, 999, HOUR]) {
      clock.advance(ms);
      expect(dates.now()).toBe(clock.now());
    }
    clock.setForward(HOUR);
    expect(dates.now()).toBe(clock.now());
    expect(dates.setBackMs).toBe(0);
  });

  it('stand still while the source catches up after it went back by a second', () => {
    const clock = new FakeClock();
    const dates = new Dates(clock);
    const before = dates.now();
    clock.setBack(SECOND);
    for (const ms of [0, 400, 599]) {
      clock.advance(ms);
      expect(dates.now()).toBe(before);
    }
    clock.advance(2);
    expect(dates.now()).toBe(before + 1);
    expect(dates.setBackMs).toBe(0);
  });

  it('go back with the source if it went back further, and say by how much', () => {
    const clock = new FakeClock();
    const dates = new Dates(clock);
    const before = dates.now();
    clock.setBack(HOUR);
    expect(dates.now()).toBe(before - HOUR);
    expect(dates.setBackMs).toBe(HOUR);
    clock.advance(SECOND);
    clock.setBack(2 * HOUR);
    expect(dates.now()).toBe(before + SECOND - 3 * HOUR);
    expect(dates.setBackMs).toBe(3 * HOUR);
  });

  it('say so even if the source has passed the last date again before anybody asked', () => {
    const clock = new FakeClock();
    const dates = new Dates(clock);
    clock.setBack(HOUR);
    clock.advance(2 * HOUR);
    expect(dates.now()).toBe(clock.now());
    expect(dates.setBackMs).toBe(HOUR);
  });

  it('follow a source of their own, with the durations and timers of the clock', () => {
    const clock = new FakeClock();
    let source = 50;
    const dates = new Dates(clock, () => source);
    source = 70;
    expect(dates.now()).toBe(70);
    const elapsed = dates.elapsed();
    let calls = 0;
    dates.schedule(() => calls++, SECOND);
    clock.advance(SECOND);
    expect(dates.elapsed() - elapsed).toBe(SECOND);
    expect(calls).toBe(1);
  });
});

describe('a moment', () => {
  it.each([
    ['set back', (clock: FakeClock) => clock.setBack(HOUR), 5 * SECOND],
    [
      'set forward, or the machine was suspended',
      (clock: FakeClock) => clock.setForward(HOUR),
      HOUR + 5 * SECOND,
    ],
    ['left alone', () => undefined, 5 * SECOND],
  ])('is as old as the later of both times says if the clock is %s', (_, change, age) => {
    const clock = new FakeClock();
    const moment = momentOf(clock);
    clock.advance(2 * SECOND);
    change(clock);
    clock.advance(3 * SECOND);
    expect(ageOf(moment, clock)).toBe(age);
  });

  it('has the date that it would have by the clock as it is now', () => {
    const clock = new FakeClock();
    const moment = momentOf(clock);
    clock.advance(5 * SECOND);
    expect(dateOf(moment, clock)).toBe(clock.now() - 5 * SECOND);
    clock.setBack(HOUR);
    expect(dateOf(moment, clock)).toBe(clock.now() - 5 * SECOND);
    // Nobody knows whether the machine was suspended: then the moment is as old as the date says.
    clock.setForward(2 * HOUR);
    expect(dateOf(moment, clock)).toBe(moment.date);
  });
});

it("the system's times agree on durations", () => {
  const moment = momentOf(systemClock);
  expect(ageOf(moment, systemClock)).toBeLessThan(60 * SECOND);
  expect(dateOf(moment, systemClock)).toBe(moment.date);
});

it.each([
  { what: 'a time within', time: 999_001, expected: true },
  { what: 'a time just outside', time: 999_000, expected: false },
  { what: 'a time that a clock has given that is a little ahead', time: 1_000_500, expected: true },
  { what: 'a time from before a clock was set back', time: 2_000_000, expected: false },
  { what: 'no time', time: null, expected: false },
])('$what is within a second: $expected', ({ time, expected }) => {
  expect(isWithin(time, 1_000_000, 1_000)).toBe(expected);
});
