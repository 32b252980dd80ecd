import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EventLoopLag } from '../../../src/server/http/event-loop-lag.js';

const LIMIT_MS = 40;
const LONGER_MS = 100;

/** The samples end when the test says so. The delay is that of the real event loop. */
const endSample = (): void => {
  vi.advanceTimersByTime(1_000);
};

/** Holds the event loop up. */
const pause = (ms = LONGER_MS): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

/** Has the event loop turn so many times, as slowly as is said. */
const turn = async (times: number, ms: number): Promise<void> => {
  for (let turns = 0; turns < times; turns += 1) {
    pause(ms);
    await nextTurn();
  }
};

function create(limitMs = LIMIT_MS): EventLoopLag {
  const lag = new EventLoopLag(limitMs);
  onTestFinished(() => lag.stop());
  return lag;
}

describe('the event loop', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('is not behind after one pause that took a whole sample, but after another one in the next', () => {
    const lag = create();
    pause();
    endSample();
    expect(lag.isBehind).toBe(false);
    pause();
    endSample();
    expect(lag.isBehind).toBe(true);
  });

  it('is not behind any more after a sample in which it has turned quickly', async () => {
    const lag = create();
    for (let samples = 0; samples < 2; samples += 1) {
      pause();
      endSample();
    }
    expect(lag.isBehind).toBe(true);
    // On a busy machine a sample may not be quick.
    for (let isQuick = false; !isQuick;) {
      const startedAt = performance.now();
      await turn(200, 1);
      endSample();
      isQuick = performance.now() - startedAt < (200 * LIMIT_MS) / 2;
    }
    expect(lag.isBehind).toBe(false);
  });

  it('is behind when it turns slowly for two samples', async () => {
    const lag = create();
    for (const expected of [false, true]) {
      await turn(6, LONGER_MS);
      endSample();
      expect(lag.isBehind).toBe(expected);
    }
  });

  it('is not behind where the pauses are shorter than the limit, however long that is', async () => {
    const lag = create(60_000);
    for (let samples = 0; samples < 3; samples += 1) {
      pause();
      endSample();
      await nextTurn();
    }
    expect(lag.isBehind).toBe(false);
  });

  it('is never behind without a limit', () => {
    const lag = create(0);
    for (let samples = 0; samples < 3; samples += 1) {
      pause(1);
      endSample();
    }
    expect(lag.isBehind).toBe(false);
  });
});
