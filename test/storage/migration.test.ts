import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { fold } from '../../src/base/text.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  addDestination,
  addRows,
  appliedIn,
  createFirstSchema,
  FIRST,
  found,
  historyOf,
  idsIn,
  layer,
  manualColumns,
  revisionColumns,
  segmentColumns,
  STRANGER,
  withRaw,
} from './first-schema.js';
import { change, describeEngines, KEY, NOON, revision, segment } from './support.js';

const LATEST = [
  FIRST,
  '0002_identifiers',
  '0003_commits',
  '0004_discoveries',
  '0005_kept_history',
  '0006_imports',
  '0008_folded_letters',
];
/** PostgreSQL's indexes are created beside its migrations. */
const LATEST_IN_SQLITE = [...LATEST, '0007_identifier_indexes'].sort();
const BASE = { name: 'Listed', description: null, status: 'ACTIVE' };

describeEngines('a database of the first version', (create) => {
  it('keeps everything that is stored', async () => {
    const database = await create();
    const lastError = { code: 'AAM_UNAVAILABLE', message: 'no answer', at: NOON };
    await createFirstSchema(database.config, async (db) => {
      const destination = await addDestination(db, 'acme', '314', {
        as_of: NOON,
        segment_count: 3,
        last_attempt_at: NOON + 1,
        next_attempt_at: NOON + 2,
        retry_at: NOON + 3,
        failures: 4,
        last_error_code: lastError.code,
        last_error_message: lastError.message,
        last_error_at: lastError.at,
        details: JSON.stringify({ name: 'Ü', description: 'd', type: 'COOKIE', active: true }),
        details_read_at: NOON,
      });
      await addRows(db, 'segment', [
        segmentColumns(destination, '1', {
          sid: '80920',
          alias: 'a=1',
          description: 'two\nlines',
          status: 'INACTIVE',
          start_date: '2010-11-15',
          end_date: '2030-12-31',
          created_at: NOON - 2,
          updated_at: NOON - 1,
        }),
        segmentColumns(destination, '2', { source: 'MANUAL', confirmed_at: NOON, manual: layer(BASE) }),
        segmentColumns(destination, '3', { name: null, status: 'DELETED', confirmed_at: NOON }),
      ]);
      await db
        .insertInto('revision')
        .values(
          revisionColumns(destination, '1', {
            kind: 'RENAMED',
            description: 'd',
            status: 'INACTIVE',
            source: 'MANUAL',
            changed_by: 'Ann',
          }),
        )
        .execute();
      const lease = { customer_id: 'acme', destination_id: '314', owner: 'a', until: NOON };
      await db.insertInto('lease').values(lease).execute();
      await db.insertInto('token').values({ account: 'x', sealed: 'sealed', expires_at: NOON }).execute();
    });
    const storage = await database.open(new FakeClock(NOON - 1));
    const stored = (await storage.read(KEY))!;
    expect(stored.state).toEqual({
      generation: 3,
      asOf: NOON,
      segmentCount: 3,
      lastAttemptAt: NOON + 1,
      nextAttemptAt: NOON + 2,
      retryAt: NOON + 3,
      failures: 4,
      lastError,
      details: {
        name: 'Ü',
        description: 'd',
        type: 'COOKIE',
        active: true,
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
      },
      // They are read again, because they lack the fields of the second version.
      detailsReadAt: null,
    });
    expect(new Set(stored.segments)).toEqual(
      new Set([
        segment('1', {
          name: 'Name 1',
          sid: '80920',
          alias: 'a=1',
          description: 'two\nlines',
          status: 'INACTIVE',
          startDate: '2010-11-15',
          endDate: '2030-12-31',
          createdAt: NOON - 2,
          updatedAt: NOON - 1,
        }),
        segment('2', {
          name: 'Name 2',
          source: 'MANUAL',
          confirmedAt: NOON,
          manual: {
            name: 'By hand',
            description: null,
            status: null,
            at: NOON,
            by: 'Ann',
            base: { name: 'Listed', description: null, status: 'ACTIVE' },
          },
        }),
        segment('3', { name: null, status: 'DELETED', confirmedAt: NOON }),
      ]),
    );
    expect((await storage.revisionsByNumber(KEY, [1])).get(1)).toEqual({
      ...revision('1', NOON, {
        kind: 'RENAMED',
        name: 'Name 1',
        description: 'd',
        status: 'INACTIVE',
        source: 'MANUAL',
        by: 'Ann',
      }),
      number: 1,
    });
    expect(await storage.claim(KEY, 'b', 1)).toBe(false);
    expect(await storage.token('x', NOON - 1)).toBe('sealed');
    expect(await storage.logIn('x')).toBeNull();
    const latest = database.config.engine === 'sqlite' ? LATEST_IN_SQLITE : LATEST;
    await withRaw(database.config, async (db) => expect(await appliedIn(db)).toEqual(latest));
  });

  it('marks the IDs by hand whose kind nobody stated, and their history, and no others', async () => {
    const database = await create();
    const unusual = 'Straße "1"\nÉté \\ %';
    const manualOnly = [
      '77',
      'value:7',
      'sid:',
      'mapping-id:77',
      'mapping-id:mapping-id:77',
      unusual,
      'removed',
    ];
    const kept = ['1', '2', 'sid:80920', 'alias:Été', 'sid:removed'];
    await createFirstSchema(database.config, async (db) => {
      const [own, other] = [
        await addDestination(db, 'acme', '314'),
        await addDestination(db, 'globex', '314'),
      ];
      const removed = { manual: null, status: 'DELETED' };
      await addRows(db, 'segment', [
        segmentColumns(own, '1'),
        segmentColumns(own, '2', { source: 'MANUAL', manual: layer(BASE) }),
        manualColumns(own, 'sid:80920', { sid: '80920' }),
        manualColumns(own, 'alias:Été', { alias: 'Été' }),
        manualColumns(own, 'sid:removed', { ...removed, sid: 'removed' }),
        ...manualOnly.map((id) =>
          manualColumns(own, id, {
            ...(id === 'removed' && removed),
            search_text: fold(`Name ${id}\n\n\n${id}\n`),
          }),
        ),
        // The same ID is listed elsewhere.
        segmentColumns(other, '77'),
      ]);
      await addRows(
        db,
        'revision',
        ['77', ...kept, ...manualOnly, '77'].map((id) => revisionColumns(own, id)),
      );
      await addRows(db, 'revision', [revisionColumns(other, '77')]);
    });
    const storage = await database.open();
    const renamed = manualOnly.map((id) => `mapping-id:${id}`);
    expect(await idsIn(storage)).toEqual([...kept, ...renamed].sort());
    expect(await idsIn(storage, STRANGER)).toEqual(['77']);
    expect((await historyOf(storage)).map(([id]) => id)).toEqual([
      'mapping-id:77',
      ...kept,
      ...renamed,
      'mapping-id:77',
    ]);
    expect(await historyOf(storage, STRANGER)).toEqual([['77', 1]]);
    const names = new Map([...(await storage.read(KEY))!.segments].map(({ id, name }) => [id, name]));
    for (const id of manualOnly) expect(names.get(`mapping-id:${id}`)).toBe(`Name ${id}`);
    // The gateways that have read the first destination have to read it again.
    expect((await storage.state(KEY))?.generation).toBe(4);
    expect((await storage.state(STRANGER))?.generation).toBe(3);

    expect(await found(storage, 'mapping-id:value:7')).toEqual(['mapping-id:value:7']);
    expect(await found(storage, 'mapping-id:strasse')).toEqual([`mapping-id:${unusual}`]);
    expect(await found(storage, fold('Straße'))).toEqual([`mapping-id:${unusual}`]);
    expect(await found(storage, fold(`mapping-id:Straße`))).toEqual([`mapping-id:${unusual}`]);
    expect(await found(storage, '77')).toEqual(
      ['77', 'mapping-id:77', 'mapping-id:mapping-id:77', 'mapping-id:mapping-id:mapping-id:77'].sort(),
    );
    await storage.write(KEY, 4, change({ removals: ['mapping-id:77'] }));
    expect(await found(storage, '77', [KEY])).toEqual([
      'mapping-id:mapping-id:77',
      'mapping-id:mapping-id:mapping-id:77',
    ]);
    if (database.config.engine !== 'sqlite') return;
    await withRaw(database.config, (db) =>
      sql`insert into segment_text (segment_text, rank) values ('integrity-check', 1)`.execute(db),
    );
  });

  it('loses no entry where the new ID should be taken by a listed segment', async () => {
    const database = await create();
    await createFirstSchema(database.config, async (db) => {
      const destination = await addDestination(db, 'acme', '314');
      await addRows(db, 'segment', [
        manualColumns(destination, '77'),
        manualColumns(destination, '78'),
        segmentColumns(destination, 'mapping-id:77'),
      ]);
      await addRows(db, 'revision', [
        revisionColumns(destination, '77'),
        revisionColumns(destination, 'mapping-id:77'),
      ]);
    });
    const storage = await database.open();
    expect(await idsIn(storage)).toEqual(['77', 'mapping-id:77', 'mapping-id:78']);
    expect(await historyOf(storage)).toEqual([
      ['77', 1],
      ['mapping-id:77', 2],
    ]);
  });

  it('numbers the revisions of each destination in their order, and numbers on', async () => {
    const database = await create();
    // More entries and revisions than one statement takes. Some numbers were never used.
    const all = Array.from({ length: 45_000 }, (_, id) => ({ id, destination: (id * id) % 3 === 1 ? 1 : 0 }));
    const left = all.filter(({ id }) => id % 7 !== 0);
    const isManual = (id: number): boolean => id < 1_700;
    await createFirstSchema(database.config, async (db) => {
      const pks = [await addDestination(db, 'acme', '314'), await addDestination(db, 'globex', '314')];
      const manual = all.filter(({ id }) => isManual(id));
      await addRows(
        db,
        'segment',
        manual.map(({ id, destination }) => manualColumns(pks[destination]!, String(id))),
      );
      await addRows(
        db,
        'revision',
        all.map(({ id, destination }) => revisionColumns(pks[destination]!, String(id))),
      );
      await sql`delete from revision where (number - 1) % 7 = 0`.execute(db);
    });
    const storage = await database.open();
    for (const [destination, key] of [KEY, STRANGER].entries()) {
      const own = left.filter((each) => each.destination === destination);
      const ids = own.map(({ id }) => (isManual(id) ? `mapping-id:${id}` : String(id)));
      expect(await historyOf(storage, key)).toEqual(ids.map((id, index) => [id, index + 1]));
      await storage.write(key, 4, change({ revisions: [revision('new', NOON)] }));
      expect((await storage.revisionsByNumber(key, [ids.length + 1])).get(ids.length + 1)).toMatchObject({
        segmentId: 'new',
      });
      const { revisions: newest } = await storage.revisionsAt(key, [ids[0]!, ids.at(-1)!], NOON);
      expect([...newest.keys()].sort()).toEqual([ids[0]!, ids.at(-1)!].sort());
      expect((await idsIn(storage, key)).every((id) => id.startsWith('mapping-id:'))).toBe(true);
    }
  });
});
