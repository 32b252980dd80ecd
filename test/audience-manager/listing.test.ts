import { describe, expect, it } from 'vitest';
import { UnstoredMemory } from '../../src/directory/storing/unstored-memory.js';
import type { SimulatorMapping } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import {
  codeOf,
  failureOf,
  logged,
  metricValue,
  passWaits,
  readDestination,
  startLoggedIn,
  type Upstream,
  type UpstreamOptions,
} from '../support/upstream.js';

interface Page {
  total: unknown;
  page: unknown;
  pageSize: unknown;
  list: unknown[];
}

/** Acme with one destination, 314, of `count` mappings; page size 10. */
const start = (count: number, more: UpstreamOptions = {}): Promise<Upstream> =>
  startLoggedIn({
    customers: [passwordCustomer('acme', destination(314, count))],
    client: { pageSize: 10 },
    ...more,
  });

const list = (upstream: Upstream): ReturnType<Upstream['client']['listMappings']> =>
  upstream.client.listMappings(upstream.account('acme'), '314');

const mappingsOf = (upstream: Upstream): SimulatorMapping[] =>
  upstream.simulator.destination('acme', 314).mappings;

const names = async (upstream: Upstream): Promise<(string | null)[]> =>
  [...(await list(upstream)).mappings].map(({ name }) => name);

const segments = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `Segment ${index + 1}`);

const calls = (upstream: Upstream): number => upstream.simulator.count({ endpoint: 'mappings' });

/** Changes the responses of the mappings endpoint, or that of one page. */
function change(upstream: Upstream, transform: (page: Page) => unknown, page?: number): void {
  upstream.simulator.fault({
    endpoint: 'mappings',
    ...(page === undefined ? {} : { page }),
    action: { kind: 'answer', transform: (answer) => transform(answer as Page) },
  });
}

