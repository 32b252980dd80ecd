import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { startWorld, type Instance, type World } from '../support/restart.js';
import { eventually } from '../support/waiting.js';
import type { SimulatorDestination } from '../../src/simulator/index.js';
import { postgresDatabase, postgresServer, queryPostgres, sqliteDatabase } from '../storage/support.js';

const MINUTE = 60_000;

interface Breakable {
  readonly storage: Record<string, unknown>;
  breakDown(): Promise<void>;
  repair(): Promise<void>;
}

/** A SQLite file whose main table another connection takes away. */
async function breakableFile(): Promise<Breakable> {
  const { config } = await sqliteDatabase();
  const path = config.engine === 'sqlite' ? config.path : '';
  const run = (sql: string): Promise<void> => {
    const direct = new Database(path);
    direct.exec(sql);
    direct.close();
    return Promise.resolve();
  };
  return {
    storage: { sqlite: path },
    breakDown: () => run('alter table destination rename to taken_away'),
    repair: () => run('alter table taken_away rename to destination'),
  };
}

/** A database that lets nobody in. */
async function breakableDatabase(): Promise<Breakable> {
  const { config } = await postgresDatabase();
  const url = config.engine === 'postgres' ? config.url : '';
  const name = new URL(url).pathname.slice(1);
  const run = async (sql: string): Promise<void> => {
    await queryPostgres(postgresServer ?? '', sql);
  };
  return {
    storage: { postgres: url },
    breakDown: async () => {
      await run(`alter database ${name} allow_connections false`);
      await run(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    },
    repair: () => run(`alter database ${name} allow_connections true`),
  };
}

const ENGINES: [string, boolean, () => Promise<Breakable>][] = [
  ['SQLite', true, breakableFile],
  ['PostgreSQL', postgresServer !== null, breakableDatabase],
];

async function names(gateway: Instance, at: string, ...ids: string[]): Promise<unknown> {
  const answer = await gateway.query<{ segments: ({ name: string; status: string } | null)[] | null }>(
    `query ($at: ID!, $ids: [ID!]!) {
      segments(customerId: "acme", destinationId: $at, segmentIds: $ids) { name status }
    }`,
    { at, ids },
  );
  return (
    answer.data?.segments?.map((segment) => segment && `${segment.name} ${segment.status}`) ??
    answer.errors![0]!.extensions.code
  );
}

async function refresh(gateway: Instance, id: string): Promise<string> {
  const answer = await gateway.query(
    `mutation ($id: ID!) { refreshDestination(customerId: "acme", destinationId: $id) { id } }`,
    { id },
  );
  return answer.errors?.[0]?.extensions.code ?? 'ok';
}

async function storageOf(gateway: Instance): Promise<unknown> {
  const { status, body } = await gateway.get('/readyz');
  expect(status).toBe(200);
  return (JSON.parse(body) as { storage: unknown }).storage;
}

const HISTORY = `{ destination(customerId: "acme", destinationId: "1") {
  destinationId
  changes(since: "2020-01-01T00:00:00Z") { nodes { kind } }
  segment(segmentId: "1009") { name history { nodes { kind } } }
} }`;
const SET = `mutation {
  setSegment(key: { customerId: "acme", destinationId: "1", segmentId: "1003" }, name: "By hand") { name }
}`;

/** A simulator with Acme, to start gateways with a storage that can fail. */
async function startBreakable(
  create: () => Promise<Breakable>,
  ...destinations: SimulatorDestination[]
): Promise<{ breakable: Breakable; world: World }> {
  const breakable = await create();
  const world = await startWorld([passwordCustomer('acme', ...destinations)], {
    storage: breakable.storage,
    // Hours may go by until the storage responds again.
    freshness: { refreshEvery: '0', ttl: '24d' },
  });
  return { breakable, world };
}

/** Advances the clock over the probes of the storage until it is available again. */
async function recovered({ clock }: World, gateway: Instance): Promise<void> {
  await eventually(async () => {
    if ((await storageOf(gateway)) === 'available') return true;
    clock.advance(1_000);
    return false;
  });
}

describe.each(ENGINES)('while %s fails', (_, isThere, create) => {
  it.skipIf(!isThere)('lookups work, and listings of that time are stored afterwards', async () => {
    const { breakable, world } = await startBreakable(create, destination(1, 3), destination(2, 3));
    const { clock, simulator } = world;
    const gateway = await world.start();
    await names(gateway, '1', '1001');
    simulator.destination('acme', 1).mappings.shift();
    clock.advance(MINUTE);
    expect(await refresh(gateway, '1')).toBe('ok');
    expect(await storageOf(gateway)).toBe('available');

    await breakable.breakDown();
    expect(await names(gateway, '1', '1001', '1002')).toEqual(['Segment 1 DELETED', 'Segment 2 ACTIVE']);
    expect(await names(gateway, '2', '1001')).toEqual(['Segment 1 ACTIVE']);
    expect(await storageOf(gateway)).toBe('unavailable');
    simulator.destination('acme', 1).mappings.shift();
    simulator.destination('acme', 1).mappings.push({ mappingId: 1009, name: 'New' });
    clock.advance(MINUTE);
    expect(await refresh(gateway, '1')).toBe('ok');
    expect(await names(gateway, '1', '1001', '1002', '1009')).toEqual([
      'Segment 1 DELETED',
      'Segment 2 DELETED',
      'New ACTIVE',
    ]);
    const { data, errors } = await gateway.query(HISTORY);
    expect(data).toEqual({
      destination: { destinationId: '1', changes: null, segment: { name: 'New', history: null } },
    });
    expect(errors?.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).toSorted()).toEqual(
      ['destination.changes STORAGE_UNAVAILABLE', 'destination.segment.history STORAGE_UNAVAILABLE'],
    );
    expect(await gateway.query(SET)).toMatchObject({
      data: { setSegment: null },
      errors: [{ path: ['setSegment'], extensions: { code: 'STORAGE_UNAVAILABLE' } }],
    });
    expect((await gateway.get('/metrics')).body).toMatch(/aam_gateway_storage_errors_total [1-9]/);
    const listings = simulator.listings();

    await breakable.repair();
    await recovered(world, gateway);
    expect((await gateway.query(HISTORY)).errors).toBeUndefined();
    expect((await gateway.query(SET)).errors).toBeUndefined();
    expect(simulator.listings()).toBe(listings);
    await gateway.stop();
    await simulator.stop();
    const again = await world.start();
    expect(await names(again, '1', '1001', '1002', '1003', '1009')).toEqual([
      'Segment 1 DELETED',
      'Segment 2 DELETED',
      'By hand ACTIVE',
      'New ACTIVE',
    ]);
    expect(await names(again, '2', '1001', '1003')).toEqual(['Segment 1 ACTIVE', 'Segment 3 ACTIVE']);
  });

  it.skipIf(!isThere)('a listing without stored segments deletes none of them', async () => {
    const { breakable, world } = await startBreakable(create, destination(1, 3));
    const first = await world.start();
    await names(first, '1', '1001');
    await first.stop();
    const second = await world.start();
    await breakable.breakDown();
    world.simulator.destination('acme', 1).mappings.shift();
    world.clock.advance(MINUTE);
    expect(await names(second, '1', '1002')).toEqual(['Segment 2 ACTIVE']);
    await breakable.repair();
    await recovered(world, second);
    expect(await names(second, '1', '1001', '1002')).toEqual(['Segment 1 DELETED', 'Segment 2 ACTIVE']);
  });

  it.skipIf(!isThere)(
    'the failure of a listing is stored as soon as the storage is available again',
    async () => {
      const { breakable, world } = await startBreakable(create, destination(1, 3));
      const first = await world.start();
      await names(first, '1', '1001');
      await breakable.breakDown();
      world.clock.advance(MINUTE);
      world.simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
      expect(await refresh(first, '1')).toBe('AAM_FORBIDDEN');
      await breakable.repair();
      await recovered(world, first);
      await first.stop();
      const second = await world.start();
      const answer = await second.query<{ destination: { sync: unknown } }>(
        '{ destination(customerId: "acme", destinationId: "1") { sync { status lastError { code } } } }',
      );
      expect(answer.data!.destination.sync).toEqual({
        status: 'FAILING',
        lastError: { code: 'AAM_FORBIDDEN' },
      });
      expect(await names(second, '1', '1001')).toEqual(['Segment 1 ACTIVE']);
    },
  );
});

it('a start without its PostgreSQL is refused with a message and exit code 1', async () => {
  const storage = { postgres: 'postgres://gateway:hunter2@127.0.0.1:9/names' };
  await using place = await ConfiguredFolder.create([passwordCustomer('acme', destination(1, 1))], {
    storage,
  });
  const { code, stderr } = await place.run(['serve']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/PostgreSQL.*ECONNREFUSED/);
  expect(stderr).not.toContain('hunter2');
});
