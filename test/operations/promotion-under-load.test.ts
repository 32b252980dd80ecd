import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { freePorts } from '../support/free-port.js';
import { PostgresCluster, clusterPrograms } from '../support/postgres-cluster.js';
import { needing } from '../support/programs.js';
import { Load } from './load.js';
import { Replica } from './replica.js';

const CUSTOMERS = [passwordCustomer('acme', destination(314, 50))];
const KEY = '(customerId: "acme", destinationId: "314", segmentId: "1001")';
const QUERY = `{ segment${KEY} { label } }`;
const DESCRIBED = `{ segment${KEY} { description } }`;
const PER_SECOND = 100;
/** How soon after a promotion names by hand are accepted again, on a busy machine. */
const WRITABLE_MS = 30_000;

async function ask(replica: Replica, query: string): Promise<{ data: unknown; errors?: unknown }> {
  const response = await fetch(`http://127.0.0.1:${replica.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data: unknown; errors?: unknown };
}

function describeIt(text: string): string {
  return `mutation { setSegment(key: ${KEY.replace('(', '{ ').replace(')', ' }')}, description: "${text}") { label } }`;
}

/** Repeats until it succeeds. @returns how long that took, in milliseconds */
async function until(isDone: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (!(await isDone())) {
    if (performance.now() - started > WRITABLE_MS) throw new Error(`not done after ${WRITABLE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return performance.now() - started;
}

describe.skipIf(clusterPrograms === null)(
  needing('two gateways on a PostgreSQL with a standby', { postgres: clusterPrograms }),
  () => {
    it('answer every lookup while the primary crashes and the standby is promoted, and accept edits again', async () => {
      await using simulator = await AudienceManagerSimulator.start({ customers: CUSTOMERS });
      const primary = await PostgresCluster.create();
      await using _primary = { [Symbol.asyncDispose]: () => primary.dispose() };
      const standby = await primary.standby();
      await using _standby = { [Symbol.asyncDispose]: () => standby.dispose() };
      const postgres = `postgres://postgres@${primary.host},${standby.host}/postgres?target_session_attrs=read-write`;
      const [first = 0, second = 0] = await freePorts(2);
      const start = (port: number): Promise<Replica> =>
        Replica.start(port, simulator, CUSTOMERS, { storage: { postgres } });
      await using one = await start(first);
      await using two = await start(second);
      const gateways = [one, two];
      for (const gateway of gateways) {
        expect(await ask(gateway, QUERY)).toEqual({ data: { segment: { label: 'Segment 1' } } });
      }
      expect((await ask(one, describeIt('before'))).errors).toBeUndefined();
      await until(async () => {
        const [row] = await standby.query<{ count: string }>(
          "select count(*) from segment where description = 'before'",
        );
        return row?.count === '1';
      });

      const loads = gateways.map(
        ({ port }) =>
          new Load(`http://127.0.0.1:${port}/graphql`, {
            query: QUERY,
            headers: {},
            perSecond: PER_SECOND,
            expected: 'Segment 1',
          }),
      );
      try {
        await primary.stop();
        await standby.promote();
        await until(async () => (await ask(two, describeIt('after'))).errors === undefined);
        const after = { data: { segment: { description: 'after' } } };
        for (const gateway of gateways) {
          await until(async () => JSON.stringify(await ask(gateway, DESCRIBED)) === JSON.stringify(after));
        }
      } finally {
        await Promise.all(loads.map((load) => load.stop()));
      }
      for (const load of loads) {
        expect([...load.failures]).toEqual([]);
        expect(load.sent).toBeGreaterThan(PER_SECOND);
      }
    }, 120_000);
  },
);
