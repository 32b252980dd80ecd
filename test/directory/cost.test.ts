import { describe, expect, it } from 'vitest';
import type { SimulatorMapping } from '../../src/simulator/index.js';
import {
  MINUTE,
  SECOND,
  acme,
  destination,
  globex,
  listingUnderWay,
  namesOf,
  startDirectory,
  until,
} from '../support/directory.js';

const numbered = (count: number): SimulatorMapping[] =>
  Array.from({ length: count }, (_, index) => ({ mappingId: index, name: `Segment ${index}` }));
const ids = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));

describe('the number of calls to Audience Manager', () => {
  it('is 2 tokens and 5 listings for 500 IDs of 5 destinations of 2 customers', async () => {
    const { simulator, directory, find } = await startDirectory({
      customers: [
        acme(...[1, 2, 3].map((id) => destination(id, numbered(100)))),
        globex(...[4, 5].map((id) => destination(id, numbered(100)))),
      ],
    });
    const all = [...directory.customers.values()].flatMap((customer) => [...customer.destinations.values()]);
    const found = await Promise.all(all.map((at) => find(at, ids(100))));
    expect(found.map((each) => namesOf(each))).toEqual(all.map(() => numbered(100).map(({ name }) => name)));
    expect(simulator.count({ endpoint: 'token', customer: 'acme' })).toBe(1);
    expect(simulator.count({ endpoint: 'token', customer: 'globex' })).toBe(1);
    const listings = all.map(({ customerId, id }) =>
      simulator.listings({ customer: customerId, destinationId: id }),
    );
    expect(listings).toEqual([1, 1, 1, 1, 1]);
    expect(simulator.count()).toBe(7);
  });

  it('is 1 listing for 200 identical concurrent lookups of an unlisted destination', async () => {
    const { simulator, at, names } = await startDirectory();
    const found = await Promise.all(Array.from({ length: 200 }, () => names(at(), '1', '3')));
    expect(new Set(found.map((each) => each.join()))).toEqual(new Set(['Alpha,Gamma']));
    expect(simulator.count({ endpoint: 'token' })).toBe(1);
    expect(simulator.count({ endpoint: 'mappings' })).toBe(1);
  });

  it('is 0 listings for 10,000 unknown IDs within newIdInterval, and 1 after it', async () => {
    const { simulator, clock, at, find } = await startDirectory();
    await at().snapshot();
    simulator.resetCalls();
    const unknown = ids(10_000, 1_000);
    const lookUpAll = (): Promise<unknown> => Promise.all(unknown.map((id) => find(at(), [id])));

    clock.advance(MINUTE - 1);
    await lookUpAll();
    expect(simulator.count()).toBe(0);

    clock.advance(1);
    await lookUpAll();
    expect(simulator.count()).toBe(1);
    expect(simulator.listings()).toBe(1);

    clock.advance(MINUTE - 1);
    await lookUpAll();
    expect(simulator.count()).toBe(1);
  });

  it('is 0 for names of a fresh snapshot, which are found without a promise', async () => {
    const { simulator, clock, at } = await startDirectory();
    const snapshot = await at().snapshot();
    const kinds = await at().kinds();
    simulator.resetCalls();
    clock.advance(59 * MINUTE);
    for (let lookup = 0; lookup < 1_000; lookup++) {
      expect(at().find(snapshot, ['1', '2', '3'], kinds)).not.toBeInstanceOf(Promise);
      expect((await at().snapshot()).segments).toBe(snapshot.segments);
    }
    expect(simulator.count()).toBe(0);
  });

  it('is 0 calls for the details of a destination if only names are requested', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    await names(at(), '1', '999');
    clock.advance(2 * MINUTE);
    await names(at(), '1', '999');
    clock.advance(60 * MINUTE);
    await names(at(), '1', '999');
    await listingUnderWay(at());
    expect(simulator.listings()).toBeGreaterThanOrEqual(3);
    expect(simulator.count({ endpoint: 'destination' })).toBe(0);
    expect(simulator.count({ endpoint: 'destinations' })).toBe(0);
    expect(simulator.count({ endpoint: 'mapping' })).toBe(0);
  });

  it('is 1 for 200 concurrent requests for the details of a destination', async () => {
    const { simulator, clock, at } = await startDirectory();
    const details = await Promise.all(Array.from({ length: 200 }, async () => await at().details.get()));
    expect(new Set(details.map((each) => each?.name))).toEqual(new Set(['Destination 314']));
    clock.advance(30 * SECOND);
    await at().details.get();
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
    expect(simulator.listings()).toBe(0);
  });

  it('is 1 for the details of a destination if IDs without a stated kind are looked up, and 1 more after the ttl', async () => {
    const { simulator, clock, at, find } = await startDirectory({ segmentIdType: 'AUTO' });
    await Promise.all(Array.from({ length: 200 }, () => find(at(), ['101', '1'])));
    expect(simulator.listings()).toBe(1);
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
    clock.advance(60 * MINUTE);
    expect(at().kinds()).not.toBeInstanceOf(Promise);
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
    clock.advance(1);
    // They are read again behind the answer.
    const again = simulator.nextCall({ endpoint: 'destination' });
    expect(at().kinds()).not.toBeInstanceOf(Promise);
    await again;
    await find(at(), ['101']);
    expect(simulator.count({ endpoint: 'destination' })).toBe(2);
  });

  it('is 0 for the details of a destination if they are stored', async () => {
    const first = await startDirectory({ segmentIdType: 'AUTO' });
    await first.find(first.at(), ['101']);
    await until(() => first.at().isSaved);
    await first.directory.stop();
    const second = await startDirectory({
      segmentIdType: 'AUTO',
      storage: { engine: 'sqlite', path: first.file },
    });
    await second.directory.start();
    expect(second.at().kinds()).toMatchObject({ isCertain: true, types: ['SID', 'ALIAS', 'MAPPING_ID'] });
    expect(namesOf(await second.find(second.at(), ['101', '2']))).toEqual(['Alpha', 'Beta']);
    expect(second.simulator.count()).toBe(0);
  });
});
