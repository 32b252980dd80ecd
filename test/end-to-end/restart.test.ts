import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import Database from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { hold } from '../support/directory.js';
import { configTextFor } from '../support/gateway.js';
import { eventually, startWorld, type World } from '../support/restart.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const NAMES = `query Names($customer: ID!, $destination: ID!, $ids: [ID!]!) {
  segments(customerId: $customer, destinationId: $destination, ids: $ids) { id name status asOf stale }
}`;
const SYNC = `{ destination(customerId: "acme", id: "1") {
  name
  sync { status segmentCount lastSuccessAt lastAttemptAt nextAttemptAt lastError { code message } }
} }`;

interface Names {
  segments: ({ id: string; name: string; status: string; asOf: string; stale: boolean } | null)[];
}
interface Sync {
  destination: {
    name: string | null;
    sync: {
      status: string;
      segmentCount: number;
      lastSuccessAt: string | null;
      lastAttemptAt: string | null;
      nextAttemptAt: string | null;
      lastError: { code: string; message: string } | null;
    };
  };
}

const IDS = Array.from({ length: 40 }, (_, index) => String(1001 + index));
const PLACES = [
  ['acme', '1'],
  ['acme', '2'],
  ['globex', '3'],
] as const;

async function world(freshness: Record<string, unknown> = { refreshEvery: '0' }): Promise<World> {
  const folder = await TemporaryFolder.create();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const customers = [
    passwordCustomer('acme', destination(1, 100), destination(2, 100)),
    serverToServerCustomer('globex', destination(3, 100)),
  ];
  return await startWorld(customers, { storage: { sqlite: join(folder.path, 'gateway.db') }, freshness });
}

async function readAll(gateway: Awaited<ReturnType<World['start']>>): Promise<Names['segments'][]> {
  return await Promise.all(
    PLACES.map(async ([customer, at]) => {
      const answer = await gateway.query<Names>(NAMES, { customer, destination: at, ids: IDS });
      expect(answer.errors).toBeUndefined();
      return answer.data!.segments;
    }),
  );
}

it.each([
  ['refuses connections', async ({ simulator }: World) => simulator.stop()],
  [
    'answers 500',
    ({ simulator }: World) =>
      Promise.resolve(void simulator.fault({ action: { kind: 'status', status: 500 } })),
  ],
])('a restart while Audience Manager %s leaves every name with its asOf', async (_, breakDown) => {
  const { clock, simulator, start, ...rest } = await world();
  const first = await start();
  const before = await readAll(first);
  expect(before.flat().every((segment) => segment !== null && !segment.stale)).toBe(true);
  await first.stop();

  await breakDown({ clock, simulator, start, ...rest });
  clock.advance(30 * MINUTE);
  const second = await start();
  simulator.resetCalls();
  expect(await readAll(second)).toEqual(before);
  expect(simulator.calls).toEqual([]);
  await second.stop();

  clock.advance(HOUR);
  const third = await start();
  const stale = before.map((segments) => segments.map((segment) => ({ ...segment, stale: true })));
  expect(await readAll(third)).toEqual(stale);
});

it('a restart finds out by itself that nothing has to be read within ttl, and keeps the scheduled times', async () => {
  const { clock, simulator, start } = await world({ refreshEvery: '1h' });
  const first = await start();
  await readAll(first);
  const planned = (await first.query<Sync>(SYNC)).data!.destination.sync.nextAttemptAt;
  expect(Date.parse(planned!)).toBe(clock.now() + 0.9 * HOUR);
  await first.stop();
  simulator.resetCalls();

  clock.advance(20 * MINUTE);
  const second = await start();
  await readAll(second);
  const after = (await second.query<Sync>(SYNC)).data!.destination;
  expect(after).toMatchObject({ name: 'Destination 1', sync: { status: 'FRESH', nextAttemptAt: planned } });
  expect(simulator.calls).toEqual([]);

  const listing = simulator.nextCall({ endpoint: 'mappings', destinationId: 1 });
  clock.advance(Date.parse(planned!) - clock.now());
  await listing;
});

it('a restart with a shorter refreshEvery does not wait for the longer one', async () => {
  const { clock, start } = await world({ refreshEvery: '7d' });
  const first = await start();
  await readAll(first);
  await first.stop();
  const second = await start({ freshness: { refreshEvery: '10m' } });
  const { nextAttemptAt } = (await second.query<Sync>(SYNC)).data!.destination.sync;
  expect(Date.parse(nextAttemptAt!)).toBeLessThanOrEqual(clock.now() + 10 * MINUTE);
});

it('a restart remembers what failed, but tries again as soon as somebody asks', async () => {
  const { clock, simulator, start } = await world();
  const first = await start();
  const [before] = await readAll(first);
  await first.query(SYNC);
  clock.advance(2 * HOUR);
  const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
  await readAll(first);
  await eventually(
    async () => (await first.query<Sync>(SYNC)).data!.destination.sync.lastError?.code === 'AAM_FORBIDDEN',
  );
  const failing = (await first.query<Sync>(SYNC)).data!.destination;
  expect(failing.sync.status).toBe('FAILING');
  await first.stop();

  clock.advance(1);
  const second = await start();
  expect((await second.query<Sync>(SYNC)).data!.destination).toEqual(failing);
  fault.remove();
  const listing = simulator.nextCall({ endpoint: 'mappings', destinationId: 1 });
  const [after] = await readAll(second);
  expect(after!.map((segment) => segment?.asOf)).toEqual(before!.map((segment) => segment?.asOf));
  await listing;
  await eventually(async () => (await second.query<Sync>(SYNC)).data!.destination.sync.status === 'FRESH');
});

it('a failure after a restart leaves the asOf in the storage as it was', async () => {
  const { clock, simulator, start } = await world();
  const first = await start();
  const before = await readAll(first);
  await first.stop();
  clock.advance(2 * HOUR);
  simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
  for (let restart = 0; restart < 3; restart++) {
    const again = await start();
    await again.query(`mutation { refreshDestination(customerId: "acme", id: "1") { id } }`);
    const after = await readAll(again);
    expect(after.map((segments) => segments.map((segment) => segment?.asOf))).toEqual(
      before.map((segments) => segments.map((segment) => segment?.asOf)),
    );
    await again.stop();
    clock.advance(HOUR);
  }
});

it('a restart keeps what was deleted upstream', async () => {
  const { clock, simulator, start } = await world();
  const first = await start();
  await readAll(first);
  simulator.destination('acme', 1).mappings.splice(0, 5);
  clock.advance(MINUTE);
  await first.query(`mutation { refreshDestination(customerId: "acme", id: "1") { id } }`);
  await first.stop();
  await simulator.stop();
  const second = await start();
  const [segments] = await readAll(second);
  expect(segments!.slice(0, 6).map((segment) => segment?.status)).toEqual([
    ...Array.from({ length: 5 }, () => 'DELETED'),
    'ACTIVE',
  ]);
  expect(segments![0]!.name).toBe('Segment 1');
});

it('what does not fit into memory is answered from the storage', async () => {
  const { simulator, start } = await world();
  const gateway = await start({ cache: { maxMemory: '64KiB' } });
  const before = await readAll(gateway);
  await simulator.stop();
  expect(await readAll(gateway)).toEqual(before);
  expect(await readAll(gateway)).toEqual(before);
});

it('a corrupt database file is refused with a message, exit code 1, and left as it is', async () => {
  await using folder = await TemporaryFolder.create();
  await using simulator = await AudienceManagerSimulator.start({ customers: [] });
  const file = await folder.write('gateway.db', 'Dear diary, '.repeat(1_000));
  const customers = [passwordCustomer('acme', destination(1, 1))];
  const config = await folder.write(
    'gateway.yaml',
    configTextFor(simulator, customers, undefined, { storage: { sqlite: file } }),
  );
  const { code, stderr } = await runCommand(['serve', '--config', config]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/gateway\.db is corrupt or no SQLite database.*restore a backup/);
  expect(await readFile(file, 'utf8')).toBe('Dear diary, '.repeat(1_000));
});

/** Whether there are segments in a file that a gateway has open. */
function isStored(file: string): boolean {
  const database = new Database(file, { readonly: true });
  try {
    return (database.prepare('select count(*) as count from segment').get() as { count: number }).count > 0;
  } finally {
    database.close();
  }
}

it(
  'kill -9 at any moment of a refresh leaves the old or the new listing, whole',
  { timeout: 180_000 },
  async () => {
    const SEGMENTS = 2_000;
    const ROUNDS = 12;
    await using folder = await TemporaryFolder.create();
    let listing = 0;
    const numbered = destination(1, SEGMENTS);
    const customers = [passwordCustomer('acme', numbered)];
    await using simulator = await AudienceManagerSimulator.start({ customers });
    simulator.fault({
      endpoint: 'mappings',
      action: {
        kind: 'rows',
        transform: (rows) => {
          listing += 1;
          return rows.map((row) => ({ ...(row as object), elementName: `listing ${listing}` }));
        },
      },
    });
    const text = configTextFor(simulator, customers, undefined, {
      storage: { sqlite: join(folder.path, 'gateway.db') },
      freshness: { refreshEvery: '0' },
      audienceManager: { pageSize: 0, retries: 0 },
    });
    const config = await folder.write('gateway.yaml', text);
    const deaf = await folder.write('deaf.yaml', text.replaceAll(simulator.url, 'http://127.0.0.1:9'));
    const ids = Array.from({ length: 100 }, (_, index) => String(1001 + 20 * index));
    const ask = async (url: string, query: string, variables = {}): Promise<unknown> =>
      (
        await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        })
      ).json();
    const ALL = `{ destination(customerId: "acme", id: "1") { segments(first: 1000) { totalCount nodes { name } } } }`;
    let committed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await using serving = new RunningCommand(['serve', '--config', config]);
      const url = (await serving.prints(/"url":"([^"]+)"/))[1]!;
      await ask(url, NAMES, { customer: 'acme', destination: '1', ids });
      // What was read for the first time may be stored behind the answer.
      await eventually(() => isStored(join(folder.path, 'gateway.db')));
      const refreshing = ask(url, `mutation { refreshDestination(customerId: "acme", id: "1") { id } }`);
      const arrived = simulator.nextCall({ endpoint: 'mappings' });
      await Promise.race([arrived, refreshing]);
      // Each round at another moment of reading and writing; the last one just after it was acknowledged.
      const end = performance.now() + 40 * round;
      if (round < ROUNDS - 1) await eventually(() => performance.now() >= end);
      else await refreshing;
      serving.kill('SIGKILL');
      await Promise.all([serving.exit, refreshing.catch(() => undefined)]);

      await using after = new RunningCommand(['serve', '--config', deaf]);
      const again = (await after.prints(/"url":"([^"]+)"/))[1]!;
      const named = (await ask(again, NAMES, { customer: 'acme', destination: '1', ids })) as { data: Names };
      const names = new Set(named.data.segments.map((segment) => segment!.name));
      const all = (await ask(again, ALL)) as {
        data: { destination: { segments: { totalCount: number; nodes: { name: string }[] } } };
      };
      expect(all.data.destination.segments.totalCount).toBe(SEGMENTS);
      for (const { name } of all.data.destination.segments.nodes) names.add(name);
      expect([...names]).toHaveLength(1);
      const number = Number(/^listing (\d+)$/.exec([...names][0]!)![1]);
      expect(number).toBeGreaterThanOrEqual(committed);
      committed = number;
    }
    expect(committed).toBe(listing);
  },
);

it(
  'kill -9 before a first reading is stored costs one more reading, and no name',
  { timeout: 60_000 },
  async () => {
    await using folder = await TemporaryFolder.create();
    const customers = [passwordCustomer('acme', destination(1, 3), destination(2, 3))];
    await using simulator = await AudienceManagerSimulator.start({ customers });
    const storage = { sqlite: join(folder.path, 'gateway.db') };
    const more = { storage, freshness: { refreshEvery: '0' } };
    const config = await folder.write('gateway.yaml', configTextFor(simulator, customers, undefined, more));
    const ask = async (url: string, at: string): Promise<unknown> => {
      const variables = { customer: 'acme', destination: at, ids: ['1001', '1003', '9'] };
      const body = JSON.stringify({ query: NAMES, variables });
      const headers = { 'content-type': 'application/json' };
      const { data } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as {
        data: Names;
      };
      return data.segments.map((segment) => segment?.name ?? null);
    };
    const answer = ['Segment 1', 'Segment 3', null];

    await using serving = new RunningCommand(['serve', '--config', config]);
    const url = (await serving.prints(/"url":"([^"]+)"/))[1]!;
    // While somebody waits for one, what is read of the other one waits to be stored.
    const gate = hold(simulator, { destinationId: 2 });
    const waiting = ask(url, '2').catch(() => undefined);
    await gate.arrival;
    expect(await ask(url, '1')).toEqual(answer);
    serving.kill('SIGKILL');
    await Promise.all([serving.exit, waiting]);
    gate.open();
    expect(isStored(storage.sqlite)).toBe(false);

    await using again = new RunningCommand(['serve', '--config', config]);
    expect(await ask((await again.prints(/"url":"([^"]+)"/))[1]!, '1')).toEqual(answer);
    expect(simulator.listings({ destinationId: 1 })).toBe(2);
    again.kill('SIGTERM');
    expect((await again.exit).code).toBe(0);
    expect(isStored(storage.sqlite)).toBe(true);
  },
);
