import { describe, expect, it } from 'vitest';
import {
  AudienceManagerSimulator,
  type MappingStyle,
  type SimulatorDestination,
  type SimulatorMapping,
} from '../../src/simulator/index.js';
import { asAcme, asGlobex, customers, json, type PageBody, startSimulator } from './support.js';

type Mappings = Record<string, unknown>[];

describe('a destination', () => {
  it('has the fields of the documented example', async () => {
    const get = await asAcme(await startSimulator());
    expect(await json(get('/destinations/314'))).toEqual({
      destinationType: 'S2S',
      destinationId: 314,
      pid: 1099,
      name: 'Acme network',
      description: 'Nightly',
      status: 'active',
      createTime: 1281997484000,
      updateTime: 1300752888000,
      domainRestrictions: 'ALL_DOMAINS',
      serializationEnabled: false,
      startDate: null,
      endDate: null,
      mappings: null,
    });
    expect(await json(get('/destinations/315'))).toMatchObject({ destinationType: 'PUSH', status: 1 });
  });

  it('of another customer or a forbidden one is 403; an unknown one is 404; an invalid ID is 400', async () => {
    const simulator = await startSimulator();
    const acme = await asAcme(simulator);
    const globex = await asGlobex(simulator);
    for (const below of ['', '/mappings/', '/mappings/1']) {
      expect((await acme(`/destinations/566${below}`)).status).toBe(403);
      expect((await globex(`/destinations/569${below}`)).status).toBe(403);
      expect((await acme(`/destinations/999${below}`)).status).toBe(404);
      expect((await acme(`/destinations/first${below}`)).status).toBe(400);
    }
    expect(await json(acme('/destinations/566'))).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('with the same ID at two customers is read separately by each', async () => {
    const simulator = await startSimulator();
    simulator.addDestination('globex', { id: 314, name: 'Globex too', type: 'S2S', mappings: [] });
    expect(await json((await asAcme(simulator))('/destinations/314'))).toMatchObject({
      name: 'Acme network',
    });
    expect(await json((await asGlobex(simulator))('/destinations/314'))).toMatchObject({
      name: 'Globex too',
    });
  });

  it('has the fields that say which identifier its data carry', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    expect(await json(get('/destinations/315'))).toMatchObject({
      serializationEnabled: false,
      urlFormatString: null,
      secureUrlFormatString: null,
      delimiter: null,
    });
    const format = {
      serializationEnabled: true,
      formatType: 'single_key',
      singleKey: 'k',
      keySeparator: '=',
      valueSeparator: ',',
      serializationSeparator: '#',
      mappingAutoFiller: 'SID',
    };
    Object.assign(simulator.destination('acme', 314), format);
    expect(await json(get('/destinations/314'))).toMatchObject(format);
    expect((await json<Mappings>(get('/destinations')))[0]).not.toHaveProperty('formatType');
  });

  it('can be changed, added and removed while the simulator runs', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    simulator.destination('acme', 314).name = 'Renamed';
    expect(await json(get('/destinations/314'))).toMatchObject({ name: 'Renamed' });
    simulator.addDestination('acme', { id: 400, name: 'New', type: 'S2S', mappings: [] });
    expect((await get('/destinations/400')).status).toBe(200);
    simulator.removeDestination('acme', 400);
    expect((await get('/destinations/400')).status).toBe(404);
    expect(() => simulator.destination('acme', 400)).toThrow(/no destination 400/);
    expect(() => simulator.destination('nobody', 314)).toThrow(/no simulated customer nobody/);
  });
});

