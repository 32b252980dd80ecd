import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import Database from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import { TemporaryFolder } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { hold } from '../support/directory.js';
import { postQuery } from '../support/graphql-request.js';
import { startWorld, type World } from '../support/restart.js';
import { eventually } from '../support/waiting.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const NAMES = `query Names($customer: ID!, $destination: ID!, $ids: [ID!]!) {
  segments(customerId: $customer, destinationId: $destination, segmentIds: $ids) { id mappingId name status asOf stale }
}`;
const SYNC = `{ destination(customerId: "acme", destinationId: "1") {
  name
  sync { status segmentCount lastSuccessAt lastAttemptAt nextAttemptAt lastError { code message } }
} }`;

interface Names {
  segments: ({
    id: string;
    mappingId: string;
    name: string;
    status: string;
    asOf: string;
    stale: boolean;
  } | null)[];
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

it('a restart within ttl needs no listing and keeps the scheduled times', async () => {
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

it('a restart keeps the last error, but retries at the next request', async () => {
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

it('a failure after a restart leaves the stored asOf unchanged', async () => {
  const { clock, simulator, start } = await world();
  const first = await start();
  const before = await readAll(first);
  await first.stop();
  clock.advance(2 * HOUR);
  simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
  for (let restart = 0; restart < 3; restart++) {
    const again = await start();
    await again.query(`mutation { refreshDestination(customerId: "acme", destinationId: "1") { id } }`);
    const after = await readAll(again);
    expect(after.map((segments) => segments.map((segment) => segment?.asOf))).toEqual(
      before.map((segments) => segments.map((segment) => segment?.asOf)),
    );
    await again.stop();
    clock.advance(HOUR);
  }
});

it('a restart keeps segments that were deleted in Audience Manager', async () => {
  const { clock, simulator, start } = await world();
  const first = await start();
  await readAll(first);
  simulator.destination('acme', 1).mappings.splice(0, 5);
  clock.advance(MINUTE);
  await first.query(`mutation { refreshDestination(customerId: "acme", destinationId: "1") { id } }`);
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

it('snapshots that do not fit into memory are served from the storage', async () => {
  const { simulator, start } = await world();
  const gateway = await start({ cache: { maxMemory: '64KiB' } });
  const before = await readAll(gateway);
  await simulator.stop();
  expect(await readAll(gateway)).toEqual(before);
  expect(await readAll(gateway)).toEqual(before);
});

it('a corrupt database file is refused with a message and exit code 1, and left unchanged', async () => {
  const text = 'Dear diary, '.repeat(1_000);
  await using place = await ConfiguredFolder.create([passwordCustomer('acme', destination(1, 1))]);
  const file = await place.folder.write('gateway.db', text);
  await place.configure({ storage: { sqlite: file } });
  const { code, stderr } = await place.run(['serve']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/gateway\.db is corrupt or not a SQLite database.*restore a backup/);
  expect(await readFile(file, 'utf8')).toBe(text);
});

/** Number of destinations with segments in a SQLite file, which a gateway may have open. */
function storedDestinations(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    const sql = 'select count(distinct destination_pk) as count from segment';
    return (database.prepare(sql).get() as { count: number }).count;
  } finally {
    database.close();
  }
}

/**
 * Watches the write-ahead log of a SQLite file.
 *
 * @returns a function that waits until it has seen the log change so many times since it was called
 */
function writesOf(file: string): (times: number) => Promise<void> {
  const state = (): string => {
    const stats = statSync(`${file}-wal`, { throwIfNoEntry: false });
    return `${stats?.size} ${stats?.mtimeMs}`;
  };
  return async (times) => {
    let last = state();
    let changes = 0;
    await eventually(() => {
      const next = state();
      if (next !== last) changes += 1;
      last = next;
      return changes >= times;
    });
  };
}

const ALL = `query ($destination: ID!) {
  destination(customerId: "acme", destinationId: $destination) { segments(first: 1000) { totalCount nodes { name } } }
}`;
const REFRESH = `mutation ($destination: ID!) { refreshDestination(customerId: "acme", destinationId: $destination) { id } }`;

interface All {
  destination: { segments: { totalCount: number; nodes: { name: string }[] } };
}

/** The different names of a destination's segments, as {@link NAMES} and {@link ALL} return them. */
async function namesOf(
  url: string,
  at: string,
  ids: readonly string[],
): Promise<{ totalCount: number; names: string[] }> {
  const named = await postQuery<Names>(url, NAMES, { customer: 'acme', destination: at, ids });
  const { segments } = (await postQuery<All>(url, ALL, { destination: at })).data!.destination;
  const names = [...named.data!.segments, ...segments.nodes].map((segment) => segment!.name);
  return { totalCount: segments.totalCount, names: [...new Set(names)] };
}

it(
  'kill -9 at any moment of a refresh leaves the old or the new listing, whole',
  { timeout: 180_000 },
  async () => {
    const SEGMENTS = 2_000;
    // Each kill is observed in all of them, as each is at another point of its refresh.
    const DESTINATIONS = ['1', '2', '3'];
    const IDS_OF_ALL_PARTS = Array.from({ length: 100 }, (_, index) => String(1001 + 20 * index));
    await using place = await ConfiguredFolder.create(
      [passwordCustomer('acme', ...DESTINATIONS.map((id) => destination(Number(id), SEGMENTS)))],
      {
        freshness: { refreshEvery: '0' },
        audienceManager: { pageSize: 0, retries: 0 },
        // With a key the token is kept, so that no kill interrupts a log-in, which the next gateway would wait out.
        storage: { sqlite: 'data/gateway.db', encryptionKey: 'a key of which nobody but the gateways knows' },
      },
    );
    const { simulator, folder } = place;
    const file = folder.pathOf('data/gateway.db');
    const listings = new Map(DESTINATIONS.map((id) => [id, 0]));
    for (const id of DESTINATIONS) {
      const transform = (rows: unknown[]): unknown[] => {
        const number = listings.get(id)! + 1;
        listings.set(id, number);
        return rows.map((row) => ({ ...(row as object), elementName: `listing ${number}` }));
      };
      simulator.fault({
        endpoint: 'mappings',
        destinationId: Number(id),
        action: { kind: 'rows', transform },
      });
    }
    const offline = parseConfig(
      (await readFile(place.config, 'utf8')).replaceAll(simulator.url, 'http://127.0.0.1:9'),
      { file: place.config, env: {} },
    );
    const written = writesOf(file);
    // When a refresh of all destinations is killed; the order is that in which these things happen.
    const moments: ((refreshes: readonly Promise<unknown>[]) => Promise<unknown>)[] = [
      () => simulator.nextCall({ endpoint: 'mappings' }),
      () => simulator.nextCall({ endpoint: 'mappings', destinationId: 3 }),
      () => written(1),
      () => written(2),
      (refreshes) => Promise.race(refreshes),
      (refreshes) => Promise.all(refreshes),
    ];
    const committed = new Map<string, number>();
    for (const moment of moments) {
      await using serving = place.serve();
      const url = await serving.url();
      for (const id of DESTINATIONS) {
        await postQuery(url, NAMES, { customer: 'acme', destination: id, ids: IDS_OF_ALL_PARTS });
      }
      // First listings are served from memory and stored later.
      await eventually(() => storedDestinations(file) === DESTINATIONS.length);
      const refreshes = DESTINATIONS.map((id) => postQuery(url, REFRESH, { destination: id }));
      const refreshed = Promise.allSettled(refreshes);
      await Promise.race([moment(refreshes), refreshed]);
      serving.kill('SIGKILL');
      await Promise.all([serving.exit, refreshed]);

      const restarted = await Gateway.start(offline, { logLevel: 'silent' });
      try {
        for (const id of DESTINATIONS) {
          const { totalCount, names } = await namesOf(`${restarted.url}/graphql`, id, IDS_OF_ALL_PARTS);
          expect(totalCount).toBe(SEGMENTS);
          expect(names).toEqual([expect.stringMatching(/^listing \d+$/)]);
          const number = Number(names[0]!.replace('listing ', ''));
          expect(number).toBeGreaterThanOrEqual(committed.get(id) ?? 0);
          committed.set(id, number);
        }
      } finally {
        await restarted.stop();
      }
    }
    expect(committed).toEqual(listings);
  },
);

it(
  'kill -9 before the first listing is stored costs one more listing, and no name',
  { timeout: 60_000 },
  async () => {
    await using place = await ConfiguredFolder.create(
      [passwordCustomer('acme', destination(1, 3), destination(2, 3))],
      { freshness: { refreshEvery: '0' } },
    );
    const { simulator } = place;
    const file = place.folder.pathOf('data/gateway.db');
    const ask = async (url: string, at: string): Promise<unknown> => {
      const variables = { customer: 'acme', destination: at, ids: ['1001', '1003', '9'] };
      const { data } = await postQuery<Names>(url, NAMES, variables);
      return data!.segments.map((segment) => segment?.name ?? null);
    };
    const answer = ['Segment 1', 'Segment 3', null];

    await using serving = place.serve();
    const url = await serving.url();
    // The listing of destination 1 is not stored while a request waits for that of destination 2.
    const gate = hold(simulator, { destinationId: 2 });
    const waiting = ask(url, '2').catch(() => undefined);
    await gate.arrival;
    expect(await ask(url, '1')).toEqual(answer);
    serving.kill('SIGKILL');
    await Promise.all([serving.exit, waiting]);
    gate.open();
    expect(storedDestinations(file)).toBe(0);

    await using again = place.serve();
    expect(await ask(await again.url(), '1')).toEqual(answer);
    expect(simulator.listings({ destinationId: 1 })).toBe(2);
    again.kill('SIGTERM');
    expect((await again.exit).code).toBe(0);
    expect(storedDestinations(file)).toBeGreaterThan(0);
  },
);
