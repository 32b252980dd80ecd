import { describe, expect, it } from 'vitest';
import { setSegment, unsetSegment } from '../../../src/directory/index.js';
import type { FaultAction } from '../../../src/simulator/index.js';
import { HOUR, MINUTE, allNames, hold, identified, startDirectory } from '../../support/directory.js';

const GAMMA = { id: '3', name: 'Gamma' };

describe('a segment that is missing from a complete listing', () => {
  it('is kept as DELETED with all its fields, through any number of listings', async () => {
    const { simulator, clock, at, find } = await startDirectory();
    const known = (await at().snapshot()).find('3');
    simulator.destination('acme', 314).mappings.pop();
    for (let listing = 0; listing < 3; listing++) {
      clock.advance(MINUTE);
      const snapshot = await at().refresh('schedule');
      expect(snapshot.find('3')).toEqual({ ...known, ...GAMMA, status: 'DELETED' });
      expect(allNames(snapshot)).toEqual(['Alpha', 'Beta', 'Gamma']);
    }
    expect((await find(at(), ['103'], 'SID')).results).toMatchObject([
      { status: 'FOUND', idType: 'SID', segment: { ...GAMMA, status: 'DELETED' } },
    ]);
    expect(at().sync().segmentCount).toBe(3);
  });

  it('is ACTIVE again, with its current name, once it is listed again', async () => {
    const { simulator, at } = await startDirectory();
    await at().snapshot();
    const [gone] = simulator.destination('acme', 314).mappings.splice(2, 1);
    await at().refresh('schedule');
    simulator.destination('acme', 314).mappings.push({ ...gone!, name: 'Gamma again' });
    const snapshot = await at().refresh('schedule');
    expect(snapshot.find('3')).toMatchObject({ name: 'Gamma again', status: 'ACTIVE' });
    expect(snapshot.segments).toHaveLength(3);
  });

  it('is kept even if the complete listing is empty', async () => {
    const { simulator, at } = await startDirectory();
    await at().snapshot();
    simulator.destination('acme', 314).mappings = [];
    const snapshot = await at().refresh('schedule');
    expect([...snapshot.segments].map(({ name, status }) => [name, status])).toEqual([
      ['Alpha', 'DELETED'],
      ['Beta', 'DELETED'],
      ['Gamma', 'DELETED'],
    ]);
  });

  it('equals one that Audience Manager lists as deleted', async () => {
    const { simulator, at } = await startDirectory();
    const known = (await at().snapshot()).find('3');
    simulator.destination('acme', 314).mappings[2]!.status = 'deleted';
    const snapshot = await at().refresh('schedule');
    expect(snapshot.find('3')).toEqual({ ...known, status: 'DELETED' });
  });
});

describe('a listing with unreadable mappings', () => {
  it('deletes nothing and keeps the time at which each missing segment was confirmed', async () => {
    const { simulator, clock, at } = await startDirectory();
    const confirmedAt = (await at().snapshot()).asOf;
    const segments = async (): Promise<unknown[]> =>
      [...(await at().refresh('schedule')).segments].map((each) => [
        each.name,
        each.status,
        each.confirmedAt,
      ]);

    const fault = simulator.fault({
      action: { kind: 'rows', transform: (rows) => [...rows.slice(0, -1), { destinationMappingId: null }] },
    });
    for (let listing = 0; listing < 2; listing++) {
      clock.advance(MINUTE);
      expect(await segments()).toEqual([
        ['Alpha', 'ACTIVE', null],
        ['Beta', 'ACTIVE', null],
        ['Gamma', 'ACTIVE', confirmedAt],
      ]);
      expect(at().sync()).toMatchObject({ status: 'FRESH', lastSuccessAt: clock.now() });
    }

    fault.remove();
    expect(await segments()).toContainEqual(['Gamma', 'ACTIVE', null]);
    simulator.destination('acme', 314).mappings.pop();
    expect(await segments()).toContainEqual(['Gamma', 'DELETED', null]);
  });

  it.each(['before', 'after'])('keeps that time below a name that was given by hand %s it', async (when) => {
    const { simulator, clock, at } = await startDirectory();
    const confirmedAt = (await at().snapshot()).asOf;
    const gamma = { idType: 'MAPPING_ID', id: '3' } as const;
    const byHand = async (): Promise<void> => {
      await setSegment(at(), { ...gamma, name: 'By hand' }, { by: 'Ann', at: clock.now() });
    };
    if (when === 'before') await byHand();
    const fault = simulator.fault({
      action: { kind: 'rows', transform: (rows) => [...rows.slice(0, -1), { destinationMappingId: null }] },
    });
    for (let listing = 0; listing < 2; listing++) {
      clock.advance(MINUTE);
      await at().refresh('schedule');
    }
    if (when === 'after') await byHand();
    clock.advance(MINUTE);
    const { generation } = await at().refresh('schedule');
    clock.advance(MINUTE);
    expect((await at().refresh('schedule')).generation).toBe(generation);
    expect((await at().snapshot()).find('3')).toMatchObject({
      name: 'By hand',
      manual: { base: { name: 'Gamma', confirmedAt } },
    });
    await unsetSegment(at(), gamma, { by: 'Ann', at: clock.now() });
    expect((await at().snapshot()).find('3')).toMatchObject({ ...GAMMA, manual: null, confirmedAt });

    await byHand();
    fault.remove();
    await at().refresh('schedule');
    await unsetSegment(at(), gamma, { by: 'Ann', at: clock.now() });
    expect((await at().snapshot()).find('3')).toMatchObject({ ...GAMMA, manual: null, confirmedAt: null });
  });
});

