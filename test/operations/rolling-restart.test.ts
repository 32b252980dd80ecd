import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { freePorts } from '../support/free-port.js';
import { entryOf, withKey } from '../support/keys.js';
import { needing } from '../support/programs.js';
import { Balancer, HAPROXY, NGINX } from './balancers.js';
import { Load } from './load.js';
import { Replica } from './replica.js';

const CUSTOMERS = [passwordCustomer('acme', destination(314, 50))];
const QUERY = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const KEY = 'key-of-reports';
/** With access control, the default of `shutdown.delay` is that of a gateway behind a load balancer. */
const CONFIG = {
  access: { apiKeys: [entryOf(KEY, 'reports', 'all')] },
  limits: { requestsPerMinute: 1_000_000 },
};
const PER_SECOND = 500;
/** Three restarts of some seconds each. */
const TIMEOUT_MS = 180_000;

type StartBalancer = (port: number, gateways: readonly number[]) => Promise<Balancer>;

async function withGateways(
  startBalancer: StartBalancer,
  work: (replicas: readonly Replica[], load: Load) => Promise<void>,
): Promise<Load> {
  await using simulator = await AudienceManagerSimulator.start({ customers: CUSTOMERS });
  const [port = 0, ...ports] = await freePorts(4);
  const [one = 0, two = 0, three = 0] = ports;
  const start = (each: number): Promise<Replica> => Replica.start(each, simulator, CUSTOMERS, CONFIG);
  await using first = await start(one);
  await using second = await start(two);
  await using third = await start(three);
  for (const each of ports) await askFirst(each);
  await using balancer = await startBalancer(port, ports);
  const load = new Load(balancer.url, {
    query: QUERY,
    headers: withKey(KEY),
    perSecond: PER_SECOND,
    expected: 'Segment 1',
  });
  try {
    await work([first, second, third], load);
  } finally {
    await load.stop();
  }
  return load;
}

/** Has a gateway read the destination, so that it answers from memory. */
async function askFirst(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close', ...withKey(KEY) },
    body: JSON.stringify({ query: QUERY }),
  });
  expect(await response.json()).toEqual({ data: { segment: { label: 'Segment 1' } } });
}

describe.each<[string, string | null, StartBalancer]>([
  [needing('behind HAProxy', { haproxy: HAPROXY }), HAPROXY, (...args) => Balancer.haproxy(...args)],
  [needing('behind nginx', { nginx: NGINX }), NGINX, (...args) => Balancer.nginx(...args)],
])('three gateways %s', (_, program, startBalancer) => {
  it.skipIf(program === null)(
    'are restarted one after the other under load, and no request fails',
    async () => {
      const stops: number[] = [];
      const load = await withGateways(startBalancer, async (replicas) => {
        for (const replica of replicas) stops.push(await replica.restart());
      });
      expect([...load.failures]).toEqual([]);
      expect(load.sent).toBeGreaterThan(PER_SECOND * 10);
      // The delay of 5 s, and what is left to do then.
      for (const ms of stops) {
        expect(ms).toBeGreaterThan(4_900);
        expect(ms).toBeLessThan(10_000);
      }
    },
    TIMEOUT_MS,
  );
});
