import { expect, it } from 'vitest';
import { PackedRevisions, PackedSegments, bitsOf } from '../../src/segments/index.js';
import type { DestinationState, StoredSegment, StoredStatus } from '../../src/storage/index.js';
import { storableText } from '../../src/base/text.js';
import { FakeClock } from '../support/fake-clock.js';
import { begun } from '../support/waiting.js';
import {
  change,
  codeOf,
  describeEngines,
  KEY,
  namesIn,
  NOON,
  revision,
  seededRandom,
  segment,
} from './support.js';

const OTHER = { customerId: 'globex', destinationId: '314' };

const EVERYTHING: StoredSegment = {
  id: '14395',
  sid: '80920',
  alias: 'réservé/夏 🏖️ "quoted" \\ %_',
  name: 'Женщины 25–34, ใจดี, हिन्दी, ﷺ, 👩‍👩‍👧',
  description: 'two\nlines\tand a tab',
  status: 'INACTIVE',
  startDate: '2010-11-15',
  endDate: '2030-12-31',
  createdAt: 1_281_997_484_000,
  updatedAt: 8_640_000_000_000_000,
  value: 'v=夏',
  url: 'https://example.com/?seg=%ALIAS%&r=%rnd%',
  secureUrl: 'https://secure.example.com/ü',
  isTrait: true,
  source: 'MANUAL',
  confirmedAt: NOON,
  manual: {
    name: 'By hand 手',
    description: null,
    status: 'INACTIVE',
    at: NOON,
    by: 'reporting-ui',
    base: { name: null, description: 'below', status: 'UNKNOWN', confirmedAt: NOON - 1 },
  },
};

const BARE_DETAILS: DestinationState['details'] = {
  name: null,
  description: null,
  type: 'UNKNOWN',
  active: null,
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
};