describe('a segment that is missing from a listing with unreadable mappings', () => {
  it('is DELETED after the next fully readable listing without it', async () => {
    const { simulator, clock, at } = await startDirectory();
    const confirmedAt = (await at().snapshot()).asOf;
    simulator.destination('acme', 314).mappings.pop();
    const fault = simulator.fault({
      action: { kind: 'answer', transform: (answer) => ({ ...(answer as object), total: 3 }) },
    });
    const unreadable = simulator.fault({
      action: { kind: 'rows', transform: (rows) => [...rows, {}] },
    });
    clock.advance(MINUTE);
    const doubtful = (await at().refresh('schedule')).find('3');
    expect(doubtful).toMatchObject({ status: 'ACTIVE', confirmedAt });
    fault.remove();
    unreadable.remove();
    clock.advance(MINUTE);
    const deleted = (await at().refresh('schedule')).find('3');
    expect(deleted).toMatchObject({ ...GAMMA, status: 'DELETED', confirmedAt: null });
  });
});

describe('a renamed segment', () => {
  it('has its new name after the next listing; the others are unchanged', async () => {
    const { simulator, at } = await startDirectory();
    const old = await at().snapshot();
    simulator.destination('acme', 314).mappings[0]!.name = 'Zeta';
    const snapshot = await at().refresh('schedule');
    expect(allNames(snapshot)).toEqual(['Beta', 'Gamma', 'Zeta']);
    for (const id of ['2', '3']) {
      expect(snapshot.find(id)).toEqual(old.find(id));
    }
  });

  it.each([
    ['description', { description: 'Seen on site' }, { description: 'Seen on site' }],
    ['status', { status: 'inactive' }, { status: 'INACTIVE' }],
    ['alias', { alias: 'first' }, { alias: 'first' }],
    ['sid', { sid: 999 }, { sid: '999' }],
    ['start date', { startDate: '2026-01-01' }, { startDate: '2026-01-01' }],
    ['end date', { endDate: '2026-12-31' }, { endDate: '2026-12-31' }],
    ['update time', { updateTime: 1_700_000_000_000 }, { updatedAt: 1_700_000_000_000 }],
    ['missing name', { name: null }, { name: null }],
  ] as const)('or one with another %s has the new value', async (_, change, shown) => {
    const { simulator, at } = await startDirectory();
    await at().snapshot();
    Object.assign(simulator.destination('acme', 314).mappings[0]!, change);
    expect((await at().refresh('schedule')).find('1')).toMatchObject(shown);
  });
});

describe('a failed listing', () => {
  const notAddingUp = (answer: unknown): unknown => ({ ...(answer as object), total: 4 });
  const cases: [string, string, FaultAction][] = [
    ['an error', 'AAM_UNAVAILABLE', { kind: 'status', status: 500 }],
    ['a truncated response', 'AAM_UNAVAILABLE', { kind: 'truncate' }],
    ['text that is not JSON', 'AAM_BAD_RESPONSE', { kind: 'body', body: '<html></html>' }],
    ['JSON of another shape', 'AAM_BAD_RESPONSE', { kind: 'body', body: '{"mappings":[]}' }],
    ['pages that do not add up', 'AAM_BAD_RESPONSE', { kind: 'answer', transform: notAddingUp }],
    [
      'only unreadable mappings',
      'AAM_BAD_RESPONSE',
      { kind: 'rows', transform: (rows) => rows.map(() => ({})) },
    ],
  ];

  it.each(cases)('(%s: %s) changes nothing but the sync state', async (_, code, action) => {
    const { simulator, clock, at, names } = await startDirectory();
    const old = await at().snapshot();
    simulator.destination('acme', 314).mappings.pop();
    simulator.fault({ endpoint: 'mappings', action });
    clock.advance(HOUR);
    await expect(at().refresh('schedule')).rejects.toMatchObject({ code });
    expect(at().cached()?.segments).toBe(old.segments);
    expect(await names(at(), '1', '2', '3')).toEqual(['Alpha', 'Beta', 'Gamma']);
    expect(old.find('3')?.status).toBe('ACTIVE');
    expect(at().sync()).toMatchObject({
      status: 'FAILING',
      segmentCount: 3,
      lastSuccessAt: old.asOf,
      lastAttemptAt: clock.now(),
      lastError: { code },
    });
  });
});

describe('a snapshot that is still in use', () => {
  it('does not change while another one replaces it and afterwards', async () => {
    const { simulator, clock, at } = await startDirectory();
    const old = await at().snapshot();
    const before = [...old.segments];
    simulator.destination('acme', 314).mappings = [
      { mappingId: 1, sid: 555, name: 'Another' },
      { mappingId: 9, sid: 101, name: 'New' },
    ];
    clock.advance(MINUTE);
    const gate = hold(simulator);
    const refreshed = at().refresh('schedule');
    await gate.arrival;
    expect((await at().snapshot()).segments).toBe(old.segments);
    gate.open();
    const snapshot = await refreshed;
    expect(allNames(snapshot)).toEqual(['Another', 'Beta', 'Gamma', 'New']);

    expect([...old.segments]).toEqual(before);
    expect(old.find('1')?.name).toBe('Alpha');
    // This first lookup by sid creates the index by sid.
    expect(identified(old, '101', 'SID')).toMatchObject([{ name: 'Alpha' }]);
    expect(identified(old, '555', 'SID')).toEqual([]);
    expect([...(await old.search(['new'])).others]).toEqual([]);
    expect(identified(snapshot, '101', 'SID')).toMatchObject([{ name: 'New' }]);
  });
});
