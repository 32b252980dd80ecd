import { describe, expect, it } from 'vitest';
import { momentOf } from '../../src/base/clock.js';
import { ByteBudget } from '../../src/audience-manager/byte-budget.js';
import { inlineJoiner, readListing } from '../../src/audience-manager/listing.js';
import {
  AudienceManagerError,
  parseMappingsPage,
  type MappingsPage,
} from '../../src/audience-manager/index.js';
import { MINUTE, allNames, startDirectory } from '../support/directory.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { FakeClock } from '../support/fake-clock.js';
import { failureOf, gate, passWaits, startLoggedIn, type Upstream } from '../support/upstream.js';

const FREED = 'the segments have been transferred or freed';

const start = (maxListingBytes: number, compression: 'none' | 'br' = 'br'): Promise<Upstream> =>
  startLoggedIn({
    customers: [passwordCustomer('acme', destination(314, 25))],
    client: { pageSize: 10, maxListingBytes },
    simulator: { compression },
  });

const list = (upstream: Upstream): ReturnType<Upstream['client']['listMappings']> =>
  upstream.client.listMappings(upstream.account('acme'), '314');

/** Bytes of the bodies of all pages, and of the segments made of them. */
async function sizes(): Promise<{ readonly bodies: number; readonly packed: number }> {
  const upstream = await start(2 ** 30, 'none');
  const [token] = upstream.simulator.tokensIssued('acme');
  let [bodies, packed] = [0, 0];
  for (const page of [0, 1, 2]) {
    const query = `page=${page}&pageSize=10&sortBy=destinationMappingId&includeDeletedEntities=true`;
    const url = `${upstream.simulator.baseUrl}/destinations/314/mappings?${query}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const body = new Uint8Array(await response.arrayBuffer());
    bodies += body.length;
    packed += parseMappingsPage(body).mappings.byteLength;
  }
  return { bodies, packed };
}

describe('the bytes of one listing', () => {
  it('are those of all its pages, decompressed, and of what is made of them', async () => {
    const { bodies, packed } = await sizes();
    expect(packed).toBeGreaterThan(1_000);
    for (const compression of ['none', 'br'] as const) {
      const enough = await start(bodies + packed, compression);
      expect((await list(enough)).mappings).toHaveLength(25);
      for (const limit of [bodies + packed - 1, bodies + 1, bodies - 1, 1]) {
        const error = await failureOf(list(await start(limit, compression)));
        expect(error.code).toBe('AAM_BAD_RESPONSE');
        expect(error.message).toContain('takes more than audienceManager.listingLimit allows');
        expect(error.message).toContain('raise it and give the process the memory');
      }
    }
  });

  it('begin anew when the pages are read again', async () => {
    const { bodies, packed } = await sizes();
    const upstream = await start(bodies + packed);
    const transform = (answer: unknown): unknown => ({ ...(answer as object), total: 26 });
    upstream.simulator.fault({ page: 2, times: 2, action: { kind: 'answer', transform } });
    expect((await list(upstream)).mappings).toHaveLength(25);
    expect(upstream.simulator.listings()).toBe(3);
  });

  it('do not count what broke off', async () => {
    const { bodies, packed } = await sizes();
    const upstream = await start(bodies + packed, 'none');
    upstream.simulator.fault({ page: 1, times: 3, action: { kind: 'truncate' } });
    const listing = list(upstream);
    await passWaits(upstream.clock, listing);
    expect((await listing).mappings).toHaveLength(25);
  });

  it('beyond the limit end the listing at once, and the last good one stays', async () => {
    const { at, clock, simulator } = await startDirectory({
      customers: [passwordCustomer('acme', destination(314, 3))],
      maxListingBytes: 20_000,
    });
    await at().refresh('request');
    simulator.edit('acme', 314, { change: 1001, fields: { name: 'New', description: 'd'.repeat(30_000) } });
    simulator.resetCalls();
    clock.advance(MINUTE);
    await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_BAD_RESPONSE' });
    expect(simulator.count()).toBe(1);
    expect(allNames(await at().snapshot())).toEqual(['Segment 1', 'Segment 2', 'Segment 3']);
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code: 'AAM_BAD_RESPONSE' } });
  });
});

describe('the pages of a listing that fails', () => {
  const page = (number: number, total: number): MappingsPage =>
    parseMappingsPage(
      Buffer.from(JSON.stringify({ total, page: number, list: [{ destinationMappingId: number + 1 }] })),
    );
  const clock = new FakeClock();
  const read = (
    fetchPage: (number: number, pageSize: number, budget: ByteBudget) => Promise<MappingsPage>,
  ): Promise<unknown> =>
    readListing({
      fetchPage: async (...asked) => ({ ...(await fetchPage(...asked)), askedAt: momentOf(clock) }),
      pageSize: 1,
      joiner: inlineJoiner,
      maxBytes: 1_000,
      clock,
    });

  it('are freed, also those that arrive later', async () => {
    const pages = [0, 1, 2, 3].map((number) => page(number, 4));
    const late = gate();
    const arrived = gate();
    const listing = read(async (number) => {
      if (number === 2) throw new AudienceManagerError('AAM_UNAVAILABLE', 'gone');
      if (number === 3) {
        await late.opened;
        arrived.open();
      }
      return pages[number]!;
    });
    await expect(listing).rejects.toThrow('gone');
    expect(() => pages[0]?.mappings.length).toThrow(FREED);
    expect(() => pages[1]?.mappings.length).toThrow(FREED);
    expect(pages[3]?.mappings).toHaveLength(1);
    late.open();
    await arrived.opened;
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => pages[3]?.mappings.length).toThrow(FREED);
  });

  it('are freed before it is read again', async () => {
    const odd = [page(0, 2), page(1, 3)];
    const good = [page(0, 2), page(1, 2)];
    const budgets = new Set<ByteBudget>();
    await read((number, _size, budget) => {
      budgets.add(budget);
      return Promise.resolve((budgets.size === 1 ? odd : good)[number]!);
    });
    expect(budgets.size).toBe(2);
    for (const { mappings } of odd) expect(() => mappings.length).toThrow(FREED);
  });
});

describe('a budget of bytes', () => {
  it('is counted together by all who have its parts', () => {
    const budget = new ByteBudget(100);
    const other = ByteBudget.from(structuredClone(budget.toParts()));
    expect(budget.take(60)).toBe(true);
    expect(other.take(40)).toBe(true);
    expect(budget.take(1)).toBe(false);
    budget.giveBack(1);
    other.giveBack(60);
    expect(budget.take(60)).toBe(true);
    expect(other.limit).toBe(100);
  });
});

describe('a response of values that take far more memory than bytes', () => {
  const MILLION = 1_000_000;
  it.each([
    ['more lists than there are mappings', `[${'[],'.repeat(2 * MILLION)}[]]`],
    ['more objects than there are mappings', `[${'{},'.repeat(2 * MILLION)}{}]`],
    ['more numbers than there are mappings', `[${'0,'.repeat(MILLION)}0]`],
  ])('is refused: %s', (_what, body) => {
    const parse = (): unknown => parseMappingsPage(Buffer.from(body));
    expect(parse).toThrow(AudienceManagerError);
    expect(parse).toThrow('more than 1000000 mappings at once');
  });

  it('is read if it is only deep', () => {
    const depth = 900_000;
    const { mappings, count } = parseMappingsPage(
      Buffer.from(`[{"destinationMappingId":7,"more":${'['.repeat(depth)}${']'.repeat(depth)}}]`),
    );
    expect([count, mappings.id(0)]).toEqual([1, '7']);
  });
});
