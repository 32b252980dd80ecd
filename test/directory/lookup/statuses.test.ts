import { describe, expect, it } from 'vitest';
import { setSegment } from '../../../src/directory/index.js';
import type { FaultAction } from '../../../src/simulator/index.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  hold,
  listingUnderWay,
  startDirectory,
  type TestDirectory,
} from '../../support/directory.js';
import { lookUp, shown } from './documented.js';

const DELTA = { mappingId: 4, sid: 104, name: 'Delta' };

/** The status of ID 4, which is in no listing. */
async function statusOf(test: TestDirectory): Promise<string | undefined> {
  return (await lookUp(test, test.at(), ['4']))['4'];
}

describe('an ID without a segment is UNKNOWN', () => {
  it('after a complete listing, as long as it is not older than the ttl', async () => {
    const test = await startDirectory();
    expect(await statusOf(test)).toBe('UNKNOWN');
    test.clock.advance(MINUTE);
    expect(await statusOf(test)).toBe('UNKNOWN');
    expect(test.simulator.listings()).toBe(2);
    // Remembered as unknown, it starts no listing now.
    test.clock.advance(4 * MINUTE);
    expect(await statusOf(test)).toBe('UNKNOWN');
    expect(test.simulator.listings()).toBe(2);
  });

  it('also beside IDs with a segment, at its place in the list', async () => {
    const { at, find } = await startDirectory();
    const { results } = await find(at(), ['4', '1', '4', '2']);
    expect(results.map(shown)).toEqual(['UNKNOWN', 'Alpha as MAPPING_ID', 'UNKNOWN', 'Beta as MAPPING_ID']);
  });

  it('in an empty list of IDs there is none', async () => {
    const { at, find } = await startDirectory();
    expect((await find(at(), [])).results).toEqual([]);
  });

  it('in a destination that has no segments', async () => {
    const test = await startDirectory();
    test.simulator.destination('acme', 314).mappings = [];
    expect(await statusOf(test)).toBe('UNKNOWN');
  });

  it('always if there is no access to Audience Manager', async () => {
    const test = await startDirectory({
      setups: (setups) => setups.map((setup) => ({ ...setup, account: null })),
    });
    expect(await statusOf(test)).toBe('UNKNOWN');
    await setSegment(test.at(), { idType: 'MAPPING_ID', id: '1', name: 'By hand' }, { by: 'Ann', at: 1 });
    test.clock.advance(100 * HOUR);
    expect(await statusOf(test)).toBe('UNKNOWN');
    expect(test.simulator.count()).toBe(0);
  });
});

