import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { gate, passWaits, startLoggedIn, type Upstream } from '../support/upstream.js';

const start = (): Promise<Upstream> =>
  startLoggedIn({
    customers: [passwordCustomer('acme', destination(314, 25))],
    client: { pageSize: 10 },
  });

const list = (upstream: Upstream): ReturnType<Upstream['client']['listMappings']> =>
  upstream.client.listMappings(upstream.account('acme'), '314');

describe('the time that a listing speaks of', () => {
  it('is when its first page was asked for, however long the pages take', async () => {
    const upstream = await start();
    const { opened, open } = gate();
    upstream.simulator.fault({ page: 2, action: { kind: 'hold', until: opened } });
    const asked = upstream.clock.now();
    const last = upstream.simulator.nextCall({ page: 2 });
    const listing = list(upstream);
    await last;
    upstream.clock.advance(5_000);
    open();
    expect((await listing).startedAt).toBe(asked);
  });

  it('is when the attempt began that brought the first page', async () => {
    const upstream = await start();
    upstream.simulator.fault({ page: 0, times: 2, action: { kind: 'reset' } });
    const asked = upstream.clock.now();
    const listing = list(upstream);
    expect(await passWaits(upstream.clock, listing)).toEqual([125, 250]);
    expect((await listing).startedAt).toBe(asked + 125 + 250);
  });

  it('is after the pause that Audience Manager asked for before the first page', async () => {
    const upstream = await start();
    upstream.simulator.fault({
      page: 0,
      times: 1,
      action: { kind: 'status', status: 429, retryAfter: '20' },
    });
    const asked = upstream.clock.now();
    const listing = list(upstream);
    expect(await passWaits(upstream.clock, listing)).toEqual([20_000, 1_000, 1_000]);
    expect((await listing).startedAt).toBe(asked + 20_000);
  });

  it('is when the first page was asked for with a new token', async () => {
    const upstream = await start();
    const { opened, open } = gate();
    upstream.simulator.revokeTokens('acme');
    upstream.simulator.fault({ endpoint: 'token', times: 1, action: { kind: 'hold', until: opened } });
    const asked = upstream.clock.now();
    const token = upstream.simulator.nextCall({ endpoint: 'token' });
    const listing = list(upstream);
    await token;
    upstream.clock.advance(3_000);
    open();
    expect((await listing).startedAt).toBe(asked + 3_000);
  });

  it('is that of the read whose pages add up', async () => {
    const upstream = await start();
    const { opened, open } = gate();
    const transform = (answer: unknown): unknown => ({ ...(answer as object), total: 26 });
    upstream.simulator.fault({ page: 2, times: 1, action: { kind: 'answer', transform } });
    upstream.simulator.fault({ page: 2, times: 1, action: { kind: 'hold', until: opened } });
    const asked = upstream.clock.now();
    const last = upstream.simulator.nextCall({ page: 2 });
    const listing = list(upstream);
    await last;
    upstream.clock.advance(5_000);
    open();
    expect((await listing).startedAt).toBe(asked + 5_000);
    expect(upstream.simulator.listings()).toBe(2);
  });
});