describeEngines('content', (create) => {
  it('has no state and no segments of a destination that was never written', async () => {
    const storage = await (await create()).open();
    expect(await storage.state(KEY)).toBeNull();
    expect(await storage.read(KEY)).toBeNull();
    expect(await storage.states()).toEqual([]);
  });

  it('reads every field of a segment as it was written, also after reopening', async () => {
    const database = await create();
    const first = await database.open();
    const bare = segment('2', { name: null });
    const empty = segment('3', { name: '', description: '', alias: '', value: '', url: '', secureUrl: '' });
    const onlyManual = segment('4', { manual: { ...EVERYTHING.manual!, base: null } });
    expect(await first.write(KEY, 0, change({ upserts: [EVERYTHING, bare, empty, onlyManual] }))).toBe(1);
    await first.close();
    const second = await database.open();
    const stored = await second.read(KEY);
    expect(new Set(stored?.segments)).toEqual(new Set([EVERYTHING, bare, empty, onlyManual]));
    expect(stored?.state.generation).toBe(1);
  });

  it('stores names of a thousand characters of four bytes each', async () => {
    const storage = await (await create()).open();
    const long = segment('1', { name: '𝔖'.repeat(1_000), description: '夏'.repeat(5_000) });
    await storage.write(KEY, 0, change({ upserts: [long] }));
    expect([...(await storage.read(KEY))!.segments]).toEqual([long]);
  });

  it('stores text without U+0000 and with unpaired surrogates replaced', async () => {
    const storage = await (await create()).open();
    const bad = 'a\0b\ud83dc';
    const manual = { ...EVERYTHING.manual!, name: bad };
    const texts = { name: bad, alias: bad, value: bad, url: bad, secureUrl: bad };
    await storage.write(KEY, 0, change({ upserts: [segment('1', { ...texts, manual })] }));
    await storage.saveState(KEY, { lastError: { code: 'X', message: bad, at: NOON } });
    const stored = await storage.read(KEY);
    expect(stored?.segments.at(0)).toMatchObject({
      name: 'ab\ufffdc',
      alias: 'ab\ufffdc',
      value: 'ab\ufffdc',
      url: 'ab\ufffdc',
      secureUrl: 'ab\ufffdc',
      manual: { name: 'ab\ufffdc' },
    });
    expect(stored?.state.lastError?.message).toBe('ab\ufffdc');
    const found = await storage.search({
      terms: ['b\ufffdc'],
      destinations: [KEY],
      status: null,
      after: null,
      first: 10,
    });
    expect(found.totalCount).toBe(1);
  });

  it('counts generations and refuses a change that was made for another generation', async () => {
    const storage = await (await create()).open();
    expect(await storage.write(KEY, 3, change({ upserts: [segment('1')] }))).toBeNull();
    expect(await storage.state(KEY)).toBeNull();
    expect(await storage.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
    expect(await storage.write(KEY, 0, change({ upserts: [segment('2')] }))).toBeNull();
    expect(await storage.write(KEY, 2, change({ removals: ['1'] }))).toBeNull();
    expect(await storage.write(KEY, 1, change({ upserts: [segment('3')] }))).toBe(2);
    expect(Object.keys(await namesIn(storage))).toEqual(['1', '3']);
  });

  it('replaces segments with the same ID, deletes removed ones and leaves the others', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1'), segment('2'), segment('3')] }));
    const renamed = { ...EVERYTHING, id: '2' };
    await storage.write(KEY, 1, change({ upserts: [renamed, segment('4')], removals: ['3', 'not there'] }));
    const stored = await storage.read(KEY);
    expect(new Set(stored?.segments)).toEqual(new Set([segment('1'), renamed, segment('4')]));
  });

  it('stores the last of two segments with the same ID in one change', async () => {
    const storage = await (await create()).open();
    await storage.write(
      KEY,
      0,
      change({ upserts: [segment('1', { name: 'a' }), segment('1', { name: 'b' })] }),
    );
    expect(await namesIn(storage)).toEqual({ 1: 'b' });
  });

  it('stores packed segments and revisions as it stores unpacked ones', async () => {
    const KINDS = ['CREATED', 'RENAMED', 'DESCRIBED'] as const;
    const segments = Array.from({ length: 350 }, (_, index) => {
      return index % 50 === 7 ? { ...EVERYTHING, id: String(index) } : segment(String(index));
    });
    // Some segments have no revision, some have several.
    const kinds = Uint8Array.from(segments, (_, index) => bitsOf(KINDS.slice(0, index % 4)));
    const former = revision('former', NOON - 5);
    const packed = PackedSegments.of(segments);
    const revisions = new PackedRevisions(packed, kinds, { at: NOON, by: 'Ann' }, [former]);
    const [single, whole] = [await (await create()).open(), await (await create()).open()];
    await single.write(KEY, 0, change({ upserts: segments, revisions: [...revisions] }));
    await whole.write(KEY, 0, change({ upserts: packed, revisions }));
    const all = { segmentId: null, since: null, first: 1_000, order: 'newest-first', after: null } as const;
    const [one, other] = [await single.revisions(KEY, all), await whole.revisions(KEY, all)];
    expect(other).toEqual(one);
    expect(one.totalCount).toBe([...revisions].length);
    expect(new Set((await whole.read(KEY))?.segments)).toEqual(new Set(segments));
    // Uses the compiled statement of the first write again.
    const renamed = segments.slice(0, 250).map((each) => ({ ...each, name: 'another' }));
    expect(await whole.write(KEY, 1, change({ upserts: PackedSegments.of(renamed) }))).toBe(2);
    expect(new Set((await whole.read(KEY))?.segments)).toEqual(new Set([...renamed, ...segments.slice(250)]));
  });

  it('returns every text in its stored form as it was written', async () => {
    const storage = await (await create()).open();
    const random = seededRandom(24);
    // Half surrogates, what SQL, JSON and C treat specially, and what lies beside.
    const pieces = [
      '\0',
      '\ud800',
      '\udc00',
      '🏖',
      '\ufffd',
      '\ufffe',
      '\uffff',
      '\u0001',
      '\x7f',
      '\x85',
      '\u2028',
    ];
    pieces.push('a', "'", '"', '\\', '%', '\r', '\n', ' ', 'é', 'e\u0301', '\u{10ffff}', '');
    const text = (): string =>
      storableText(Array.from({ length: 12 }, () => pieces[Math.floor(random() * pieces.length)]).join(''));
    const segments = Array.from({ length: 200 }, (_, index) => ({
      ...EVERYTHING,
      id: `${index} ${text()}`,
      sid: text(),
      alias: text(),
      name: text(),
      description: text(),
      value: text(),
      url: text(),
      secureUrl: text(),
      manual: { ...EVERYTHING.manual!, name: text(), description: text(), by: text() },
    }));
    const details = { ...BARE_DETAILS, name: text(), description: text(), delimiter: text() };
    await storage.write(KEY, 0, change({ upserts: PackedSegments.of(segments), state: { details } }));
    const stored = await storage.read(KEY);
    expect(new Set(stored?.segments)).toEqual(new Set(segments));
    expect(stored?.state.details).toEqual(details);
  });

  it('stores the last of two packed segments whose IDs are the same once they are made storable', async () => {
    const storage = await (await create()).open();
    const twins = PackedSegments.of([segment('1\0', { name: 'a' }), segment('1', { name: 'b' })]);
    await storage.write(KEY, 0, change({ upserts: twins }));
    expect(await namesIn(storage)).toEqual({ 1: 'b' });
  });

  it('keeps segments with the same ID in different destinations apart', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1', { name: 'acme' })] }));
    await storage.write(OTHER, 0, change({ upserts: [segment('1', { name: 'globex' })] }));
    await storage.write(OTHER, 1, change({ removals: ['1'] }));
    expect(await namesIn(storage, KEY)).toEqual({ 1: 'acme' });
    expect(await namesIn(storage, OTHER)).toEqual({});
  });

  it('writes and reads more segments than fit into one statement', async () => {
    const storage = await (await create()).open();
    const segments = Array.from({ length: 2_345 }, (_, index) =>
      segment(String(index), { sid: `s${index}` }),
    );
    await storage.write(KEY, 0, change({ upserts: segments }));
    const stored = await storage.read(KEY);
    const byNumber = [...stored!.segments].sort((a, b) => Number(a.id) - Number(b.id));
    expect(byNumber).toEqual(segments);
    const gone = segments.slice(5).map(({ id }) => id);
    await storage.write(KEY, 1, change({ removals: gone }));
    expect(Object.keys(await namesIn(storage))).toEqual(['0', '1', '2', '3', '4']);
  });

  it.each([499, 500, 501, 1_000, 1_001])(
    'reads %i segments whole, whatever each of them lacks',
    async (count) => {
      const storage = await (await create()).open();
      // Pages have 500; control characters, line separators and quotes are what JSON has other words for.
      const texts = [null, '', '\u0001\u001f\u007f', '\u2028\u2029', '"\\"', '[null,"', '\ud83d\ude00', '2'];
      const segments = Array.from({ length: count }, (_, index) => {
        const text = (step: number): string | null => texts[Math.floor(index / step) % texts.length] ?? null;
        return segment(`${index}`.padStart(5, '0'), {
          name: text(1),
          description: text(3),
          sid: text(5),
          alias: text(7),
          value: text(11),
          url: text(13),
          createdAt: index % 2 === 0 ? null : index * 1_000_000_007,
          isTrait: index % 3 === 0,
          manual: index % 4 === 0 ? EVERYTHING.manual : null,
        });
      });
      await storage.write(KEY, 0, change({ upserts: segments }));
      expect([...(await storage.read(KEY))!.segments]).toEqual(segments);
    },
  );

  it('saves states field by field and leaves generation and segments unchanged', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')], state: { asOf: NOON, segmentCount: 1 } }));
    const lastError = { code: 'AAM_UNAVAILABLE', message: 'no answer', at: NOON };
    const details = {
      ...BARE_DETAILS,
      name: 'Übersicht',
      type: 'COOKIE',
      active: true,
      formatType: 'KEY_VALUE',
      keySeparator: '=',
      valueSeparator: '&',
      serializationEnabled: false,
      mappingAutoFiller: 'IC',
    } as const;
    await storage.saveState(KEY, { failures: 2, lastError, details, retryAt: NOON + 5 });
    await storage.saveState(KEY, {
      lastAttemptAt: NOON + 1,
      nextAttemptAt: NOON + 2,
      detailsReadAt: NOON + 3,
    });
    const state = {
      generation: 1,
      asOf: NOON,
      segmentCount: 1,
      lastAttemptAt: NOON + 1,
      nextAttemptAt: NOON + 2,
      retryAt: NOON + 5,
      failures: 2,
      lastError,
      details,
      detailsReadAt: NOON + 3,
    };
    expect(await storage.state(KEY)).toEqual(state);
    expect([...(await storage.read(KEY))!.segments]).toEqual([segment('1')]);
    await storage.saveState(KEY, {});
    const upserts = [segment('2')];
    await storage.write(KEY, 1, change({ upserts, state: { lastError: null, failures: 0, retryAt: null } }));
    expect(await storage.states()).toEqual([
      { ...KEY, state: { ...state, generation: 2, failures: 0, lastError: null, retryAt: null } },
    ]);
  });

  it('reads every field of a destination as it was saved, without U+0000 in its texts', async () => {
    const storage = await (await create()).open();
    const texts = {
      name: 'a\0',
      description: 'b\0',
      singleKey: 'c\0',
      keySeparator: 'd\0',
      valueSeparator: 'e\0',
      serializationSeparator: 'f\0',
      delimiter: 'g\0',
      urlFormatString: 'h\0',
      secureUrlFormatString: 'i\0',
    };
    const others = {
      type: 'URL',
      active: false,
      formatType: 'SINGLE_KEY',
      serializationEnabled: true,
      mappingAutoFiller: 'SID',
    } as const;
    await storage.saveState(KEY, { details: { ...texts, ...others } });
    const stored = Object.fromEntries(
      Object.entries(texts).map(([field, text]) => [field, text.slice(0, 1)]),
    );
    expect((await storage.state(KEY))?.details).toEqual({ ...stored, ...others });
    await storage.saveState(KEY, { details: BARE_DETAILS });
    expect((await storage.state(KEY))?.details).toEqual(BARE_DETAILS);
  });

  it('keeps the generation of a change without segments and revisions, and writes its state', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')], state: { asOf: NOON, segmentCount: 1 } }));
    const unchanged = change({
      upserts: PackedSegments.of([]),
      revisions: new PackedRevisions(PackedSegments.of([]), new Uint8Array(0), { at: NOON, by: null }),
      state: { asOf: NOON + 10, lastAttemptAt: NOON + 9, nextAttemptAt: NOON + 99 },
    });
    expect(await storage.write(KEY, 1, unchanged)).toBe(1);
    expect(await storage.write(KEY, 1, change({ state: { failures: 2 } }))).toBe(1);
    expect(await storage.state(KEY)).toMatchObject({
      generation: 1,
      asOf: NOON + 10,
      segmentCount: 1,
      lastAttemptAt: NOON + 9,
      nextAttemptAt: NOON + 99,
      failures: 2,
    });
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1' });
  });

  it('raises the generation with a removal, and with a revision alone', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    expect(await storage.write(KEY, 1, change({ removals: ['1'] }))).toBe(2);
    expect(await storage.write(KEY, 2, change({ revisions: [revision('1', NOON)] }))).toBe(3);
  });

  it('counts a first listing of no segments as written', async () => {
    const storage = await (await create()).open();
    expect(await storage.write(KEY, 0, change({ state: { asOf: NOON } }))).toBe(1);
    expect(await storage.state(KEY)).toMatchObject({ generation: 1, asOf: NOON });
    expect(await storage.write(KEY, 0, change({ state: { asOf: NOON + 1 } }))).toBeNull();
  });

  it('refuses a change of the state alone that was made for another generation', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')], state: { asOf: NOON } }));
    await storage.write(KEY, 1, change({ upserts: [segment('2')], state: { asOf: NOON + 1 } }));
    for (const generation of [0, 1, 3]) {
      expect(await storage.write(KEY, generation, change({ state: { asOf: NOON + 2 } }))).toBeNull();
    }
    expect(await storage.state(KEY)).toMatchObject({ generation: 2, asOf: NOON + 1 });
  });

  it('does not set asOf back by a change of the state alone', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1')] }));
    for (const [asOf, stored] of [
      [NOON, NOON],
      [NOON + 5, NOON + 5],
      [NOON + 3, NOON + 5],
      [null, NOON + 5],
    ] as const) {
      expect(await storage.write(KEY, 1, change({ state: { asOf } }))).toBe(1);
      expect((await storage.state(KEY))?.asOf).toBe(stored);
    }
  });

  it('sets asOf back if it is in the future because the clock was set back', async () => {
    const clock = new FakeClock(NOON);
    const storage = await (await create()).open(clock);
    await storage.write(KEY, 0, change({ upserts: [segment('1')], state: { asOf: NOON } }));
    clock.setBack(3_600_000);
    await storage.write(KEY, 1, change({ state: { asOf: clock.now() } }));
    expect((await storage.state(KEY))?.asOf).toBe(clock.now());
    // As far as the clocks of two gateways may differ, it is no sign of that.
    await storage.write(KEY, 1, change({ state: { asOf: clock.now() + 60_000 } }));
    await storage.write(KEY, 1, change({ state: { asOf: clock.now() + 1 } }));
    expect((await storage.state(KEY))?.asOf).toBe(clock.now() + 60_000);
  });

  it('saves the state of a destination before its first content', async () => {
    const storage = await (await create()).open();
    await storage.saveState(KEY, { failures: 1 });
    expect(await storage.read(KEY)).toMatchObject({
      state: { generation: 0, failures: 1 },
      segments: { length: 0 },
    });
    expect(await storage.write(KEY, 0, change({ upserts: [segment('1')] }))).toBe(1);
    expect((await storage.state(KEY))?.failures).toBe(1);
  });

  it('rolls a change back that fails at its end, and accepts the next one', async () => {
    const storage = await (await create()).open();
    await storage.write(KEY, 0, change({ upserts: [segment('1'), segment('2')] }));
    const wrong = revision('1', NOON, { status: 'NO SUCH STATUS' as StoredStatus });
    const failing = change({
      upserts: Array.from({ length: 500 }, (_, index) => segment(String(index), { name: 'changed' })),
      removals: ['2'],
      revisions: [revision('1', NOON), wrong],
      state: { segmentCount: 500 },
    });
    expect(await codeOf(storage.write(KEY, 1, failing))).toBe('UNAVAILABLE');
    expect(await codeOf(storage.write(OTHER, 0, failing))).toBe('UNAVAILABLE');
    expect(await storage.state(OTHER)).toBeNull();
    expect(await namesIn(storage)).toEqual({ 1: 'Segment 1', 2: 'Segment 2' });
    expect(await storage.state(KEY)).toMatchObject({ generation: 1, segmentCount: 0 });
    const history = await storage.revisions(KEY, {
      segmentId: null,
      since: null,
      first: 10,
      order: 'newest-first',
      after: null,
    });
    expect(history.totalCount).toBe(0);
    expect(await storage.write(KEY, 1, change({ removals: ['2'] }))).toBe(2);
  });

  it('commits exactly one of several concurrent changes of the same generation', async () => {
    const database = await create();
    const storages = await Promise.all([database.open(), database.open(), database.open()]);
    for (const generation of [0, 1]) {
      const outcomes = await Promise.all(
        Array.from({ length: 9 }, (_, writer) => {
          const segments = Array.from({ length: 250 }, (_, id) =>
            segment(String(id), { name: `${generation} by ${writer}` }),
          );
          return storages[writer % 3]!.write(KEY, generation, change({ upserts: segments }));
        }),
      );
      expect(outcomes.filter((outcome) => outcome === generation + 1)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(8);
      const winner = outcomes.findIndex((outcome) => outcome !== null);
      expect(new Set(Object.values(await namesIn(storages[0])))).toEqual(
        new Set([`${generation} by ${winner}`]),
      );
    }
  });

  it('reads state and segments of one moment while another process changes them', async () => {
    const database = await create();
    const [writer, reader] = [await database.open(), await database.open()];
    const named = (generation: number): StoredSegment[] =>
      Array.from({ length: 1_200 }, (_, id) => segment(String(id), { name: String(generation) }));
    await writer.write(KEY, 0, change({ upserts: named(1) }));
    const last = 8;
    const writes = begun(
      (async () => {
        for (let generation = 1; generation < last; generation++) {
          await writer.write(KEY, generation, change({ upserts: named(generation + 1) }));
        }
      })(),
    );
    let seen = 0;
    while (seen < last) {
      const stored = await reader.read(KEY);
      seen = stored!.state.generation;
      expect(new Set([...stored!.segments].map(({ name }) => name))).toEqual(new Set([String(seen)]));
    }
    await writes;
  });
});
