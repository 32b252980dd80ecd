import { expect, it } from 'vitest';
import { StorageProbe } from '../../src/storage/storage-probe.js';
import { FakeClock } from '../support/fake-clock.js';

const INTERVAL = 15_000;
const PATIENCE = 5_000;

/** A probe of a storage that answers when the test says so. */
function startProbe(): { clock: FakeClock; probe: StorageProbe; asked: ((answer: boolean) => void)[] } {
  const clock = new FakeClock();
  const asked: ((answer: boolean) => void)[] = [];
  const probe = new StorageProbe({ ping: () => new Promise((resolve) => asked.push(resolve)) }, clock);
  probe.start();
  return { clock, probe, asked };
}

it('the probe of a storage says what the storage last answered', async () => {
  const { clock, probe, asked } = startProbe();
  expect(probe.isUp).toBe(true);
  for (const answer of [false, true]) {
    clock.advance(await clock.timer((ms) => ms === INTERVAL));
    asked.at(-1)?.(answer);
    await clock.timer((ms) => ms === INTERVAL);
    expect(probe.isUp).toBe(answer);
  }
});

it('the probe takes a storage that hangs for one that is down, and asks it no second time', async () => {
  const { clock, probe, asked } = startProbe();
  clock.advance(INTERVAL);
  clock.advance(PATIENCE);
  await expect.poll(() => probe.isUp).toBe(false);
  clock.advance(10 * INTERVAL);
  expect(asked).toHaveLength(1);
  asked[0]?.(true);
  await clock.timer((ms) => ms === INTERVAL);
  expect(probe.isUp).toBe(true);
  probe.stop();
  expect(clock.pending()).toEqual([]);
});
