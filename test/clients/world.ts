import type { SimulatorDestination } from '../../src/simulator/index.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { HOUR } from '../support/directory.js';
import { TestGateway } from '../support/gateway.js';
import { DOCUMENTS } from './operations.js';
import { overTheWire } from './wire.js';

/** The customers of {@link World}. */
export const CUSTOMERS = ['acme', 'globex'] as const;

/** The destinations that each customer has. */
export const DESTINATIONS = ['314', '566'] as const;

/** IDs of segments that each of these destinations has: mapping IDs, and two that are known by hand alone. */
export const SEGMENTS = ['1001', '1002', '80920', 'offline-buyers'] as const;

/** Which of its names a segment had. */
type Time = 'first' | 'then' | 'now';

/** The name of a segment; no two segments or times have the same. */
export function nameOf(customerId: string, destinationId: string, segmentId: string, time: Time): string {
  return `Segment ${segmentId} of ${customerId}, ${destinationId} (${time})`;
}

/**
 * A gateway for two customers who have everything in common but the names: destination IDs, mapping IDs, sids, aliases
 * and entries by hand, and in either destination the same as in the other. Everything was renamed twice, an hour apart.
 */
export class World implements AsyncDisposable {
  readonly gateway: TestGateway;
  /** When the segments had their first names, RFC 3339. */
  readonly first: string;
  /** When they had their second names, RFC 3339. */
  readonly then: string;

  private constructor(gateway: TestGateway, first: string, then: string) {
    this.gateway = gateway;
    this.first = first;
    this.then = then;
  }

  static async start(): Promise<World> {
    const gateway = await TestGateway.start({
      simulated: [
        passwordCustomer('acme', ...DESTINATIONS.map((id) => destinationOf('acme', id, 'first'))),
        serverToServerCustomer('globex', ...DESTINATIONS.map((id) => destinationOf('globex', id, 'first'))),
      ],
      customers: CUSTOMERS.map((id) => ({
        id,
        name: `The ${id} company`,
        destinations: DESTINATIONS.map((destinationId) => ({ id: destinationId, segmentIdType: 'AUTO' })),
      })),
      config: { freshness: { refreshEvery: 0 }, audienceManager: { callsPerSecond: 0 } },
    });
    const moments: string[] = [];
    for (const time of ['first', 'then', 'now'] as const) {
      gateway.clock.advance(HOUR);
      await nameAll(gateway, time);
      moments.push(new Date(gateway.clock.now()).toISOString());
    }
    return new World(gateway, moments[0]!, moments[1]!);
  }

  get url(): string {
    return this.gateway.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }
}

/** Gives all segments the names of a time, at Audience Manager and by hand. */
async function nameAll(gateway: TestGateway, time: Time): Promise<void> {
  for (const customerId of CUSTOMERS) {
    for (const destinationId of DESTINATIONS) {
      const simulated = gateway.simulator.destination(customerId, Number(destinationId));
      simulated.mappings = destinationOf(customerId, destinationId, time).mappings;
      await refresh(gateway, customerId, destinationId);
      for (const [segmentId, idType] of [
        ['80920', 'SID'],
        ['offline-buyers', null],
      ] as const) {
        await overTheWire(gateway.url, {
          document: DOCUMENTS.setSegment,
          variables: {
            key: { customerId, destinationId, segmentId, idType },
            name: nameOf(customerId, destinationId, segmentId, time),
          },
        });
      }
    }
  }
}

/** Lets a gateway read a destination again. */
export async function refresh(
  gateway: TestGateway,
  customerId: string,
  destinationId: string,
): Promise<void> {
  const document = `mutation ($customerId: ID, $destinationId: ID!) {
    refreshDestination(customerId: $customerId, destinationId: $destinationId) { id }
  }`;
  await overTheWire(gateway.url, { document, variables: { customerId, destinationId } });
}

function destinationOf(customerId: string, destinationId: string, time: Time): SimulatorDestination {
  const name = (segmentId: string) => nameOf(customerId, destinationId, segmentId, time);
  return destination(Number(destinationId), 0, {
    name: `Destination ${destinationId} of ${customerId}`,
    mappings: [
      { mappingId: 1001, sid: 5001, alias: 'cart', name: name('1001'), description: `About ${name('1001')}` },
      { mappingId: 1002, sid: 5002, name: name('1002') },
      // 2002 is the sid of the one and the mapping ID of the other.
      { mappingId: 2001, sid: 2002, name: name('2001') },
      { mappingId: 2002, sid: 2003, name: name('2002') },
    ],
  });
}