describe('the list of destinations', () => {
  it('contains the destinations that the user may read, with fewer fields', async () => {
    const simulator = await startSimulator();
    const entries = await json<Mappings>((await asAcme(simulator))('/destinations'));
    expect(entries.map(({ destinationId }) => destinationId)).toEqual([314, 315]);
    expect(entries[0]).not.toHaveProperty('mappings');
    const others = await json<Mappings>((await asGlobex(simulator))('/destinations/'));
    expect(others.map(({ destinationId }) => destinationId)).toEqual([566]);
  });

  it('can be paged, searched, and limited to those that contain a segment', async () => {
    const get = await asAcme(await startSimulator());
    expect(await json(get('/destinations?page=1&pageSize=1'))).toMatchObject({
      total: 2,
      page: 1,
      pageSize: 1,
      list: [{ destinationId: 315 }],
    });
    expect(await json(get('/destinations?containsSegment=7'))).toMatchObject([{ destinationId: 315 }]);
    expect(await json(get('/destinations?containsSegment=80923'))).toEqual([]);
    expect(await json(get('/destinations?search=NETWORK'))).toMatchObject([{ destinationId: 314 }]);
  });
});

describe('the mappings of a destination', () => {
  it('are a plain array without paging options, with or without a slash at the end', async () => {
    const get = await asAcme(await startSimulator());
    const mappings = await json<Mappings>(get('/destinations/314/mappings/'));
    expect(mappings).toHaveLength(11);
    expect(await json(get('/destinations/314/mappings'))).toEqual(mappings);
  });

  it('have the fields of the documented example', async () => {
    const simulator = await startSimulator();
    simulator.destination('acme', 315).mappings = [
      {
        mappingId: 14395,
        sid: 80920,
        alias: 'key 1',
        name: '桜 🌸',
        description: 'Migration Pixel',
        createTime: 1,
        updateTime: 2,
        startDate: '2010-11-15',
        endDate: '2011-11-15',
      },
    ];
    const get = await asAcme(simulator);
    expect(await json<Mappings>(get('/destinations/315/mappings/'))).toEqual([
      {
        destinationMappingId: 14395,
        traitType: 'SEGMENT',
        traitValue: 0,
        destinationId: 315,
        elementName: '桜 🌸',
        elementDescription: 'Migration Pixel',
        elementStatus: 'active',
        createTime: 1,
        updateTime: 2,
        crUID: 224,
        upUID: 308,
        sid: 80920,
        startDate: '2010-11-15',
        endDate: '2011-11-15',
        priority: null,
        url: 'http://pixel.example/315/14395',
        secureUrl: 'https://pixel.example/315/14395',
        tagCode: null,
        secureTagCode: null,
        traitAlias: 'key 1',
      },
    ]);
  });

  it.each<[string, MappingStyle, object]>([
    ['mappingId', { idField: 'mappingId' }, { mappingId: 1 }],
    ['traitToDataOrderId', { idField: 'traitToDataOrderId' }, { traitToDataOrderId: 1 }],
    ['empty texts', { emptyAs: 'empty' }, { elementName: '', elementDescription: '', traitAlias: '' }],
    ['null texts', { emptyAs: 'null' }, { elementName: null, elementDescription: null, traitAlias: null }],
    ['numbers for status', { status: 'number' }, { elementStatus: 1 }],
    ['capitals for status', { status: 'upper' }, { elementStatus: 'ACTIVE' }],
  ])('can be written with %s', async (_what, mappingStyle, expected) => {
    const simulator = await startSimulator();
    simulator.destination('acme', 315).mappingStyle = mappingStyle;
    const get = await asAcme(simulator);
    expect(await json<Mappings>(get('/destinations/315/mappings/'))).toMatchObject([expected]);
  });

  it.each<[string, Partial<SimulatorDestination>, SimulatorMapping, object, string[]]>([
    [
      'a URL',
      { type: 'PUSH' },
      { mappingId: 1, url: 'http://p.example/?a=1', secureUrl: null },
      { url: 'http://p.example/?a=1', secureUrl: null, traitAlias: null },
      ['valueAlias'],
    ],
    [
      'a serialized URL',
      { type: 'PUSH', serializationEnabled: true },
      { mappingId: 1, alias: '123' },
      { url: '123', secureUrl: '123', traitAlias: '123' },
      ['valueAlias'],
    ],
    [
      'a cookie with one key',
      { type: 'ADS' },
      { mappingId: 1, value: '123' },
      { traitAlias: null, valueAlias: '123', priority: 1 },
      ['url', 'secureUrl'],
    ],
    [
      'a cookie with several keys',
      { type: 'ADS' },
      { mappingId: 1, alias: 'type', value: '123' },
      { traitAlias: 'type', valueAlias: '123' },
      ['url', 'secureUrl'],
    ],
    [
      'a server-to-server destination',
      { type: 'S2S' },
      { mappingId: 1, alias: '123' },
      { traitAlias: '123', priority: null },
      ['url', 'secureUrl', 'valueAlias'],
    ],
    [
      'a destination of another type',
      { type: 'PULL' },
      { mappingId: 1 },
      { url: null, secureUrl: null, traitAlias: null },
      ['valueAlias'],
    ],
  ])('have the fields that the documentation shows for %s', async (_what, fields, mapping, has, lacks) => {
    const simulator = await startSimulator();
    Object.assign(simulator.destination('acme', 315), fields, { mappings: [mapping] });
    const [row] = await json<Mappings>((await asAcme(simulator))('/destinations/315/mappings'));
    expect(row).toMatchObject(has);
    for (const field of lacks) expect(row).not.toHaveProperty(field);
  });

  it('may be of traits', async () => {
    const simulator = await startSimulator();
    simulator.destination('acme', 315).mappings = [{ mappingId: 1, sid: 2, traitType: 'RULE_BASED_TRAIT' }];
    expect(await json<Mappings>((await asAcme(simulator))('/destinations/315/mappings'))).toMatchObject([
      { traitType: 'RULE_BASED_TRAIT', sid: 2 },
    ]);
  });

  it('may be refused with an option, with and without a reason that names it', async () => {
    const simulator = await startSimulator();
    const at = simulator.destination('acme', 314);
    at.refusedOptions = ['sortBy'];
    const get = await asAcme(simulator);
    expect((await get('/destinations/314/mappings?page=0')).status).toBe(200);
    const named = await get('/destinations/314/mappings?page=0&sortBy=sid');
    expect([named.status, await named.json()]).toEqual([
      400,
      { code: 'BAD_REQUEST', message: 'Unknown query option: sortBy' },
    ]);
    at.namesRefusedOption = false;
    expect(await json(get('/destinations/314/mappings?sortBy=sid'))).toMatchObject({
      message: 'Bad Request',
    });
  });

  it('may be redirected to the path with or without a slash at the end', async () => {
    const simulator = await startSimulator();
    const at = simulator.destination('acme', 314);
    const get = await asAcme(simulator);
    const redirectOf = async (path: string): Promise<unknown[]> => {
      const { status, headers } = await get(path, { redirect: 'manual' });
      return [status, headers.get('location')];
    };
    const bare = '/destinations/314/mappings?page=0';
    const slashed = '/destinations/314/mappings/?page=0';
    expect([await redirectOf(bare), await redirectOf(slashed)]).toEqual([
      [200, null],
      [200, null],
    ]);
    at.redirectsMappings = { to: 'slash' };
    expect([await redirectOf(bare), await redirectOf(slashed)]).toEqual([
      [301, simulator.baseUrl + slashed],
      [200, null],
    ]);
    at.redirectsMappings = { to: 'no-slash', status: 308 };
    expect([await redirectOf(bare), await redirectOf(slashed)]).toEqual([
      [200, null],
      [308, simulator.baseUrl + bare],
    ]);
  });

  it('include deleted ones only on request', async () => {
    const get = await asAcme(await startSimulator());
    const statuses = async (query: string): Promise<unknown[]> =>
      (await json<Mappings>(get(`/destinations/314/mappings/${query}`))).map(
        (mapping) => mapping['elementStatus'],
      );
    expect(await statuses('')).not.toContain('deleted');
    const all = await statuses('?includeDeletedEntities=true&includeMetrics=true');
    expect(all).toHaveLength(12);
    expect(all.slice(2, 6)).toEqual(['active', 'deleted', 'inactive', 'active']);
  });

  it('have a default page size of 10', async () => {
    const get = await asAcme(await startSimulator());
    const first = await json<PageBody>(get('/destinations/314/mappings/?page=0'));
    expect(first).toMatchObject({ total: 11, page: 0, pageSize: 10 });
    expect(first.list).toHaveLength(10);
    const second = await json<PageBody>(get('/destinations/314/mappings/?page=1'));
    expect(second.list.map(({ sid }) => sid)).toEqual([80931]);
    expect(await json(get('/destinations/314/mappings/?page=9'))).toMatchObject({ total: 11, list: [] });
    expect(await json(get('/destinations/314/mappings/?pageSize=3'))).toMatchObject({ page: 0, pageSize: 3 });
  });

  it('have smaller pages than requested if the server limits the page size', async () => {
    const get = await asAcme(await startSimulator({ maxPageSize: 4 }));
    const page = await json<PageBody>(get('/destinations/314/mappings/?page=1&pageSize=1000'));
    expect(page).toMatchObject({ total: 11, page: 1, pageSize: 4 });
    expect(page.list.map(({ sid }) => sid)).toEqual([80925, 80926, 80927, 80928]);
  });

  it('can be sorted and searched', async () => {
    const get = await asAcme(await startSimulator());
    const sids = async (query: string): Promise<unknown[]> =>
      (await json<Mappings>(get(`/destinations/314/mappings/?${query}`))).map(({ sid }) => sid);
    expect((await sids('sortBy=elementName')).slice(0, 2)).toEqual([80931, 80930]);
    expect((await sids('sortBy=elementName&descending=true')).slice(0, 2)).toEqual([80920, 80921]);
    expect((await sids('sortBy=sid&descending=true')).slice(0, 2)).toEqual([80931, 80930]);
    expect((await sids('descending=true')).slice(0, 2)).toEqual([80931, 80930]);
    expect((await sids('sortBy=destinationMappingId&descending=true')).slice(0, 2)).toEqual([80931, 80930]);
    expect((await sids('sortBy=traitToDataOrderId')).slice(0, 2)).toEqual([80920, 80921]);
    expect(await sids('search=segment%20l')).toEqual([80920]);
  });

  it.each([
    'page=-1',
    'page=one',
    'pageSize=0',
    'pageSize=1.5',
    'sortBy=colour',
    'descending=yes',
    'includeDeletedEntities=1',
    'includeMetrics=maybe',
  ])('reject %s with 400', async (query) => {
    const get = await asAcme(await startSimulator());
    const response = await get(`/destinations/314/mappings/?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('can be read one at a time', async () => {
    const get = await asAcme(await startSimulator());
    expect(await json(get('/destinations/314/mappings/14396'))).toMatchObject({ sid: 80921 });
    expect((await get('/destinations/314/mappings/1')).status).toBe(404);
    expect((await get('/destinations/314/mappings/x')).status).toBe(400);
  });
});

describe('the simulator', () => {
  it('responds with 404 to unknown paths and with 405 to other methods', async () => {
    const simulator = await startSimulator();
    const get = await asAcme(simulator);
    expect((await get('/segments')).status).toBe(404);
    expect((await fetch(simulator.url)).status).toBe(404);
    const response = await get('/destinations/314', { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await fetch(simulator.passwordTokenUrl)).status).toBe(405);
  });

  it('rejects two customers with the same key and two destinations with the same ID', async () => {
    const [acme] = customers();
    await expect(AudienceManagerSimulator.start({ customers: [acme!, acme!] })).rejects.toThrow(/acme/);
    const twice = { ...acme!, destinations: [...acme!.destinations, ...acme!.destinations] };
    await expect(AudienceManagerSimulator.start({ customers: [twice] })).rejects.toThrow(/314/);
  });

  it('fails to start if the port is in use', async () => {
    const { url } = await startSimulator();
    const port = Number(new URL(url).port);
    await expect(AudienceManagerSimulator.start({ customers: [], port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('delays each response by the latency', async () => {
    const waits: number[] = [];
    const delay = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    const simulator = await startSimulator({ latencyMs: 250, delay });
    await (
      await asAcme(simulator)
    )('/destinations/314');
    expect(waits).toEqual([250, 250]);
  });

  it('can be stopped twice, and at the end of a scope', async () => {
    const simulator = await startSimulator();
    await simulator[Symbol.asyncDispose]();
    await simulator.stop();
    await expect(fetch(simulator.url)).rejects.toThrow();
  });
});
