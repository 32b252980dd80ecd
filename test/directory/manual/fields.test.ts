import { describe, expect, it } from 'vitest';
import { setSegment, unsetSegment, type ManualEntry, type Segment } from '../../../src/directory/index.js';
import { startDirectory, type TestDirectory } from '../../support/directory.js';
import { importText } from '../../support/import-text.js';

const LISTED = { mappingId: 1, sid: 101, name: 'Listed', description: 'Said', status: 'inactive' } as const;

/** A destination with one listed segment, 1. */
async function start(): Promise<
  TestDirectory & { readonly set: (entry: Omit<ManualEntry, 'idType'>) => Promise<Segment> }
> {
  const test = await startDirectory();
  test.simulator.destination('acme', 314).mappings = [LISTED];
  const set = async (entry: Omit<ManualEntry, 'idType'>): Promise<Segment> => {
    const { segment } = (await setSegment(
      test.at(),
      { idType: 'MAPPING_ID', ...entry },
      { by: 'Ann', at: test.clock.now() },
    ))!;
    return segment;
  };
  return { ...test, set };
}

const shown = ({ name, description, status, source }: Segment): unknown[] => [
  name,
  description,
  status,
  source,
];

describe('a field of a listed segment', () => {
  it('that is left out stays as it is, by hand or not', async () => {
    const { set } = await start();
    expect(shown(await set({ id: '1', name: 'By hand' }))).toEqual(['By hand', 'Said', 'INACTIVE', 'MANUAL']);
    expect(shown(await set({ id: '1', description: 'Too', name: undefined }))).toEqual([
      'By hand',
      'Too',
      'INACTIVE',
      'MANUAL',
    ]);
    expect(shown(await set({ id: '1', status: 'ACTIVE' }))).toEqual(['By hand', 'Too', 'ACTIVE', 'MANUAL']);
  });

  it.each([
    ['name', { name: 'Listed' }],
    ['description', { description: 'Said' }],
    ['status', { status: 'INACTIVE' }],
  ] as const)(
    'that is null (%s) is what Audience Manager says again; the others stay',
    async (field, listed) => {
      const { set, at, simulator } = await start();
      const all = { name: 'By hand', description: 'Too', status: 'DELETED' } as const;
      await set({ id: '1', ...all });
      const after = await set({ id: '1', [field]: null });
      expect(after).toMatchObject({ ...all, ...listed, source: 'MANUAL' });
      expect(after.manual).toMatchObject({ ...all, [field]: null });
      // Later changes of Audience Manager count for it, and for nothing else.
      const change = { name: 'Renamed', description: 'Said anew', status: 'active' } as const;
      simulator.destination('acme', 314).mappings = [{ ...LISTED, ...change }];
      const current = { name: 'Renamed', description: 'Said anew', status: 'ACTIVE' };
      const later = (await at().refresh('schedule')).find('1');
      expect(later).toMatchObject({ ...all, [field]: current[field] });
    },
  );

  it('of which the last one is taken away leaves nothing by hand', async () => {
    const { set, at } = await start();
    await set({ id: '1', name: 'By hand', status: 'ACTIVE' });
    expect(shown(await set({ id: '1', name: null }))).toEqual(['Listed', 'Said', 'ACTIVE', 'MANUAL']);
    const bare = await set({ id: '1', status: null });
    expect(shown(bare)).toEqual(['Listed', 'Said', 'INACTIVE', 'AUDIENCE_MANAGER']);
    expect([bare.manual, bare.confirmedAt]).toEqual([null, null]);
    const { revisions } = await at().revisions({
      segmentId: '1',
      since: null,
      first: 9,
      order: 'newest-first',
      after: null,
    });
    expect(revisions[0]).toMatchObject({ by: 'Ann', status: 'INACTIVE', source: 'AUDIENCE_MANAGER' });
  });

  it('that is null where nothing was given by hand changes nothing', async () => {
    const { set, at } = await start();
    const before = (await at().snapshot()).find('1');
    await at().save();
    const generation = at().cached()?.generation;
    expect(await set({ id: '1', name: null, description: null, status: null })).toEqual(before);
    expect(at().cached()?.generation).toBe(generation);
    await set({ id: '1', name: 'By hand' });
    const edited = at().cached()?.generation;
    await set({ id: '1', description: null });
    expect(at().cached()?.generation).toBe(edited);
  });

  it('may be given by hand as what Audience Manager says now, so that it stays so', async () => {
    const { set, at, simulator } = await start();
    expect((await set({ id: '1', name: 'Listed' })).manual).toMatchObject({ name: 'Listed' });
    simulator.destination('acme', 314).mappings = [{ ...LISTED, name: 'Renamed' }];
    expect((await at().refresh('schedule')).find('1')?.name).toBe('Listed');
  });
});