describe('a listing', () => {
  it.each([
    { rows: 0, pages: 1, what: 'an empty destination' },
    { rows: 1, pages: 1, what: 'one mapping' },
    { rows: 9, pages: 1, what: 'less than a page' },
    { rows: 10, pages: 1, what: 'exactly one page' },
    { rows: 11, pages: 2, what: 'one mapping more than a page' },
    { rows: 30, pages: 3, what: 'an exactly full last page' },
    { rows: 195, pages: 20, what: '20 pages' },
  ])('of $what takes $pages calls and has $rows mappings in order', async ({ rows, pages }) => {
    const upstream = await start(rows);
    expect(await names(upstream)).toEqual(segments(rows));
    expect(calls(upstream)).toBe(pages);
    const asked = upstream.simulator.calls.filter(({ endpoint }) => endpoint === 'mappings');
    expect(new Set(asked.map(({ page }) => page)).size).toBe(pages);
  });

  it('fits into one page of 1000', async () => {
    const upstream = await start(1000, { client: { pageSize: 1000 } });
    expect((await list(upstream)).mappings).toHaveLength(1000);
    expect(upstream.simulator.calls.at(-1)?.path).toBe(
      '/v1/destinations/314/mappings?page=0&pageSize=1000&sortBy=destinationMappingId&includeDeletedEntities=true',
    );
    expect(calls(upstream)).toBe(1);
  });

  it('continues with the smaller page size of the server', async () => {
    const upstream = await start(25, { client: { pageSize: 1000 }, simulator: { maxPageSize: 10 } });
    expect(await names(upstream)).toEqual(segments(25));
    const asked = upstream.simulator.calls.map(({ path }) => new URLSearchParams(path.split('?')[1]));
    expect(asked.map((query) => `${query.get('page')}/${query.get('pageSize')}`).sort()).toEqual([
      '0/1000',
      '1/10',
      '2/10',
    ]);
  });

  it('goes by the number of mappings if the response repeats the requested page size', async () => {
    const upstream = await start(25, { client: { pageSize: 1000 }, simulator: { maxPageSize: 10 } });
    change(upstream, (page) => ({ ...page, pageSize: 1000 }));
    expect(await names(upstream)).toEqual(segments(25));
    expect(calls(upstream)).toBe(3);
  });

  it('is one call without paging options if the page size is 0', async () => {
    const upstream = await start(25, { client: { pageSize: 0 } });
    expect(await names(upstream)).toEqual(segments(25));
    expect(upstream.simulator.calls.map(({ path }) => path)).toEqual([
      '/v1/destinations/314/mappings?includeDeletedEntities=true',
    ]);
  });

  it('continues page by page if the server pages without being asked to', async () => {
    const upstream = await start(25, { client: { pageSize: 0 } });
    upstream.simulator.fault({
      endpoint: 'mappings',
      times: 1,
      action: {
        kind: 'answer',
        transform: (rows) => ({ total: 25, page: 0, pageSize: 10, list: (rows as unknown[]).slice(0, 10) }),
      },
    });
    expect(await names(upstream)).toEqual(segments(25));
    expect(calls(upstream)).toBe(3);
  });

  it('takes a plain array as the whole listing although paging was asked for', async () => {
    const upstream = await start(8);
    change(upstream, (page) => page.list);
    expect(await names(upstream)).toEqual(segments(8));
    expect(calls(upstream)).toBe(1);
  });

  it.each([
    { includeDeleted: true, expected: ['ACTIVE', 'DELETED', 'INACTIVE'] },
    { includeDeleted: false, expected: ['ACTIVE', 'INACTIVE'] },
  ])('asks for deleted mappings as configured: $includeDeleted', async ({ includeDeleted, expected }) => {
    const upstream = await start(3, { client: { pageSize: 10, includeDeleted } });
    mappingsOf(upstream)[1]!.status = 'deleted';
    mappingsOf(upstream)[2]!.status = 'inactive';
    expect([...(await list(upstream)).mappings].map(({ status }) => status)).toEqual(expected);
    expect(upstream.simulator.calls.at(-1)?.path.includes('includeDeletedEntities')).toBe(includeDeleted);
  });

  it('has no query parameters if neither pages nor deleted mappings are wanted', async () => {
    const upstream = await start(3, { client: { pageSize: 0, includeDeleted: false } });
    expect(await names(upstream)).toEqual(segments(3));
    expect(upstream.simulator.calls.at(-1)?.path).toBe('/v1/destinations/314/mappings');
  });

  it('retries only the page that fails temporarily', async () => {
    const upstream = await start(30);
    upstream.simulator.fault({
      endpoint: 'mappings',
      page: 1,
      times: 2,
      action: { kind: 'status', status: 503 },
    });
    const listing = names(upstream);
    await passWaits(upstream.clock, listing);
    expect(await listing).toEqual(segments(30));
    expect(calls(upstream)).toBe(5);
    expect(upstream.simulator.listings()).toBe(1);
  });

  it('ends when the first page fails, and aborts the other pages', async () => {
    const upstream = await start(50, { http: { concurrency: 2 } });
    const never = new Promise<void>(() => undefined);
    for (const page of [2, 3, 4]) {
      upstream.simulator.fault({ endpoint: 'mappings', page, action: { kind: 'hold', until: never } });
    }
    upstream.simulator.fault({ endpoint: 'mappings', page: 1, action: { kind: 'status', status: 403 } });
    expect(await codeOf(list(upstream))).toBe('AAM_FORBIDDEN');
    // Pages that were still in flight would block this call: the concurrency is 2.
    expect((await readDestination(upstream)).name).toBe('Destination 314');
  });

  it('ends when its caller aborts', async () => {
    const upstream = await start(30);
    upstream.simulator.fault({ endpoint: 'mappings', page: 1, action: { kind: 'hang' } });
    const caller = new AbortController();
    const arrived = upstream.simulator.nextCall({ page: 1 });
    const listing = upstream.client.listMappings(upstream.account('acme'), '314', {
      signal: caller.signal,
    });
    await arrived;
    caller.abort();
    expect(await codeOf(listing)).toBe('AAM_UNAVAILABLE');
  });
});