describe('an ID without a segment is UNCHECKED', () => {
  const failures: [string, FaultAction][] = [
    ['may not be read (403)', { kind: 'status', status: 403 }],
    ['is gone (404)', { kind: 'status', status: 404 }],
    ['fails (500)', { kind: 'status', status: 500 }],
    ['limits the rate of calls (429)', { kind: 'status', status: 429 }],
    ['resets the connection', { kind: 'reset' }],
    ['answers nonsense', { kind: 'body', body: '{"list":' }],
    [
      'answers a list that does not add up',
      { kind: 'answer', transform: (all) => ({ ...(all as object), total: 9 }) },
    ],
  ];

  it.each(failures)('if Audience Manager %s, until it has been asked again', async (_, action) => {
    const test = await startDirectory();
    const { simulator, clock, at } = test;
    await at().snapshot();
    const fault = simulator.fault({ endpoint: 'mappings', action });
    clock.advance(MINUTE);
    expect(await statusOf(test)).toBe('UNCHECKED');
    // It is not asked again at once, and the answer stays the same.
    clock.advance(SECOND / 2);
    expect(await statusOf(test)).toBe('UNCHECKED');
    expect(await lookUp(test, at(), ['1', '4'])).toEqual({ 1: 'Alpha as MAPPING_ID', 4: 'UNCHECKED' });
    expect(at().sync()).toMatchObject({
      status: 'FAILING',
      lastSuccessAt: clock.now() - MINUTE - SECOND / 2,
    });
    fault.remove();
    clock.advance(MINUTE);
    expect(await statusOf(test)).toBe('UNKNOWN');
    expect(at().sync().status).toBe('FRESH');
  });

  it('if Audience Manager takes longer than lookupTimeout; what it answers in the end counts', async () => {
    const test = await startDirectory();
    const { simulator, clock, at } = test;
    await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const asked = lookUp(test, at(), ['4', '5', '1']);
    await gate.arrival;
    clock.advance(2 * SECOND);
    expect(await asked).toEqual({ 4: 'UNCHECKED', 5: 'UNCHECKED', 1: 'Alpha as MAPPING_ID' });
    gate.open();
    await listingUnderWay(at());
    expect(await lookUp(test, at(), ['4', '5'])).toEqual({ 4: 'Delta as MAPPING_ID', 5: 'UNKNOWN' });
  });

  it('if the snapshot is older than the ttl and cannot be renewed', async () => {
    const test = await startDirectory();
    const { simulator, clock, at } = test;
    expect(await statusOf(test)).toBe('UNKNOWN');
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 429, retryAfter: '7200' } });
    clock.advance(HOUR + 1);
    expect(await statusOf(test)).toBe('UNCHECKED');
    clock.advance(HOUR);
    expect(await statusOf(test)).toBe('UNCHECKED');
    expect(at().sync().status).toBe('FAILING');
    expect(simulator.listings()).toBe(2);
  });

  it('if the snapshot is older than the ttl, while it is being renewed and the ID is remembered as unknown', async () => {
    const test = await startDirectory();
    const { simulator, clock, at } = test;
    for (const wait of [MINUTE, 5 * MINUTE, HOUR]) {
      await statusOf(test);
      clock.advance(wait);
    }
    // From now on, it causes no listing for 6 hours.
    await statusOf(test);
    const before = simulator.listings();
    clock.advance(HOUR + 1);
    const gate = hold(simulator);
    expect(await statusOf(test)).toBe('UNCHECKED');
    await gate.arrival;
    gate.open();
    await listingUnderWay(at());
    expect(await statusOf(test)).toBe('UNKNOWN');
    expect(simulator.listings()).toBe(before + 1);
  });

  it('if the last attempt failed, even if the listing before it is not old', async () => {
    const test = await startDirectory();
    const { simulator, at, clock } = test;
    await at().snapshot();
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 500 } });
    clock.advance(SECOND);
    await listingUnderWay(at());
    expect(await statusOf(test)).toBe('UNCHECKED');
    fault.remove();
    clock.advance(SECOND);
    await at().refresh('schedule');
    expect(await statusOf(test)).toBe('UNKNOWN');
  });

  it('if only entries by hand are known, because the destination could never be listed', async () => {
    const test = await startDirectory();
    const { simulator, clock, at } = test;
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await setSegment(at(), { idType: 'MAPPING_ID', id: '1', name: 'By hand' }, { by: 'Ann', at: 1 });
    expect(await lookUp(test, at(), ['1', '4'])).toEqual({ 1: 'By hand as MAPPING_ID', 4: 'UNCHECKED' });
    clock.advance(SECOND);
    expect(await lookUp(test, at(), ['1', '4'])).toEqual({ 1: 'By hand as MAPPING_ID', 4: 'UNCHECKED' });
  });

  it('after a restart with a stored snapshot that is too old', async () => {
    const first = await startDirectory();
    await first.at().snapshot();
    await first.at().save();
    const second = await startDirectory({ storage: { engine: 'sqlite', path: first.file } });
    second.clock.advance(HOUR + 1);
    await second.directory.start();
    second.simulator.fault({ endpoint: 'mappings', action: { kind: 'reset' } });
    expect(await lookUp(second, second.at(), ['1', '4'])).toEqual({
      1: 'Alpha as MAPPING_ID',
      4: 'UNCHECKED',
    });
  });
});