describe('a field of a segment that is known by hand alone', () => {
  it('that is left out stays; that is null is gone', async () => {
    const { set } = await start();
    await set({ id: '9', name: 'By hand', description: 'Too', status: 'INACTIVE' });
    expect(shown(await set({ id: '9', description: null }))).toEqual(['By hand', null, 'INACTIVE', 'MANUAL']);
    expect(shown(await set({ id: '9', status: null }))).toEqual(['By hand', null, 'ACTIVE', 'MANUAL']);
  });

  it('cannot be taken away from a segment that is not known', async () => {
    const { at, clock } = await start();
    const nothing = { idType: 'AUTO', id: '9', name: null } as const;
    expect(await setSegment(at(), nothing, { by: 'Ann', at: clock.now() })).toBeNull();
    const { segments } = await at().snapshot();
    expect(segments.length).toBe(1);
  });

  it('of which the last one is taken away leaves it deleted', async () => {
    const { set, names, at } = await start();
    await set({ id: '9', name: 'By hand', description: 'Too' });
    await set({ id: '9', description: null });
    const gone = await set({ id: '9', name: null });
    expect(gone).toMatchObject({ status: 'DELETED', manual: null });
    // Its name stays known for what refers to it.
    expect(await names(at(), '9')).toEqual(['By hand']);
  });

  it('that is null where it was taken away already changes nothing, and does not bring it back', async () => {
    const { set, at, clock } = await start();
    await set({ id: '9', name: 'By hand', description: 'Too' });
    await unsetSegment(at(), { idType: 'MAPPING_ID', id: '9' }, { by: 'Ann', at: clock.now() });
    const gone = (await at().snapshot()).find('9');
    expect(gone).toMatchObject({ status: 'DELETED', manual: null });
    expect(await set({ id: '9', name: null })).toEqual(gone);
    expect(await set({ id: '9', name: null, description: null, status: null })).toEqual(gone);
    // With a value it comes back, without what is taken away at the same time.
    expect(shown(await set({ id: '9', name: 'Again', description: null }))).toEqual([
      'Again',
      null,
      'ACTIVE',
      'MANUAL',
    ]);
  });

  it('comes back with the fields that a new entry leaves out', async () => {
    const { set, at, clock } = await start();
    await set({ id: '9', name: 'By hand', description: 'Too', status: 'INACTIVE' });
    await unsetSegment(at(), { idType: 'MAPPING_ID', id: '9' }, { by: 'Ann', at: clock.now() });
    expect(shown(await set({ id: '9', status: 'ACTIVE' }))).toEqual(['By hand', 'Too', 'ACTIVE', 'MANUAL']);
  });
});

describe('an imported file', () => {
  const importInto = ({ at, clock }: TestDirectory, text: string, mode: 'MERGE' | 'REPLACE' = 'MERGE') =>
    importText(at(), text, { mode, dryRun: false, skipBad: false, by: 'Ann', at: clock.now() });

  it('leaves what an empty cell does not say as it is, or takes it away where it replaces', async () => {
    const test = await start();
    await test.set({ id: '1', name: 'By hand', description: 'Too' });
    await importInto(test, 'mappingId;name;description\n1;Merged;\n');
    const merged = (await test.at().snapshot()).find('1')!;
    expect(shown(merged)).toEqual(['Merged', 'Too', 'INACTIVE', 'MANUAL']);
    await importInto(test, 'mappingId;name;description\n1;Replaced;\n', 'REPLACE');
    const replaced = (await test.at().snapshot()).find('1')!;
    expect(shown(replaced)).toEqual(['Replaced', 'Said', 'INACTIVE', 'MANUAL']);
  });
});
