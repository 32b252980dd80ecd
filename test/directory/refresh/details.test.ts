import { describe, expect, it } from 'vitest';
import type { DestinationDetails } from '../../../src/audience-manager/index.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  acme,
  hold,
  mappings,
  startDirectory,
  until,
  withPassword,
  type TestDirectory,
} from '../../support/directory.js';

const DETAILS: DestinationDetails = {
  name: 'Acme network',
  description: 'Nightly',
  type: 'URL',
  active: true,
  formatType: null,
  singleKey: null,
  keySeparator: null,
  valueSeparator: null,
  serializationSeparator: null,
  delimiter: null,
  urlFormatString: null,
  secureUrlFormatString: null,
  serializationEnabled: false,
  mappingAutoFiller: null,
};

const start = (): Promise<TestDirectory> =>
  startDirectory({
    customers: [
      acme({
        id: 314,
        name: 'Acme network',
        description: 'Nightly',
        type: 'PUSH',
        mappings: mappings('Alpha'),
      }),
    ],
  });

const failures = ({ logs }: TestDirectory): unknown[] =>
  logs.filter(({ msg }) => msg === 'the name and type of a destination could not be read');

describe('the details of a destination', () => {
  it('consist of name, description, type, whether it is active, and what its data carry', async () => {
    const { at } = await start();
    expect(await at().details.get()).toEqual(DETAILS);
  });

  it('are served from memory up to the ttl', async () => {
    const { simulator, clock, at } = await start();
    await at().details.get();
    clock.advance(HOUR);
    expect(at().details.get()).toEqual(DETAILS);
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
  });

  it('are served and read again in the background when they are older than the ttl', async () => {
    const { simulator, clock, at } = await start();
    await at().details.get();
    simulator.destination('acme', 314).name = 'Acme renamed';
    clock.advance(HOUR + 1);
    const gate = hold(simulator, { endpoint: 'destination' });
    expect(at().details.get()).toEqual(DETAILS);
    expect(at().details.get()).toEqual(DETAILS);
    await gate.arrival;
    gate.open();
    await until(() => (at().details.get() as DestinationDetails).name === 'Acme renamed');
    expect(simulator.count({ endpoint: 'destination' })).toBe(2);
  });

  it.each([
    ['refused', 403],
    ['not found', 404],
    ['failing', 500],
  ])(
    'are null without an error if the read is %s (%i), and not read again within newIdInterval',
    async (_, status) => {
      const test = await start();
      const { simulator, clock, at } = test;
      const fault = simulator.fault({ endpoint: 'destination', action: { kind: 'status', status } });
      expect(await at().details.get()).toBeNull();
      expect(failures(test)).toEqual([
        expect.objectContaining({ level: 'warn', customer: 'acme', destination: '314' }),
      ]);
      fault.remove();
      clock.advance(MINUTE);
      expect(at().details.get()).toBeNull();
      expect(simulator.count({ endpoint: 'destination' })).toBe(1);
      clock.advance(1);
      expect(await at().details.get()).toEqual(DETAILS);
      expect(at().sync()).toMatchObject({ status: 'NEVER', lastError: null });
    },
  );

  it('are kept if a later read fails, which is not retried within the ttl', async () => {
    const test = await start();
    const { simulator, clock, at } = test;
    await at().details.get();
    simulator.fault({ endpoint: 'destination', action: { kind: 'body', body: 'no' } });
    clock.advance(HOUR + 1);
    expect(at().details.get()).toEqual(DETAILS);
    await until(() => failures(test).length === 1);
    clock.advance(HOUR);
    expect(at().details.get()).toEqual(DETAILS);
    expect(simulator.count({ endpoint: 'destination' })).toBe(2);
  });

  it('are kept if the credentials are removed', async () => {
    const { simulator, directory, clock, setups, at } = await start();
    await at().details.get();
    directory.configure(setups.map((setup) => ({ ...setup, account: null })));
    clock.advance(HOUR + 1);
    expect(await at().details.get()).toEqual(DETAILS);
    clock.advance(HOUR + 1);
    expect(await at().details.get()).toEqual(DETAILS);
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
  });

  it('are not read again if the credentials change', async () => {
    const { simulator, directory, setups, at } = await start();
    await at().details.get();
    simulator.setPassword('acme', 'changed');
    directory.configure(withPassword(setups, 'changed'));
    expect(at().details.get()).toEqual(DETAILS);
    // When this later call has its response, an earlier call would have arrived.
    await at().refresh('schedule');
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
  });

  it('are null if the read takes longer than lookupTimeout, and are served once it is done', async () => {
    const { simulator, clock, at } = await start();
    const gate = hold(simulator, { endpoint: 'destination' });
    const first = at().details.get();
    await gate.arrival;
    clock.advance(SECOND);
    const second = at().details.get();
    clock.advance(SECOND - 1);
    expect(clock.pending()).toContain(1);
    clock.advance(1);
    expect(await first).toBeNull();
    // Who comes later waits for the rest of that time, and then no more.
    expect(await second).toBeNull();
    expect(at().details.get()).toBeNull();
    gate.open();
    await expect.poll(() => at().details.get()).toEqual(DETAILS);
    expect(simulator.count({ endpoint: 'destination' })).toBe(1);
  });

  it('do not depend on the listing, nor the listing on them', async () => {
    const { simulator, at, names } = await start();
    simulator.fault({ endpoint: 'destination', action: { kind: 'hang' } });
    expect(await names(at(), '1')).toEqual(['Alpha']);
    simulator.clearFaults();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
    expect(await at().details.get()).toEqual(DETAILS);
  });
});