describe('a listing whose mappings shift between two pages', () => {
  it.each<[string, { add?: SimulatorMapping[]; remove?: number[] }, number]>([
    ['a mapping is added', { add: [{ mappingId: 9000 }] }, 26],
    ['a mapping is removed', { remove: [1003] }, 24],
    ['many are removed', { remove: Array.from({ length: 20 }, (_, index) => 1001 + index) }, 5],
    ['all are removed', { remove: Array.from({ length: 25 }, (_, index) => 1001 + index) }, 0],
  ])('is read again when %s', async (_name, shift, rows) => {
    const upstream = await start(25);
    upstream.simulator.fault({ page: 0, times: 1, action: { kind: 'shift', ...shift } });
    const ids = [...(await list(upstream)).mappings].map(({ id }) => id);
    expect(ids).toEqual(
      mappingsOf(upstream)
        .map(({ mappingId }) => String(mappingId))
        .sort(),
    );
    expect(ids).toHaveLength(rows);
    expect(upstream.simulator.listings()).toBe(2);
  });

  it('is read again when a mapping is on two pages although the total is the same', async () => {
    const upstream = await start(25);
    upstream.simulator.fault({
      page: 0,
      times: 1,
      action: {
        kind: 'rows',
        transform: (rows) => {
          mappingsOf(upstream).unshift({ mappingId: 1, name: 'New in front' });
          mappingsOf(upstream).pop();
          return rows;
        },
      },
    });
    expect(await names(upstream)).toEqual(['New in front', ...segments(24)]);
    expect(upstream.simulator.listings()).toBe(2);
  });

  it('is read three times page by page, then once without paging', async () => {
    const upstream = await start(25);
    let next = 9000;
    const fault = upstream.simulator.fault({
      page: 0,
      action: {
        kind: 'rows',
        transform: (rows) => {
          mappingsOf(upstream).push({ mappingId: next++ });
          return rows;
        },
      },
    });
    expect((await list(upstream)).mappings).toHaveLength(28);
    expect(fault.hits).toBe(3);
    expect(upstream.simulator.listings()).toBe(4);
    expect(upstream.simulator.calls.at(-1)?.path).toBe(
      '/v1/destinations/314/mappings?includeDeletedEntities=true',
    );
  });

  it('succeeds if only the last attempt is consistent', async () => {
    const upstream = await start(25);
    const fault = upstream.simulator.fault({
      page: 0,
      times: 3,
      action: { kind: 'shift', remove: [1001, 1002, 1003] },
    });
    upstream.simulator.fault({
      page: 1,
      times: 3,
      action: { kind: 'rows', transform: (rows) => rows.slice(1) },
    });
    expect((await list(upstream)).mappings).toHaveLength(22);
    expect(fault.hits).toBe(3);
    expect(upstream.simulator.listings()).toBe(4);
  });
});

