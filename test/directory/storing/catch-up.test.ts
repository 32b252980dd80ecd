import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { SnapshotStore } from '../../../src/directory/storing/snapshot-store.js';
import type { Storage } from '../../../src/storage/index.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { FakeClock } from '../../support/fake-clock.js';

it('is done once more for what is missed while it is under way, and then no more', async () => {
  const clock = new FakeClock();
  const ends: (() => void)[] = [];
  const store = new SnapshotStore({
    // It responds, and is asked nothing.
    storage: { trouble: null } as unknown as Storage,
    isShared: true,
    clock,
    logger: createLogger({ redactor: new Redactor(), level: 'silent' }),
    metrics: new Metrics(),
    catchUp: () => new Promise((resolve) => ends.push(resolve)),
  });
  onTestFinished(() => store.stop());
  const begin = async (): Promise<void> => {
    clock.advance(await clock.timer());
    await setImmediate();
  };
  store.catchUpSoon();
  await begin();
  expect(ends).toHaveLength(1);
  store.catchUpSoon();
  ends[0]?.();
  await setImmediate();
  await begin();
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await setImmediate();
  expect(clock.pending()).toEqual([]);
});
