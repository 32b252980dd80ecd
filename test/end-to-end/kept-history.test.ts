import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { startWorld } from '../support/restart.js';
import { eventually } from '../support/waiting.js';

const DAY = 86_400_000;

const PAST = `query Past($at: DateTime!) {
  segment(customerId: "acme", destinationId: "1", segmentId: "1001", at: $at) { name }
}`;
const CHANGES = `query Changes($since: DateTime!) {
  destination(customerId: "acme", destinationId: "1") {
    changes(since: $since, order: OLDEST_FIRST, first: 100) { totalCount completeSince nodes { name } }
  }
}`;
const RENAME = `mutation Rename($name: String!) {
  setSegment(key: { customerId: "acme", destinationId: "1", segmentId: "1001" }, name: $name) { name }
}`;

interface Changes {
  destination: {
    changes: { totalCount: number; completeSince: string | null; nodes: { name: string }[] };
  };
}

it('keeps the history that it is told to keep, and refuses moments before', async () => {
  const folder = await TemporaryFolder.create();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const { clock, start } = await startWorld([passwordCustomer('acme', destination(1, 1))], {
    storage: { sqlite: join(folder.path, 'gateway.db'), keepHistory: '30d' },
    freshness: { refreshEvery: '0', ttl: '24d' },
  });
  const begin = clock.now();
  const gateway = await start();
  const at = (day: number): { at: string } => ({ at: new Date(begin + day * DAY).toISOString() });
  const changes = async (): Promise<Changes['destination']['changes']> => {
    const { data } = await gateway.query<Changes>(CHANGES, { since: new Date(begin).toISOString() });
    return data!.destination.changes;
  };
  for (const day of [0, 10, 20, 40]) {
    clock.advance(begin + day * DAY - clock.now());
    expect((await gateway.query(RENAME, { name: `Day ${day}` })).errors).toBeUndefined();
  }
  const names = async (): Promise<string[]> => (await changes()).nodes.map(({ name }) => name);
  expect(await names()).toEqual(['Segment 1', 'Day 0', 'Day 10', 'Day 20', 'Day 40']);
  clock.advance(15 * DAY);
  await eventually(async () => {
    clock.advance(10 * 60_000);
    return (await changes()).totalCount === 2;
  });
  expect(await names()).toEqual(['Day 20', 'Day 40']);
  expect((await gateway.query(PAST, at(26))).data).toEqual({ segment: { name: 'Day 20' } });
  expect((await gateway.query(PAST, at(41))).data).toEqual({ segment: { name: 'Day 40' } });
  const { data, errors } = await gateway.query(PAST, at(24));
  expect(data).toEqual({ segment: null });
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors?.[0]?.message).toMatch(/Its history is kept from 2026-02-0\dT.* on: ask for that moment/);
  const metrics = await gateway.get('/metrics');
  expect(metrics.body).toContain('aam_gateway_history_removed_total 3');
  expect(gateway.logLines.join('\n')).toContain('"audit":"removeHistory"');
});
