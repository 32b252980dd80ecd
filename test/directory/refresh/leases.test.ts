import { expect, it } from 'vitest';
import { Leases } from '../../../src/directory/refresh/leases.js';
import { SnapshotStore } from '../../../src/directory/storing/snapshot-store.js';
import type { Storage } from '../../../src/storage/index.js';
import { createLogger } from '../../../src/telemetry/logs.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { Redactor } from '../../../src/telemetry/redaction.js';
import { KEY, describeEngines } from '../../storage/support.js';
import { SECOND } from '../../support/directory.js';
import { FakeClock } from '../../support/fake-clock.js';
import { GatedStorage } from '../../support/gated-storage.js';

/** Duration of a lease, and the time after which it is renewed. */
const LEASE = 15 * SECOND;
const RENEWAL = LEASE / 3;

describeEngines('the lease on a destination', (create) => {
  async function start() {
    const clock = new FakeClock();
    const storage: Storage = await (await create()).open(clock);
    const gates = new GatedStorage();
    const store = new SnapshotStore({
      storage: gates.wrap(storage),
      clock,
      logger: createLogger({ redactor: new Redactor(), sink: { write: () => undefined } }),
      metrics: new Metrics(),
      catchUp: () => Promise.resolve(),
    });
    const leases = new Leases({ store, clock, owner: 'a' });
    return {
      clock,
      gates,
      acquire: () => leases.acquire(KEY, () => false, new AbortController().signal),
      anotherTakesIt: () => storage.claim(KEY, 'b', LEASE),
    };
  }

  it('is taken again if it expired before the storage granted it', async () => {
    const { clock, gates, acquire, anotherTakesIt } = await start();
    const claim = gates.hold('claim');
    const acquiring = acquire();
    await claim.arrival;
    clock.advance(LEASE);
    claim.open();
    const release = await acquiring;
    expect(await anotherTakesIt()).toBe(false);
    await release?.();
    expect(await anotherTakesIt()).toBe(true);
  });

  it('is taken again if it expired before the storage renewed it', async () => {
    const { clock, gates, acquire, anotherTakesIt } = await start();
    const release = await acquire();
    const claim = gates.hold('claim');
    clock.advance(RENEWAL);
    await claim.arrival;
    clock.advance(LEASE);
    claim.open();
    await clock.timer((ms) => ms === RENEWAL);
    expect(await anotherTakesIt()).toBe(false);
    await release?.();
    expect(await anotherTakesIt()).toBe(true);
  });
});
