import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { startWorld, type Instance, type World } from '../support/restart.js';
import { passing } from '../support/waiting.js';
import { postgresDatabase, postgresServer, sqliteDatabase } from '../storage/support.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ENGINES: [string, boolean, () => Promise<Record<string, unknown>>][] = [
  [
    'SQLite',
    true,
    async () => {
      const { config } = await sqliteDatabase();
      return { sqlite: config.engine === 'sqlite' ? config.path : '' };
    },
  ],
  [
    'PostgreSQL',
    postgresServer !== null,
    async () => {
      const { config } = await postgresDatabase();
      return { postgres: config.engine === 'postgres' ? config.url : '' };
    },
  ],
];

/** Acme, whose password has expired, with two destinations; Globex, whose credentials are good. */
async function start(storage: Record<string, unknown>): Promise<World> {
  const world = await startWorld(
    [
      passwordCustomer('acme', destination(1, 5), destination(2, 5)),
      serverToServerCustomer('globex', destination(3, 5)),
    ],
    { storage, freshness: { refreshEvery: '0' } },
  );
  world.simulator.refuse('acme', 'expired');
  return world;
}

interface SyncError {
  code: string;
  message: string;
}

interface Destinations {
  customer: { destinations: { sync: { lastError: SyncError | null } }[] };
}

async function name(gateway: Instance, customerId = 'acme', destinationId = '1'): Promise<string> {
  const { data, errors } = await gateway.query<{ segment: { name: string } }>(
    `query ($customerId: ID!, $destinationId: ID!) {
      segment(customerId: $customerId, destinationId: $destinationId, segmentId: "1001") { name }
    }`,
    { customerId, destinationId },
  );
  return errors?.[0]?.extensions.code ?? data!.segment.name;
}

async function lastErrors(gateway: Instance, id = 'acme'): Promise<(SyncError | null)[]> {
  const { data } = await gateway.query<Destinations>(
    'query ($id: ID!) { customer(id: $id) { destinations { sync { lastError { code message } } } } }',
    { id },
  );
  return data!.customer.destinations.map(({ sync }) => sync.lastError);
}

async function refresh(gateway: Instance, destinationId = '1'): Promise<string> {
  const { errors } = await gateway.query(
    `mutation ($destinationId: ID!) { refreshDestination(customerId: "acme", destinationId: $destinationId) { id } }`,
    { destinationId },
  );
  return errors?.[0]?.extensions.code ?? 'ok';
}

const logIns = ({ simulator }: World): number => simulator.count({ customer: 'acme', grantType: 'password' });

/** Asks all gateways for names of both destinations every twenty minutes. */
async function askFor(world: World, ms: number, ...gateways: Instance[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 20 * MINUTE) {
    world.clock.advance(20 * MINUTE);
    const asked = gateways.flatMap((gateway) => [name(gateway), name(gateway, 'acme', '2')]);
    await passing(world.clock, Promise.all(asked));
  }
}

/** Two gateways on one database. A file of SQLite is for one, which is both then. */
async function startTwo(world: World, storage: Record<string, unknown>): Promise<[Instance, Instance]> {
  if ('sqlite' in storage) {
    const only = await world.start();
    return [only, only];
  }
  return await Promise.all([world.start(), world.start()]);
}

describe.each(ENGINES)('a password that has expired, with %s', (_engine, isAvailable, storageOf) => {
  it.skipIf(!isAvailable)('is tried three times in a day, by whichever gateway, over restarts', async () => {
    const storage = await storageOf();
    const world = await start(storage);
    const [first, second] = await startTwo(world, storage);
    const both = await passing(
      world.clock,
      Promise.all([name(first), name(second), name(first, 'acme', '2')]),
    );
    expect(both).toEqual(['AAM_AUTH_FAILED', 'AAM_AUTH_FAILED', 'AAM_AUTH_FAILED']);
    expect(logIns(world)).toBe(1);
    await askFor(world, HOUR, first, second);
    expect(logIns(world)).toBe(3);
    await first.stop();
    const restarted = await world.start();
    const other = second === first ? restarted : second;
    await askFor(world, 2 * HOUR, restarted, other);
    expect(logIns(world)).toBe(3);
    expect(await name(other, 'globex', '3')).toBe('Segment 1');
    world.clock.advance(18 * HOUR);
    await askFor(world, HOUR, restarted, other);
    expect(logIns(world)).toBe(3);
    world.clock.advance(3 * HOUR);
    await askFor(world, HOUR, restarted, other);
    expect(logIns(world)).toBe(4);
  });

  it.skipIf(!isAvailable)('is told with what can be done about it, and with no secret', async () => {
    const world = await start(await storageOf());
    const gateway = await world.start();
    await name(gateway);
    await askFor(world, HOUR, gateway);
    const errors = await lastErrors(gateway);
    for (const error of errors) {
      expect(error?.code).toBe('AAM_AUTH_FAILED');
      expect(error?.message).toContain('“User credentials have expired”');
      expect(error?.message).toContain('passwords expire after 30 or 90 days');
      expect(error?.message).toContain('They were tried 3 times');
      expect(error?.message).toContain('a caller with the permission refresh asks for it');
    }
    const told = [...gateway.logLines, JSON.stringify(errors)].join('\n');
    expect(told).not.toContain('acme-password');
    expect(told).not.toContain('partner-secret');
  });

  it.skipIf(!isAvailable)(
    'is tried once more when a caller asks, and that ends it for all gateways',
    async () => {
      const storage = await storageOf();
      const world = await start(storage);
      const [first, second] = await startTwo(world, storage);
      await passing(world.clock, Promise.all([name(first), name(second)]));
      await askFor(world, HOUR, first, second);
      expect(logIns(world)).toBe(3);
      world.simulator.refuse('acme', null);
      expect(await name(first)).toBe('AAM_AUTH_FAILED');
      expect(await refresh(first)).toBe('ok');
      expect(logIns(world)).toBe(4);
      expect(await name(first)).toBe('Segment 1');
      // The other destination, and the other gateway, ask again within ten minutes.
      await askFor(world, 20 * MINUTE, first, second);
      expect(await name(first, 'acme', '2')).toBe('Segment 1');
      expect(await name(second)).toBe('Segment 1');
    },
  );

  it.skipIf(!isAvailable)('is tried once by a caller who asks for many destinations', async () => {
    const world = await start(await storageOf());
    const gateway = await world.start();
    await name(gateway);
    await askFor(world, HOUR, gateway);
    for (let times = 0; times < 5; times++) {
      expect(await refresh(gateway, '1')).toBe('AAM_AUTH_FAILED');
      expect(await refresh(gateway, '2')).toBe('AAM_AUTH_FAILED');
    }
    expect(logIns(world)).toBe(4);
  });
});

describe('a refusal by the API', () => {
  it.each([
    ['api-key', 'AAM_AUTH_FAILED', '403003, “Api Key is invalid”'],
    ['unknown-user', 'AAM_FORBIDDEN', '“User is not registered in this account”'],
  ] as const)('is told with its reason: %s', async (refusal, code, reason) => {
    const { config } = await sqliteDatabase();
    const world = await start({ sqlite: config.engine === 'sqlite' ? config.path : '' });
    world.simulator.refuse('globex', refusal);
    const gateway = await world.start();
    expect(await name(gateway, 'globex', '3')).toBe(code);
    const [error] = await lastErrors(gateway, 'globex');
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
  });
});
