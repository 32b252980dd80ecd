import { describe, expect, it } from 'vitest';
import { inlineJoiner } from '../../../src/audience-manager/index.js';
import { inlineDiffer, setSegment } from '../../../src/directory/index.js';
import { openStorage } from '../../../src/storage/index.js';
import { postgresDatabase, postgresServer, silent } from '../../storage/support.js';
import {
  HOUR,
  MINUTE,
  SECOND,
  acme,
  allNames,
  destination,
  hold,
  mappings,
  startDirectory,
  startScheduled,
  until,
} from '../../support/directory.js';
import { GatedStorage } from '../../support/gated-storage.js';

const KEY = { customerId: 'acme', destinationId: '314' };

describe('the sync state', () => {
  it('tells of a success when the listing is stored, not before', async () => {
    const gates = new GatedStorage();
    const { at, clock } = await startDirectory({ wrap: gates.wrap });
    await at().snapshot();
    const before = at().sync();
    clock.advance(MINUTE);
    const write = gates.hold('write');
    const refreshed = at().refresh('schedule');
    await write.arrival;
    expect(at().sync()).toEqual({ ...before, lastAttemptAt: clock.now() });
    write.open();
    await refreshed;
    expect(at().sync()).toMatchObject({ lastSuccessAt: clock.now(), lastAttemptAt: clock.now() });
  });

  it('does not tell of the success of a listing that cannot be compared with what is stored', async () => {
    let isBroken = false;
    const background = {
      ...inlineJoiner,
      diff: (...made: Parameters<typeof inlineDiffer.diff>) =>
        isBroken ? Promise.reject(new Error('the thread has died')) : inlineDiffer.diff(...made),
    };
    const { at, clock } = await startDirectory({ background });
    await at().snapshot();
    const { lastSuccessAt } = at().sync();
    clock.advance(MINUTE);
    isBroken = true;
    await expect(at().refresh('schedule')).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastSuccessAt });
  });

  it('keeps the failure of before until the next listing is stored', async () => {
    const gates = new GatedStorage();
    const { at, simulator, clock } = await startDirectory({ wrap: gates.wrap });
    await at().snapshot();
    simulator.fault({ endpoint: 'mappings', times: 1, action: { kind: 'status', status: 403 } });
    clock.advance(MINUTE);
    await expect(at().refresh('schedule')).rejects.toThrow();
    clock.advance(MINUTE);
    const write = gates.hold('write');
    const refreshed = at().refresh('schedule');
    await write.arrival;
    expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { code: 'AAM_FORBIDDEN' } });
    write.open();
    await refreshed;
    expect(at().sync()).toMatchObject({ status: 'FRESH', lastError: null });
  });

  it('says what is served when a listing cannot be stored', async () => {
    const gates = new GatedStorage();
    const { at, simulator, clock } = await startDirectory({ wrap: gates.wrap });
    await at().snapshot();
    gates.refuse('write');
    simulator.destination('acme', 314).mappings.push({ mappingId: 9, name: 'Comet' });
    clock.advance(MINUTE);
    expect(allNames(await at().refresh('schedule'))).toHaveLength(4);
    expect(at().isSaved).toBe(false);
    expect(at().sync()).toMatchObject({ status: 'FRESH', lastSuccessAt: clock.now(), segmentCount: 4 });
  });

  it('is that of the last listing after the snapshot was evicted and an old read ends', async () => {
    const gates = new GatedStorage();
    const { at, simulator, clock } = await startDirectory({
      wrap: gates.wrap,
      maxMemoryBytes: 1,
      customers: [acme(destination(314, mappings('Alpha')), destination(2, mappings('Beta')))],
    });
    await at().snapshot();
    await until(() => at().isSaved);
    // Only one snapshot fits into memory.
    await at('acme', '2').snapshot();
    expect(at().cached()).toBeUndefined();
    const read = gates.holdResult('read');
    const reading = at().snapshot();
    await read.arrival;
    clock.advance(SECOND);
    simulator.destination('acme', 314).mappings[0]!.name = 'Aleph';
    await at().refresh('schedule');
    await at('acme', '2').refresh('schedule');
    expect(at().cached()).toBeUndefined();
    read.open();
    expect(allNames(await reading)).toEqual(['Aleph']);
    expect(at().sync()).toMatchObject({ lastSuccessAt: at().cached()?.asOf, status: 'FRESH' });
    expect(at().asOf).toBe(clock.now());
  });

  it('takes over what another process stores during a listing', async () => {
    const { at, simulator, clock, file } = await startDirectory();
    await at().snapshot();
    const other = await openStorage({ engine: 'sqlite', path: file }, { logger: silent() });
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const refreshed = at().refresh('schedule');
    await gate.arrival;
    clock.advance(SECOND);
    const state = { asOf: clock.now(), lastAttemptAt: clock.now(), segmentCount: 3, failures: 0 };
    await other.write(KEY, 1, { upserts: [], removals: [], revisions: [], state });
    await at().reloadAfterRemoteChange();
    expect(at().sync()).toMatchObject({ lastSuccessAt: clock.now(), lastAttemptAt: clock.now() });
    expect(at().cached()?.asOf).toBe(clock.now());
    gate.open();
    await refreshed;
    // The own listing began earlier.
    expect(at().sync()).toMatchObject({ lastSuccessAt: clock.now(), lastAttemptAt: clock.now() });
    expect((await other.state(KEY))?.asOf).toBe(clock.now());
    await other.close();
  });

  it('ignores what was stored before', async () => {
    const { at, clock, file } = await startDirectory();
    await at().snapshot();
    const other = await openStorage({ engine: 'sqlite', path: file }, { logger: silent() });
    const earlier = (await other.state(KEY))!;
    clock.advance(MINUTE);
    await at().refresh('schedule');
    const state = at().sync();
    at().restore({ ...earlier, lastError: { code: 'AAM_FORBIDDEN', message: '', at: 1 } });
    expect(at().sync()).toEqual(state);
    await other.close();
  });

  it('counts the segments that are served, those by hand too', async () => {
    const { at } = await startDirectory();
    await at().snapshot();
    const entry = { idType: 'SID', id: '9', name: 'By hand' } as const;
    await setSegment(at(), entry, { by: 'Ann', at: 1 });
    expect(at().sync().segmentCount).toBe(4);
  });

  it('is not frozen by a clock that was set back', async () => {
    const { at, clock, simulator } = await startScheduled();
    await at().snapshot();
    clock.setBack(24 * HOUR);
    simulator.destination('acme', 314).mappings[0]!.name = 'Aleph';
    const before = simulator.listings();
    clock.advance(HOUR);
    await until(() => at().asOf! > clock.now() - HOUR);
    expect(simulator.listings()).toBe(before + 1);
    expect(at().sync().status).toBe('FRESH');
    expect(allNames(at().cached()!)).toEqual(['Aleph', 'Beta', 'Gamma']);
  });

  it.each([MINUTE, HOUR, 24 * HOUR])(
    'is as old as before after the clock was set back by %i ms',
    async (back) => {
      const { at, clock, simulator } = await startScheduled();
      await at().snapshot();
      const due = at().nextAttemptAt! - clock.now();
      clock.advance(10 * SECOND);
      clock.setBack(back);
      const then = clock.now() - 10 * SECOND;
      expect(at().sync()).toMatchObject({ status: 'FRESH', lastSuccessAt: then, lastAttemptAt: then });
      expect(at().nextAttemptAt).toBe(then + due);
      expect(at().present()?.asOf).toBe(then);
      expect(at().isStale({ asOf: at().cached()!.asOf })).toBe(false);
      const before = simulator.listings();
      clock.advance(due - 10 * SECOND - 1);
      expect(simulator.listings()).toBe(before);
      clock.advance(1);
      await until(() => at().asOf === clock.now());
      expect(simulator.listings()).toBe(before + 1);
      // The scheduler has seen its end, and looks again after a minute.
      const next = at().nextAttemptAt! - clock.now();
      await clock.timer((ms) => ms === Math.min(next, MINUTE));
      clock.advance(next);
      await until(() => at().asOf === clock.now());
      expect(simulator.listings()).toBe(before + 2);
    },
  );

  it('counts a listing during which the clock is set back', async () => {
    const { at, clock, simulator } = await startScheduled();
    await at().snapshot();
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const refreshed = at().refresh('schedule');
    await gate.arrival;
    const began = clock.now();
    clock.advance(SECOND);
    clock.setBack(6 * HOUR);
    gate.open();
    await refreshed;
    const times = { lastSuccessAt: began - 6 * HOUR, lastAttemptAt: began - 6 * HOUR };
    expect(at().sync()).toMatchObject({ status: 'FRESH', ...times });
    expect(at().cached()?.asOf).toBe(times.lastSuccessAt);
    expect(at().nextAttemptAt).toBeGreaterThan(clock.now());
  });

  it('lets a destination be read after the usual wait, if the clock is set back while its listing is stored', async () => {
    const gates = new GatedStorage();
    const { at, clock } = await startScheduled({ wrap: gates.wrap });
    await at().snapshot();
    clock.advance(MINUTE);
    const write = gates.hold('write');
    const refreshed = at().refresh('schedule');
    await write.arrival;
    clock.setBack(24 * HOUR);
    write.open();
    await refreshed;
    expect(at().nextAttemptAt! - clock.now()).toBeLessThanOrEqual(HOUR);
    expect(at().sync().lastAttemptAt).toBe(clock.now());
  });

  it('lets a failing destination be tried again after the clock was set back', async () => {
    const { at, clock, simulator } = await startDirectory();
    const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    await expect(at().snapshot()).rejects.toThrow();
    fault.remove();
    clock.setBack(24 * HOUR);
    clock.advance(SECOND);
    expect(allNames(await at().snapshot())).toHaveLength(3);
    expect(at().sync()).toMatchObject({ status: 'FRESH', lastSuccessAt: clock.now() });
  });

  it.skipIf(postgresServer === null)(
    'takes nothing of before the clock was set back for what another gateway has done since',
    async () => {
      const { config } = await postgresDatabase();
      const { at, clock, simulator } = await startDirectory({ storage: config });
      await at().snapshot();
      const fault = simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
      clock.advance(MINUTE);
      await expect(at().refresh('request')).rejects.toThrow();
      fault.remove();
      clock.setBack(24 * HOUR);
      clock.advance(MINUTE);
      const before = simulator.listings();
      await at().refresh('request');
      expect(simulator.listings()).toBe(before + 1);
      expect(at().sync()).toMatchObject({ status: 'FRESH', lastError: null });
      simulator.destination('acme', 314).mappings[0]!.name = 'Aleph';
      await at().refresh('schedule');
      expect(allNames(at().cached()!)).toEqual(['Aleph', 'Beta', 'Gamma']);
    },
  );
});
