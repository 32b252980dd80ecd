import { describe, expect, it } from 'vitest';
import {
  HOUR,
  MINUTE,
  SECOND,
  hold,
  kindsOf,
  listingUnderWay,
  startDirectory,
} from '../../support/directory.js';

const DELTA = { mappingId: 4, sid: 104, name: 'Delta' };
const BY_MAPPING_ID = kindsOf('MAPPING_ID');

describe('an ID that is not in the snapshot', () => {
  it('gets its name from one refresh if the last listing is older than newIdInterval', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE - 1);
    expect(await names(at(), '4')).toEqual([null]);
    expect(simulator.listings()).toBe(1);

    clock.advance(1);
    expect(await names(at(), '1', '4', '5')).toEqual(['Alpha', 'Delta', null]);
    expect(simulator.listings()).toBe(2);
    expect(await names(at(), '4')).toEqual(['Delta']);
    expect(simulator.listings()).toBe(2);
  });

  it('is found in the refreshed snapshot, not in the one the lookup began with', async () => {
    const { simulator, clock, at } = await startDirectory();
    const old = await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    const found = await at().find(old, ['4'], BY_MAPPING_ID);
    expect(found.snapshot).not.toBe(old);
    expect(found.snapshot.asOf).toBe(clock.now());
    expect(found.results).toEqual([
      { status: 'FOUND', idType: 'MAPPING_ID', segment: found.snapshot.find('4') },
    ]);
    expect(old.find('4')).toBeUndefined();
  });

  it('is found synchronously in a newer snapshot for which another lookup has waited', async () => {
    const { simulator, clock, at } = await startDirectory();
    const old = await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    await at().find(old, ['4'], BY_MAPPING_ID);
    const found = at().find(old, ['1', '4'], BY_MAPPING_ID);
    expect(found).not.toBeInstanceOf(Promise);
    expect(found).toMatchObject({
      results: [{ segment: { name: 'Alpha' } }, { segment: { name: 'Delta' } }],
    });
    expect(simulator.listings()).toBe(2);
  });

  it('is null if the refresh takes longer than lookupTimeout, and has its name once that is done', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    const old = await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const asked = names(at(), '1', '4');
    await gate.arrival;
    clock.advance(2 * SECOND - 1);
    expect(clock.pending()).toContain(1);
    clock.advance(1);
    expect(await asked).toEqual(['Alpha', null]);
    expect(at().cached()?.segments).toBe(old.segments);

    gate.open();
    await listingUnderWay(at());
    expect(await names(at(), '1', '4')).toEqual(['Alpha', 'Delta']);
    expect(simulator.listings()).toBe(2);
  });

  it('waits for a listing in flight, whatever its reason and however recent the last one', async () => {
    const { simulator, at, names } = await startDirectory();
    await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    const gate = hold(simulator);
    const requested = at().refresh('schedule');
    const asked = names(at(), '4');
    await gate.arrival;
    gate.open();
    expect(await asked).toEqual(['Delta']);
    await requested;
    expect(simulator.listings()).toBe(2);
  });

  it('does not delay other lookups with known IDs only', async () => {
    const { simulator, clock, at } = await startDirectory();
    const snapshot = await at().snapshot();
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const unknown = at().find(snapshot, ['999'], BY_MAPPING_ID);
    expect(unknown).toBeInstanceOf(Promise);
    expect(at().find(snapshot, ['1'], BY_MAPPING_ID)).toMatchObject({
      results: [{ segment: { name: 'Alpha' } }],
    });
    gate.open();
    await unknown;
  });

  it('is null without an error if the refresh fails, which is not retried within newIdInterval', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    await at().snapshot();
    simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    clock.advance(MINUTE);
    simulator.resetCalls();
    expect(await names(at(), '1', '4')).toEqual(['Alpha', null]);
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code: 'AAM_FORBIDDEN' } });
    // The delay after the failure ends long before newIdInterval.
    for (let second = 0; second < 59; second++) {
      clock.advance(SECOND);
      expect(await names(at(), '1', '4')).toEqual(['Alpha', null]);
    }
    expect(simulator.listings()).toBe(1);
    clock.advance(SECOND);
    expect(await names(at(), '1', '4')).toEqual(['Alpha', null]);
    expect(simulator.listings()).toBe(2);
  });

  it('starts no refresh during a delay after a failure that is longer than newIdInterval', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    await at().snapshot();
    simulator.fault({
      endpoint: 'mappings',
      times: 1,
      action: { kind: 'status', status: 429, retryAfter: '300' },
    });
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(MINUTE);
    expect(await names(at(), '4')).toEqual([null]);
    clock.advance(5 * MINUTE - 1);
    expect(await names(at(), '4')).toEqual([null]);
    expect(simulator.listings()).toBe(2);
    clock.advance(1);
    expect(await names(at(), '4')).toEqual(['Delta']);
    expect(simulator.listings()).toBe(3);
  });

  it('waits for the refresh of a stale snapshot instead of starting another one', async () => {
    const { simulator, clock, at, names } = await startDirectory();
    await at().snapshot();
    simulator.destination('acme', 314).mappings.push(DELTA);
    clock.advance(HOUR + 1);
    expect(await names(at(), '4')).toEqual(['Delta']);
    expect(simulator.listings()).toBe(2);
  });
});
