import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { codeOf, startLoggedIn, type Upstream } from '../support/upstream.js';

async function start(count: number, pageSize: number, maxPageSize?: number): Promise<Upstream> {
  const all = Array.from({ length: count }, (_, index) => destination(100 + index, 0));
  return await startLoggedIn({
    customers: [passwordCustomer('acme', ...all)],
    client: { pageSize },
    ...(maxPageSize !== undefined && { simulator: { maxPageSize } }),
  });
}

const ids = async ({ client, account }: Upstream): Promise<string[]> =>
  (await client.listDestinations(account('acme'))).destinations.map(({ id }) => id);

const calls = ({ simulator }: Upstream): number => simulator.count({ endpoint: 'destinations' });

describe('the list of destinations', () => {
  it.each([
    ['at once', 1_000, undefined, 1],
    ['without paging', 0, undefined, 1],
    ['in pages', 10, undefined, 3],
    ['in the pages that the server allows', 1_000, 7, 4],
  ])('is read %s', async (_, pageSize, maxPageSize, count) => {
    const upstream = await start(25, pageSize, maxPageSize);
    expect(await ids(upstream)).toEqual(Array.from({ length: 25 }, (_each, index) => String(100 + index)));
    expect(calls(upstream)).toBe(count);
  });

  it('is read again if its pages do not add up, and at last without paging', async () => {
    const upstream = await start(25, 10);
    upstream.simulator.fault({
      endpoint: 'destinations',
      page: 0,
      action: { kind: 'answer', transform: (answer) => ({ ...(answer as object), total: 24 }) },
    });
    expect(await ids(upstream)).toHaveLength(25);
    expect(upstream.simulator.calls.at(-1)?.path).not.toContain('page');
  });

  it('takes IDs as text, and skips entries without one', async () => {
    const upstream = await start(1, 0);
    const list = [
      { destinationId: 7, name: 'Seven', destinationType: 'ADS', status: 1 },
      { destinationId: '007', name: null, destinationType: 'S2S' },
      { destinationId: 2 ** 53 + 2 },
      { name: 'no ID' },
      null,
    ];
    upstream.simulator.fault({ endpoint: 'destinations', action: { kind: 'answer', transform: () => list } });
    const { destinations, skipped } = await upstream.client.listDestinations(upstream.account('acme'));
    expect(destinations).toEqual([
      { id: '7', name: 'Seven', description: null, type: 'COOKIE', active: true },
      { id: '007', name: null, description: null, type: 'SERVER_TO_SERVER', active: null },
    ]);
    expect(skipped).toBe(3);
  });

  it('is refused if it has more destinations than an account may have', async () => {
    const upstream = await start(1, 0);
    upstream.simulator.fault({
      endpoint: 'destinations',
      action: { kind: 'answer', transform: () => ({ total: 1e9, page: 0, list: [] }) },
    });
    expect(await codeOf(ids(upstream))).toBe('AAM_BAD_RESPONSE');
  });
});
