import { describe, expect, it } from 'vitest';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { hold } from '../support/directory.js';
import { startWorld, type Instance, type World } from '../support/restart.js';
import { eventually, passing } from '../support/waiting.js';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { postgresDatabase, postgresServer, queryPostgres } from '../storage/support.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Replicas extends World {
  readonly url: string;
  readonly gateways: readonly [Instance, Instance, Instance];
}

async function replicas(
  freshness: Record<string, unknown> = { refreshEvery: '0' },
  storage: Record<string, unknown> = {},
): Promise<Replicas> {
  const { config } = await postgresDatabase();
  const url = config.engine === 'postgres' ? config.url : '';
  const world = await startWorld([passwordCustomer('acme', destination(1, 5), destination(2, 5))], {
    storage: { postgres: url, ...storage },
    freshness,
  });
  const gateways = await Promise.all([world.start(), world.start(), world.start()]);
  return { ...world, url, gateways: gateways as unknown as Replicas['gateways'] };
}

async function name(gateway: Instance, id = '1001', at = '1'): Promise<string | null> {
  const { data, errors } = await gateway.query<{ segment: { name: string } | null }>(
    'query ($at: ID!, $id: ID!) { segment(customerId: "acme", destinationId: $at, segmentId: $id) { name } }',
    { at, id },
  );
  return errors?.[0]?.extensions.code ?? data?.segment?.name ?? null;
}

async function refresh(gateway: Instance): Promise<string> {
  const { errors } = await gateway.query(
    'mutation { refreshDestination(customerId: "acme", destinationId: "1") { id } }',
  );
  return errors?.[0]?.extensions.code ?? 'ok';
}

async function sync(gateway: Instance): Promise<{ status: string; nextAttemptAt: string | null }> {
  const { data } = await gateway.query<{
    destination: { sync: { status: string; nextAttemptAt: string | null } };
  }>('{ destination(customerId: "acme", destinationId: "1") { sync { status nextAttemptAt } } }');
  return data!.destination.sync;
}

