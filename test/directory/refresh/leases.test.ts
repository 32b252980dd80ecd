import { expect, it } from 'vitest';
import { RefreshPriority, type Priority } from '../../../src/audience-manager/index.js';
import { Leases, type LeaseRequest } from '../../../src/directory/refresh/leases.js';
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

/** Pause before a lease is asked for again. */
const POLL = 200;

function scheduled(): LeaseRequest {
  return { key: KEY, priority: new RefreshPriority('scheduled'), signal: new AbortController().signal };
}

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
    const wanted: Priority[] = [];
    const demand = {
      want: (_key: unknown, priority: Priority) => void wanted.push(priority),
      onWanted: () => undefined,
    };
    const leases = new Leases({ store, clock, owner: 'a', demand });
    return {
      clock,
      gates,
      wanted,
      acquire: (request = scheduled()) => leases.acquire(request, () => false),
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

  it('is wanted of who has it as soon as somebody waits for it, also later', async () => {
    const { clock, wanted, acquire, anotherTakesIt } = await start();
    await anotherTakesIt();
    const request = scheduled();
    const acquiring = acquire(request);
    await clock.timer((ms) => ms === POLL);
    expect(wanted).toEqual([]);
    request.priority.raise('lookup');
    clock.advance(POLL);
    await clock.timer((ms) => ms === POLL);
    expect(wanted).toEqual(['lookup']);
    clock.advance(LEASE);
    await (
      await acquiring
    )?.();
  });
});
