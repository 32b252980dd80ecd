import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { kindsFor, searchSnapshots, setSegment, Snapshot } from '../../../src/directory/index.js';
import { PackedSegments } from '../../../src/segments/index.js';
import { acme, destination, mappings, segment, startDirectory, until } from '../../support/directory.js';
import { importText } from '../../support/import-text.js';

const COUNT = 20_000;
const ANN = { by: 'Ann', at: 1 };

/** So many segments that working through them takes several turns. Every tenth name is not ASCII. */
const LARGE = PackedSegments.of(
  Array.from({ length: COUNT }, (_, index) =>
    segment(`${index % 10 === 0 ? 'Été' : 'Summer'} ${(index * 7919) % COUNT}`, {
      id: `${index}`,
      sid: `${index + COUNT}`,
      alias: `a${index}`,
      value: `v${index}`,
      url: `https://example.com/${index}/%rnd%`,
    }),
  ),
);
const AUTO = kindsFor({ type: null, segmentIdType: 'AUTO' }, null);

/** Number of turns that others get while the work is done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  const counter = { turns: 0, isDone: false };
  const counting = (async () => {
    for (; !counter.isDone; counter.turns++) await setImmediate();
  })();
  await work();
  counter.isDone = true;
  await counting;
  return counter.turns;
}

describe('others get turns during', () => {
  it('a search in memory', async () => {
    const snapshot = Snapshot.of(LARGE, 1);
    const { at } = await startDirectory();
    const located = { destination: at(), snapshot };
    // Several times the same, because one takes a few milliseconds only where the code has run before.
    const many = Array.from({ length: 6 }, () => located);
    expect(
      await turnsDuring(() => searchSnapshots(many, { text: 'e zzz', status: ['ACTIVE'] }, 9, null)),
    ).toBeGreaterThan(2);
  });

  it('the first lookup by every kind of ID', async () => {
    const snapshot = Snapshot.of(LARGE, 1);
    expect(snapshot.isPreparedFor(AUTO)).toBe(false);
    expect(await turnsDuring(() => snapshot.prepareFor(AUTO))).toBeGreaterThan(4);
    expect(snapshot.isPreparedFor(AUTO)).toBe(true);
    expect(snapshot.identify('v7', AUTO)).toMatchObject([{ idType: 'VALUE' }]);
  });
});

describe('a search that has to end', () => {
  it('rejects with the reason, and searches no further', async () => {
    const { at } = await startDirectory();
    const controller = new AbortController();
    const reason = new Error('the client has gone');
    const located = { destination: at(), snapshot: Snapshot.of(LARGE, 1) };
    const page = searchSnapshots([located], { text: 'e zzz' }, 9, null, controller.signal);
    controller.abort(reason);
    await expect(page).rejects.toBe(reason);
  });
});

describe('a large destination', () => {
  const names = Array.from({ length: 3_000 }, (_, index) => `Segment ${index}`);
  const start = () => startDirectory({ customers: [acme(destination(314, mappings(...names)))] });

  it('is looked up without waiting once its kinds of IDs are prepared', async () => {
    const { at } = await start();
    const snapshot = await at().snapshot();
    const kinds = await at().kinds('SID');
    const first = at().find(snapshot, ['101', '102'], kinds);
    expect(first).toBeInstanceOf(Promise);
    expect((await first).results).toMatchObject([{ segment: { id: '1' } }, { segment: { id: '2' } }]);
    expect(at().find(snapshot, ['101'], kinds)).not.toBeInstanceOf(Promise);
  });

  it('is prepared after a listing as it was before', async () => {
    const { at, simulator } = await start();
    await until(() => at().isSaved);
    const kinds = await at().kinds('SID');
    await at().find(await at().snapshot(), ['101'], kinds);
    simulator.destination('acme', 314).mappings[0]!.name = 'Renamed';
    const refreshed = await at().refresh('schedule');
    expect(refreshed.find('1')?.name).toBe('Renamed');
    expect(refreshed.isPreparedFor(kinds)).toBe(true);
    const edited = await setSegment(at(), { idType: 'SID', id: '101', name: 'By hand' }, ANN);
    expect(edited?.snapshot.isPreparedFor(kinds)).toBe(true);
  });

  it('looks many IDs up in turns, until the request ends', async () => {
    const { at } = await start();
    const snapshot = await at().snapshot();
    const kinds = await at().kinds('MAPPING_ID');
    const ids = names.map((_, index) => `${index + 1}`);
    const found = at().find(snapshot, [...ids, ...ids], kinds);
    expect(found).toBeInstanceOf(Promise);
    expect((await found).results.map((each) => each.status === 'FOUND' && each.segment.id)).toEqual([
      ...ids,
      ...ids,
    ]);
  });
});

describe('text that no database can hold', () => {
  it('is left out of a name by hand before it is served', async () => {
    const { at } = await startDirectory();
    const entry = { idType: 'SID', id: '9\0', name: 'A\0B\ud800', description: '\0' } as const;
    const { segment: served } = (await setSegment(at(), entry, ANN))!;
    expect(served).toMatchObject({ id: 'sid:9', sid: '9', name: 'AB\ufffd', description: '' });
    const { snapshot } = (await setSegment(at(), entry, { by: 'Ann', at: 2 }))!;
    expect(snapshot.generation).toBe(at().cached()?.generation);
    await at().reloadAfterRemoteChange();
    expect(at().cached()?.find('sid:9')).toEqual(served);
  });

  it('is left out of an imported name', async () => {
    const { at } = await startDirectory();
    await importText(at(), 'sid,name\n9,A\ud800\n', {
      ...ANN,
      mode: 'MERGE',
      dryRun: false,
      skipBad: false,
    });
    expect(at().cached()?.find('sid:9')).toMatchObject({ name: 'A\ufffd' });
  });
});