describe.skipIf(postgresServer === null)('replicas', () => {
  it('asked for a cold destination at once make one listing, and all answer', async () => {
    const { clock, simulator, gateways } = await replicas();
    const answers = await passing(clock, Promise.all(gateways.map((gateway) => name(gateway))));
    expect(answers).toEqual(['Segment 1', 'Segment 1', 'Segment 1']);
    expect(simulator.listings()).toBe(1);
  });

  it('share the failure of one of them', async () => {
    const { clock, simulator, gateways } = await replicas();
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    const ask = (): Promise<unknown[]> =>
      passing(clock, Promise.all(gateways.map((gateway) => name(gateway))));
    expect(await ask()).toEqual(['AAM_FORBIDDEN', 'AAM_FORBIDDEN', 'AAM_FORBIDDEN']);
    expect(simulator.listings()).toBe(1);
    fault.remove();
    clock.advance(MINUTE);
    expect(await ask()).toEqual(['Segment 1', 'Segment 1', 'Segment 1']);
    expect(simulator.listings()).toBe(2);
  });

  it('swap in what another has read without a listing', async () => {
    const { clock, simulator, gateways } = await replicas();
    await passing(clock, Promise.all(gateways.map((gateway) => name(gateway))));
    simulator.destination('acme', 1).mappings[0]!.name = 'Renamed';
    clock.advance(1);
    expect(await refresh(gateways[0])).toBe('ok');
    await eventually(async () => {
      const seen = await Promise.all(gateways.map((gateway) => name(gateway)));
      return seen.every((found) => found === 'Renamed');
    });
    expect(simulator.listings()).toBe(2);
  });

  it('take over an unchanged refresh of another without reading segments', async () => {
    const { clock, simulator, gateways, url } = await replicas();
    await passing(clock, Promise.all(gateways.map((gateway) => name(gateway))));
    // Every read of segments fails until the table has its name again.
    await queryPostgres(url, 'alter table segment rename to hidden_segment');
    clock.advance(MINUTE);
    const refreshedAt = new Date(clock.now()).toISOString();
    expect(await refresh(gateways[0])).toBe('ok');
    for (const gateway of gateways) {
      await eventually(async () => {
        const { data, errors } = await gateway.query<{ segment: { asOf: string; name: string } }>(
          '{ segment(customerId: "acme", destinationId: "1", segmentId: "1001") { name asOf } }',
        );
        expect(errors).toBeUndefined();
        expect(data?.segment.name).toBe('Segment 1');
        return data?.segment.asOf === refreshedAt;
      });
      expect(gateway.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    }
    await queryPostgres(url, 'alter table hidden_segment rename to segment');
    simulator.destination('acme', 1).mappings[0]!.name = 'Renamed';
    clock.advance(MINUTE);
    expect(await refresh(gateways[0])).toBe('ok');
    for (const gateway of gateways) await eventually(async () => (await name(gateway)) === 'Renamed');
    expect(simulator.listings()).toBe(3);
  });

  it('show an edit by hand that was made at another', async () => {
    const { clock, gateways } = await replicas();
    await passing(clock, Promise.all(gateways.map((gateway) => name(gateway))));
    const { errors } = await gateways[1].query(
      `mutation { setSegment(key: { customerId: "acme", destinationId: "1", segmentId: "1001" }, name: "By hand") { name } }`,
    );
    expect(errors).toBeUndefined();
    await eventually(async () => (await name(gateways[2])) === 'By hand');
    await eventually(async () => (await name(gateways[0])) === 'By hand');
  });

  it('read a new ID once', async () => {
    const { clock, simulator, gateways } = await replicas();
    await passing(clock, Promise.all(gateways.map((gateway) => name(gateway))));
    simulator.destination('acme', 1).mappings.push({ mappingId: 1099, name: 'New' });
    clock.advance(2 * MINUTE);
    const found = await passing(clock, Promise.all(gateways.map((gateway) => name(gateway, '1099'))));
    expect(found).toEqual(['New', 'New', 'New']);
    expect(simulator.listings()).toBe(2);
  });

  it('do a scheduled refresh once, and all know when the next one is due', async () => {
    const { clock, simulator, gateways } = await replicas({ refreshEvery: '1h' });
    for (const gateway of gateways) {
      await passing(clock, Promise.all([name(gateway), name(gateway, '1001', '2')]));
    }
    simulator.resetCalls();
    clock.advance(0.95 * HOUR);
    await passing(
      clock,
      eventually(() => simulator.listings() >= 2),
    );
    await passing(
      clock,
      eventually(async () => {
        const states = await Promise.all(gateways.map(sync));
        return states.every(({ nextAttemptAt }) => Date.parse(nextAttemptAt!) > clock.now() + 0.5 * HOUR);
      }),
    );
    expect(simulator.listings({ destinationId: 1 })).toBe(1);
    expect(simulator.listings({ destinationId: 2 })).toBe(1);
  });

  it('take over at once from one that is stopped in the middle of a listing', async () => {
    const { clock, simulator, gateways } = await replicas({ refreshEvery: '0', coldTimeout: '1s' });
    const gate = hold(simulator);
    const first = name(gateways[0]);
    await gate.arrival;
    expect(await passing(clock, first)).toBe('AAM_UNAVAILABLE');
    const second = name(gateways[1]);
    const taken = simulator.nextCall({ endpoint: 'mappings' });
    const before = clock.now();
    const stopping = gateways[0].stop();
    await passing(clock, taken);
    expect(clock.now() - before).toBeLessThan(10_000);
    gate.open();
    await passing(clock, Promise.all([second, stopping]));
    expect(await passing(clock, name(gateways[1]))).toBe('Segment 1');
    expect(simulator.listings()).toBe(2);
  });

  it('log in once with a key to share tokens under, and store none that can be read', async () => {
    const key = 'a key of which nobody but the gateways knows';
    const { simulator, gateways, url, clock, start } = await replicas(undefined, { encryptionKey: key });
    for (const gateway of gateways) {
      clock.advance(1);
      expect(await refresh(gateway)).toBe('ok');
    }
    expect(simulator.count({ endpoint: 'token' })).toBe(1);
    const stored = JSON.stringify(await queryPostgres(url, 'select * from token'));
    expect(stored).toContain('v1.');
    for (const secret of [...simulator.tokensIssued('acme'), 'acme-password', 'partner-secret', key]) {
      expect(stored).not.toContain(secret);
    }
    const other = await start({
      storage: { postgres: url, encryptionKey: 'another key, as long as the first' },
    });
    clock.advance(1);
    expect(await refresh(other)).toBe('ok');
    expect(simulator.count({ endpoint: 'token' })).toBe(2);
  });

  it('store no token without a key', async () => {
    const { gateways, url } = await replicas();
    expect(await refresh(gateways[0])).toBe('ok');
    expect(await queryPostgres(url, 'select * from token')).toEqual([]);
  });

  it(
    'as processes: when the one that reads is killed, another takes over after the lease',
    { timeout: 60_000 },
    async () => {
      const { config } = await postgresDatabase();
      await using folder = await TemporaryFolder.create();
      const customers = [passwordCustomer('acme', destination(1, 5))];
      await using simulator = await AudienceManagerSimulator.start({ customers });
      const text = configTextFor(simulator, customers, undefined, {
        storage: { postgres: config.engine === 'postgres' ? config.url : '' },
        freshness: { refreshEvery: '0', coldTimeout: '30s' },
        limits: { requestTimeout: '60s' },
        audienceManager: { requestTimeout: '60s' },
      });
      const file = await folder.write('gateway.yaml', text);
      await using first = new RunningCommand(['serve', '--config', file]);
      await using second = new RunningCommand(['serve', '--config', file]);
      const [one, two] = await Promise.all(
        [first, second].map(async (process) => (await process.prints(/"url":"([^"]+)"/))[1]!),
      );
      const ask = async (url: string): Promise<unknown> => {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            query: '{ segment(customerId: "acme", destinationId: "1", segmentId: "1001") { name } }',
          }),
        });
        return await response.json();
      };
      const gate = hold(simulator);
      const lost = ask(one!).catch(() => 'lost');
      await gate.arrival;
      const waiting = ask(two!);
      first.kill('SIGKILL');
      expect(await lost).toBe('lost');
      gate.open();
      expect(await waiting).toEqual({ data: { segment: { name: 'Segment 1' } } });
      expect(simulator.listings()).toBe(2);
    },
  );
});