describe('an inconsistent listing', () => {
  it('is AAM_BAD_RESPONSE if it is inconsistent without paging too', async () => {
    const upstream = await start(25);
    change(upstream, () => ({ total: 26, page: 0, list: [] }));
    expect(await codeOf(list(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(upstream.simulator.listings()).toBe(4);
  });

  it.each<[string, (page: Page) => unknown, number]>([
    ['a later page is a plain array', (page) => page.list, 1],
    ['a later page says it is another', (page) => ({ ...page, page: 7 }), 1],
    ['a later page has another total', (page) => ({ ...page, total: 26 }), 2],
    ['a later page lacks a row', (page) => ({ ...page, list: page.list.slice(1) }), 2],
    ['a page has more rows than the total', (page) => ({ ...page, total: 3 }), 0],
    ['the total is 0 but there are rows', (page) => ({ ...page, total: 0 }), 0],
    ['there are no rows but a total', (page) => ({ ...page, list: [] }), 0],
    ['a later page repeats a row', (page) => ({ ...page, list: [page.list[1], ...page.list.slice(1)] }), 2],
  ])('is read without paging after three attempts: %s', async (_name, transform, page) => {
    const upstream = await start(25);
    change(upstream, transform, page);
    expect(await names(upstream)).toEqual(segments(25));
    expect(upstream.simulator.listings()).toBe(4);
    expect(upstream.simulator.calls.at(-1)?.page).toBeUndefined();
  });
});

describe('an ID that is twice in one response', () => {
  it('counts as an unreadable mapping: the last one is kept, the listing is not read again', async () => {
    const upstream = await start(3);
    change(
      upstream,
      (page) => [{ ...(page.list[0] as object), elementName: 'Before' }, ...page.list],
      undefined,
    );
    const listing = await list(upstream);
    expect(listing.skipped).toBe(1);
    expect(listing.mappings).toHaveLength(3);
    expect([...listing.mappings].map(({ name }) => name)).not.toContain('Before');
    expect(upstream.simulator.listings()).toBe(1);
  });
});

describe('a response that is no list of mappings', () => {
  it.each<[string, (page: Page) => unknown]>([
    ['a negative total', (page) => ({ ...page, total: -1 })],
    ['a fractional total', (page) => ({ ...page, total: 1.5 })],
    ['a total that is a text', (page) => ({ ...page, total: '25' })],
    ['a total far beyond any account', (page) => ({ ...page, total: 1e9 })],
    ['a total that takes far too many pages', (page) => ({ ...page, total: 999_999 })],
    ['no total', ({ page, pageSize, list: rows }) => ({ page, pageSize, list: rows })],
    ['no page', ({ total, pageSize, list: rows }) => ({ total, pageSize, list: rows })],
    ['a list that is an object', (page) => ({ ...page, list: {} })],
    ['a list that is null', (page) => ({ ...page, list: null })],
    ['no list', ({ total, page, pageSize }) => ({ total, page, pageSize })],
    ['null', () => null],
    ['a text', () => 'mappings'],
    ['an error in a good answer', () => ({ code: 'SERVER_ERROR', message: 'oops' })],
  ])('is AAM_BAD_RESPONSE after one call: %s', async (_name, transform) => {
    const upstream = await start(25);
    change(upstream, transform);
    expect(await codeOf(list(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(calls(upstream)).toBe(1);
  });

  it.each([
    ['an HTML page', '<html>Maintenance</html>'],
    ['nothing', ''],
    ['JSON that ends early', '[{"destinationMappingId":1'],
  ])('is AAM_BAD_RESPONSE after one call: %s', async (_name, body) => {
    const upstream = await start(25);
    upstream.simulator.fault({ endpoint: 'mappings', action: { kind: 'body', body } });
    expect(await codeOf(list(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(calls(upstream)).toBe(1);
  });
});

describe('mappings that cannot be read', () => {
  const ODD = [null, 17, 'row', [], {}, { elementName: 'no ID' }, { destinationMappingId: -1 }];

  it('are skipped, counted, and logged once', async () => {
    const upstream = await start(5);
    upstream.simulator.fault({ action: { kind: 'rows', transform: (rows) => [...ODD, ...rows] } });
    change(upstream, (page) => ({ ...page, total: page.list.length }));
    const listing = await list(upstream);
    expect([...listing.mappings].map(({ name }) => name)).toEqual(segments(5));
    expect(listing.skipped).toBe(ODD.length);
    expect(await metricValue(upstream.metrics.skippedMappings)).toBe(ODD.length);
    expect(logged(upstream, 'warn')).toMatchObject([{ destination: '314', skipped: ODD.length }]);
    expect(upstream.simulator.listings()).toBe(1);
  });

  it('are counted over all pages in one warning', async () => {
    const upstream = await start(25);
    upstream.simulator.fault({ action: { kind: 'rows', transform: (rows) => [null, ...rows.slice(1)] } });
    const listing = await list(upstream);
    expect([listing.mappings.length, listing.skipped]).toEqual([22, 3]);
    expect(await metricValue(upstream.metrics.skippedMappings)).toBe(3);
    expect(logged(upstream, 'warn')).toHaveLength(1);
  });

  it('are not logged if there are none', async () => {
    const upstream = await start(25);
    expect((await list(upstream)).skipped).toBe(0);
    expect(await metricValue(upstream.metrics.skippedMappings)).toBe(0);
    expect(logged(upstream, 'warn')).toEqual([]);
  });

  it('are AAM_BAD_RESPONSE if there are no others', async () => {
    const upstream = await start(5);
    change(upstream, () => ODD);
    expect(await codeOf(list(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(calls(upstream)).toBe(1);
  });
});

/** Paths of the calls for mappings, without those of the API. */
const paths = ({ simulator }: Upstream): string[] =>
  simulator.calls
    .filter(({ endpoint }) => endpoint === 'mappings')
    .map(({ path }) => path.replace('/v1/destinations/314/', ''));

describe('a server that refuses an option', () => {
  const SORTED = 'sortBy=destinationMappingId';
  const DELETED = 'includeDeletedEntities=true';

  it.each([
    { refused: ['sortBy'], asked: [`${SORTED}&${DELETED}`, DELETED], after: `&${DELETED}` },
    { refused: ['includeDeletedEntities'], asked: [`${SORTED}&${DELETED}`, SORTED], after: `&${SORTED}` },
  ])(
    'is asked without $refused, which it names, and that is remembered',
    async ({ refused, asked, after }) => {
      const upstream = await start(5);
      upstream.simulator.destination('acme', 314).refusedOptions = refused;
      expect(await names(upstream)).toEqual(segments(5));
      expect(paths(upstream)).toEqual(asked.map((query) => `mappings?page=0&pageSize=10&${query}`));
      upstream.simulator.resetCalls();
      expect(await names(upstream)).toEqual(segments(5));
      expect(paths(upstream)).toEqual([`mappings?page=0&pageSize=10${after}`]);
      expect(logged(upstream, 'info')).toMatchObject([{ destination: '314', options: refused }]);
    },
  );

  it.each([
    { refused: ['sortBy'], calls: 2 },
    { refused: ['includeDeletedEntities'], calls: 3 },
    { refused: ['sortBy', 'includeDeletedEntities'], calls: 4 },
  ])('gives no reason: $calls calls find out that it is $refused', async ({ refused, calls: expected }) => {
    const upstream = await start(25);
    const at = upstream.simulator.destination('acme', 314);
    at.refusedOptions = refused;
    at.namesRefusedOption = false;
    expect(await names(upstream)).toEqual(segments(25));
    // The other two pages are asked for in the way that works.
    expect(calls(upstream)).toBe(expected + 2);
    await list(upstream);
    expect(calls(upstream)).toBe(expected + 2 + 3);
  });

  it('may refuse both, and without paging there is only one', async () => {
    const upstream = await start(5, { client: { pageSize: 0 } });
    upstream.simulator.destination('acme', 314).refusedOptions = ['sortBy', 'includeDeletedEntities'];
    expect(await names(upstream)).toEqual(segments(5));
    expect(paths(upstream)).toEqual([`mappings?${DELETED}`, 'mappings']);
  });

  it('is asked as documented for another destination', async () => {
    const upstream = await startLoggedIn({
      customers: [passwordCustomer('acme', destination(314, 5), destination(315, 5))],
    });
    upstream.simulator.destination('acme', 314).refusedOptions = ['sortBy'];
    await list(upstream);
    upstream.simulator.resetCalls();
    await upstream.client.listMappings(upstream.account('acme'), '315');
    expect(upstream.simulator.calls.map(({ path }) => path)).toEqual([
      `/v1/destinations/315/mappings?page=0&pageSize=1000&${SORTED}&${DELETED}`,
    ]);
  });

  it('and refuses the request without any option too has other reasons, and is asked with all again', async () => {
    const upstream = await start(5);
    const fault = upstream.simulator.fault({
      endpoint: 'mappings',
      action: { kind: 'status', status: 400, body: '{"code":"BAD","message":"Come back later"}' },
    });
    const failure = await failureOf(list(upstream));
    expect(failure.code).toBe('AAM_BAD_RESPONSE');
    expect(failure.message).toBe('Audience Manager answered with status 400: “Come back later”.');
    expect(calls(upstream)).toBe(4);
    fault.remove();
    upstream.simulator.resetCalls();
    await list(upstream);
    expect(paths(upstream)).toEqual([`mappings?page=0&pageSize=10&${SORTED}&${DELETED}`]);
  });
});

describe('a server that wants another path', () => {
  it.each([301, 302, 307, 308] as const)(
    'redirects (%i) to that with a slash once, which is remembered',
    async (status) => {
      const upstream = await start(25);
      upstream.simulator.destination('acme', 314).redirectsMappings = { to: 'slash', status };
      expect(await names(upstream)).toEqual(segments(25));
      expect(paths(upstream).map((path) => path.split('?')[0])).toEqual([
        'mappings',
        'mappings/',
        'mappings/',
        'mappings/',
      ]);
      upstream.simulator.resetCalls();
      await list(upstream);
      expect(calls(upstream)).toBe(3);
      upstream.simulator.destination('acme', 314).redirectsMappings = { to: 'no-slash', status };
      upstream.simulator.resetCalls();
      expect(await names(upstream)).toEqual(segments(25));
      expect(calls(upstream)).toBe(4);
    },
  );

  it('and refuses an option is asked so that it answers', async () => {
    const upstream = await start(5);
    const at = upstream.simulator.destination('acme', 314);
    at.redirectsMappings = { to: 'slash' };
    at.refusedOptions = ['includeDeletedEntities'];
    expect(await names(upstream)).toEqual(segments(5));
    upstream.simulator.resetCalls();
    await list(upstream);
    expect(paths(upstream)).toEqual(['mappings/?page=0&pageSize=10&sortBy=destinationMappingId']);
  });

  it('and redirects in a circle is AAM_BAD_RESPONSE after two calls', async () => {
    const upstream = await start(5);
    const location = 'mappings/?page=0&pageSize=10&sortBy=destinationMappingId&includeDeletedEntities=true';
    upstream.simulator.fault({ endpoint: 'mappings', action: { kind: 'redirect', location } });
    upstream.simulator.fault({
      endpoint: 'mappings',
      after: 1,
      action: { kind: 'redirect', location: `../${location.replace('/', '')}` },
    });
    expect(await codeOf(list(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(calls(upstream)).toBe(2);
  });
});

describe('a refused listing', () => {
  it.each([
    [403, 'AAM_FORBIDDEN'],
    [404, 'AAM_NOT_FOUND'],
    [409, 'AAM_BAD_RESPONSE'],
    [500, 'AAM_UNAVAILABLE'],
  ])('with status %i is %s after one call', async (status, code) => {
    const upstream = await start(5);
    upstream.simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status } });
    expect(await codeOf(list(upstream))).toBe(code);
    expect(calls(upstream)).toBe(1);
  });
});

describe('a listing that has taken the last of the memory', () => {
  it('asks for its first page again after a 401', async () => {
    const upstream = await start(25);
    const unstored = new UnstoredMemory({ maxBytes: 1, onFreed: () => upstream.client.roomFreed() });
    const half = 8 * 1024 * 1024;
    unstored.share(half).take();
    const memory = unstored.share(half);
    upstream.simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'status', status: 401 } });
    const options = { priority: 'scheduled', memory } as const;
    const listing = await upstream.client.listMappings(upstream.account('acme'), '314', options);
    expect(listing.mappings).toHaveLength(25);
    expect(unstored.share(half).hasRoom('scheduled')).toBe(false);
  });
});
