import { describe, expect, it } from 'vitest';
import { parseDestination, type DestinationDetails } from '../../src/audience-manager/destination.js';
import type { SimulatorDestination } from '../../src/simulator/index.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { codeOf, readDestination, startLoggedIn, type Upstream } from '../support/upstream.js';

/** What is not known of a destination without the fields of any type. */
const NO_FORMAT = {
  formatType: null,
  singleKey: null,
  keySeparator: null,
  valueSeparator: null,
  serializationSeparator: null,
  delimiter: null,
  urlFormatString: null,
  secureUrlFormatString: null,
  serializationEnabled: null,
  mappingAutoFiller: null,
} satisfies Partial<DestinationDetails>;

const start = (more: Parameters<typeof destination>[2] = {}): Promise<Upstream> =>
  startLoggedIn({ customers: [passwordCustomer('acme', destination(314, 1, more))] });

const parsed = (fields: object): DestinationDetails => parseDestination(Buffer.from(JSON.stringify(fields)));

describe('a destination', () => {
  it('is read with one call', async () => {
    const upstream = await start({ name: 'Käufer', description: 'Für Anzeigen', type: 'PUSH' });
    expect(await readDestination(upstream)).toEqual({
      ...NO_FORMAT,
      name: 'Käufer',
      description: 'Für Anzeigen',
      type: 'URL',
      active: true,
      serializationEnabled: false,
    });
    expect(upstream.simulator.calls.map(({ path }) => path)).toEqual(['/v1/destinations/314']);
  });

  it.each<[string, Partial<SimulatorDestination>, Partial<DestinationDetails>]>([
    [
      'a serialized URL',
      {
        type: 'PUSH',
        serializationEnabled: true,
        urlFormatString: 'http://p.example/send?data=%ALIAS%',
        secureUrlFormatString: 'https://p.example/send?data=%ALIAS%',
        delimiter: ',',
      },
      {
        type: 'URL',
        serializationEnabled: true,
        urlFormatString: 'http://p.example/send?data=%ALIAS%',
        secureUrlFormatString: 'https://p.example/send?data=%ALIAS%',
        delimiter: ',',
      },
    ],
    [
      'a serialized cookie with one key',
      {
        type: 'ADS',
        formatType: 'single_key',
        singleKey: 'k',
        keySeparator: '=',
        valueSeparator: ',',
        serializationEnabled: true,
        serializationSeparator: '#',
      },
      {
        type: 'COOKIE',
        formatType: 'SINGLE_KEY',
        singleKey: 'k',
        keySeparator: '=',
        valueSeparator: ',',
        serializationEnabled: true,
        serializationSeparator: '#',
      },
    ],
    [
      'a cookie with several keys',
      { type: 'ADS', formatType: 'KEY_VALUE', keySeparator: '=', valueSeparator: ',' },
      {
        type: 'COOKIE',
        formatType: 'KEY_VALUE',
        keySeparator: '=',
        valueSeparator: ',',
        serializationEnabled: false,
      },
    ],
    [
      'a server-to-server destination whose aliases are filled in',
      { type: 'S2S', mappingAutoFiller: 'ic' },
      { type: 'SERVER_TO_SERVER', mappingAutoFiller: 'IC', serializationEnabled: false },
    ],
    [
      'values that nobody knows',
      { type: 'S2S', mappingAutoFiller: 'MAGIC', formatType: 'triple_key' },
      { type: 'SERVER_TO_SERVER', serializationEnabled: false },
    ],
  ])('says which identifiers its data carry: %s', async (_what, fields, expected) => {
    expect(await readDestination(await start(fields))).toEqual({
      ...NO_FORMAT,
      name: 'Destination 314',
      description: 'What 314 is for',
      active: true,
      ...expected,
    });
  });

  it('cannot change the path of a call by its ID', async () => {
    const upstream = await start();
    await codeOf(readDestination(upstream, '../x?y=1'));
    expect(upstream.simulator.calls.at(-1)?.path).toBe('/v1/destinations/..%2Fx%3Fy%3D1');
  });

  it.each([
    ['PUSH', 'URL'],
    ['push', 'URL'],
    ['URL', 'URL'],
    ['ADS', 'COOKIE'],
    ['COOKIE', 'COOKIE'],
    ['S2S', 'SERVER_TO_SERVER'],
    ['server-to-server', 'SERVER_TO_SERVER'],
    ['ANALYTICS', 'ANALYTICS'],
    ['Adobe Analytics', 'ANALYTICS'],
    ['PEOPLE_BASED', 'PEOPLE_BASED'],
    ['people-based', 'PEOPLE_BASED'],
    ['PULL', 'PULL'],
    ['HOLOGRAM', 'UNKNOWN'],
    ['', 'UNKNOWN'],
    [7, 'UNKNOWN'],
    [null, 'UNKNOWN'],
    [undefined, 'UNKNOWN'],
  ])('of type %j is %s', (destinationType, type) => {
    expect(parsed({ name: 'Any', destinationType }).type).toBe(type);
  });

  it.each([
    ['active', true],
    ['ACTIVE', true],
    [1, true],
    ['1', true],
    ['inactive', false],
    [0, false],
    ['0', false],
    ['deleted', false],
    ['paused', null],
    [2, null],
    [true, null],
    [null, null],
    [undefined, null],
  ])('with the status %j is active: %j', (status, active) => {
    expect(parsed({ name: 'Any', status }).active).toBe(active);
  });

  it('may lack its name and description', () => {
    expect(parsed({})).toEqual({
      ...NO_FORMAT,
      name: null,
      description: null,
      type: 'UNKNOWN',
      active: null,
    });
    expect(parsed({ name: '', description: null })).toMatchObject({ name: null, description: null });
    expect(parsed({ name: 17, description: {} })).toMatchObject({ name: null, description: null });
  });

  it.each(['[]', 'null', '17', '"text"', '', '<html>'])('is not read from %j', async (body) => {
    const upstream = await start();
    upstream.simulator.fault({ endpoint: 'destination', action: { kind: 'body', body } });
    expect(await codeOf(readDestination(upstream))).toBe('AAM_BAD_RESPONSE');
    expect(upstream.simulator.count({ endpoint: 'destination' })).toBe(1);
  });
});

describe('a destination that cannot be read', () => {
  it('does not exist: AAM_NOT_FOUND', async () => {
    expect(await codeOf(readDestination(await start(), '999'))).toBe('AAM_NOT_FOUND');
  });

  it('is not for the customer: AAM_FORBIDDEN', async () => {
    expect(await codeOf(readDestination(await start({ forbidden: true })))).toBe('AAM_FORBIDDEN');
  });

  it.each([
    [400, 'AAM_BAD_RESPONSE'],
    // A page in the place of an answer: a firewall's.
    [403, 'AAM_BAD_RESPONSE'],
    [404, 'AAM_NOT_FOUND'],
    [409, 'AAM_BAD_RESPONSE'],
    [500, 'AAM_UNAVAILABLE'],
  ])('with a page of status %i is %s after one call', async (status, code) => {
    const upstream = await start();
    upstream.simulator.fault({ endpoint: 'destination', action: { kind: 'status', status, html: true } });
    expect(await codeOf(readDestination(upstream))).toBe(code);
    expect(upstream.simulator.count({ endpoint: 'destination' })).toBe(1);
  });
});
