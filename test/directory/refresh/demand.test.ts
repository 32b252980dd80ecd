import { describe, expect, it } from 'vitest';
import type { SharedDemand } from '../../../src/directory/index.js';
import { postgresDatabase, postgresServer } from '../../storage/support.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { hold, startDirectory, type DirectorySetUp, type TestDirectory } from '../../support/directory.js';
import { begun } from '../../support/waiting.js';

/** Pause before a lease is asked for again. */
const POLL = 200;

/** Two processes: what one of them wants, the other one is told. */
function twoSides(): [SharedDemand, SharedDemand] {
  const listeners: Parameters<SharedDemand['onWanted']>[0][][] = [[], []];
  const side = (own: number): SharedDemand => ({
    want: (key, priority) => listeners[1 - own]?.forEach((listener) => listener(key, priority)),
    onWanted: (listener) => void listeners[own]?.push(listener),
  });
  return [side(0), side(1)];
}

/** Calls that wait for their turn, by priority. */
async function waitingAt({ metrics }: TestDirectory): Promise<Record<string, number>> {
  const waiting = metrics.registry.getSingleMetric('aam_gateway_upstream_waiting');
  const { values } = await waiting!.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels['priority']), value]));
}

describe.skipIf(postgresServer === null)('a listing of another process', () => {
  it('goes ahead of others there when somebody waits for it here', async () => {
    const { config: storage } = await postgresDatabase();
    const [here, there] = twoSides();
    const setUp: DirectorySetUp = {
      storage,
      calls: 1,
      customers: [passwordCustomer('acme', destination(314, 1), destination(315, 1), destination(316, 1))],
    };
    const busy = await startDirectory({ ...setUp, demand: there });
    const asked = await startDirectory({ ...setUp, demand: here });
    const gate = hold(busy.simulator, { destinationId: 316 });
    const listings = [busy.at('acme', '316').refresh('schedule')];
    await gate.arrival;
    listings.push(busy.at('acme', '315').refresh('schedule'), busy.at('acme', '314').refresh('schedule'));
    await expect.poll(() => waitingAt(busy)).toEqual({ lookup: 0, search: 0, scheduled: 2 });
    const snapshot = begun(asked.at('acme', '314').snapshot());
    await asked.clock.timer((ms) => ms === POLL);
    expect(await waitingAt(busy)).toEqual({ lookup: 1, search: 0, scheduled: 1 });
    gate.open();
    await Promise.all(listings);
    const order = busy.simulator.calls.filter(({ endpoint }) => endpoint === 'mappings');
    expect(order.map(({ destinationId }) => destinationId)).toEqual(['316', '314', '315']);
    asked.clock.advance(POLL);
    expect((await snapshot).segments.length).toBe(1);
    expect(asked.simulator.listings()).toBe(0);
  });
});
