import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { begun } from '../support/waiting.js';

const DESTINATIONS = 2_000;
const LOOKUPS = 30;
const CALLS_PER_SECOND = 10;

it(`lookups are answered while a search has ${DESTINATIONS} destinations read for the first time`, async () => {
  const ids = Array.from({ length: DESTINATIONS }, (_, index) => 10_000 + index);
  await using gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', ...ids.map((id) => destination(id, 2)))],
    config: {
      audienceManager: { callsPerSecond: CALLS_PER_SECOND },
      freshness: { refreshEvery: '0' },
      limits: { cost: 10_000_000, requestTimeout: '10m' },
    },
  });
  const { clock, simulator } = gateway;
  const waiting = async (priority: string): Promise<number> => {
    const metric = gateway.gateway.metrics.registry.getSingleMetric('aam_gateway_upstream_waiting');
    const { values = [] } = (await metric?.get()) ?? {};
    return values.find(({ labels }) => Object.values(labels).includes(priority))?.value ?? 0;
  };
  const calls = async (count: number): Promise<void> => {
    while (simulator.count() < count) await setImmediate();
  };

  const search = begun(
    gateway.query('{ searchSegments(text: "segment", first: 5) { totalCount unread { destinationId } } }'),
  );
  await calls(CALLS_PER_SECOND);
  const look = async (id: string): Promise<unknown> => {
    const { data } = await gateway.query(`{ segment(destinationId: "${id}", segmentId: "1002") { name } }`);
    return data;
  };
  const asked = ids.slice(-LOOKUPS).map((id) => begun(look(String(id))));
  while ((await waiting('lookup')) < LOOKUPS) await setImmediate();
  let answered = 0;
  const answers = begun(Promise.all(asked.map((answer) => answer.finally(() => (answered += 1)))));
  const areAnswered = (): boolean => answered === LOOKUPS;
  for (let second = 1; !areAnswered(); second++) {
    // One call in ten goes to the search.
    expect(second).toBeLessThanOrEqual(5);
    clock.advance(1_000);
    await calls(CALLS_PER_SECOND * (second + 1));
    while (!areAnswered() && (await waiting('lookup')) === 0) await setImmediate();
  }
  expect(await answers).toEqual(Array(LOOKUPS).fill({ segment: { name: 'Segment 2' } }));

  const progress = { isDone: false };
  const found = begun(
    search.finally(() => {
      progress.isDone = true;
    }),
  );
  while (!progress.isDone) {
    clock.advance(100);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }
  const { data, errors } = await found;
  expect(errors).toBeUndefined();
  const { totalCount, unread } = data?.['searchSegments'] as { totalCount: number; unread: unknown[] };
  expect(totalCount).toBeGreaterThanOrEqual(20 * 2);
  expect(unread.length).toBeGreaterThan(1_800);
  expect(unread.length).toBeLessThanOrEqual(DESTINATIONS - 20);
});
