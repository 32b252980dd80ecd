import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { searchTerms } from '../../src/base/text.js';
import {
  addDestination,
  addRows,
  createSchemaUpTo,
  segmentColumns,
  withRaw,
  type RawDatabase,
} from './first-schema.js';
import { describeEngines, KEY, type TestDatabase } from './support.js';

const BEFORE = '0007_identifier_indexes';

/** In the order of their names now. Names of the version before were sorted with `ø`, `ł` and `ß` behind all plain letters. */
const NAMES = [
  'Aal',
  'ælter',
  'Ærlig',
  'Født',
  'Forest',
  'ışık',
  'Łódź',
  'Lotus',
  'Straße',
  'strasse 2',
  'Zebra',
];

/** Folds as the version before did. */
function oldFold(text: string): string {
  const lowerCase = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]+/g, '')
    .toLowerCase();
  return lowerCase.replaceAll('ς', 'σ').normalize('NFC');
}

function oldColumns(pk: number, id: string, name: string): Record<string, unknown> {
  return segmentColumns(pk, id, {
    name,
    sort_key: `0${oldFold(name)}`,
    search_text: oldFold(`${name}\nAuf ${name}\n\n${id}\n\n`),
  });
}

async function addNames(db: RawDatabase, pk: number, first = 1): Promise<void> {
  await addRows(
    db,
    'segment',
    NAMES.map((name, index) => oldColumns(pk, String(first + index), name)),
  );
}

describeEngines('the folded texts of the version before', (create) => {
  async function found(database: TestDatabase, text: string): Promise<(string | null)[]> {
    const storage = await database.open();
    const { segments, totalCount } = await storage.search({
      terms: searchTerms(text),
      destinations: [KEY],
      status: null,
      after: null,
      first: 100,
    });
    expect(totalCount).toBe(segments.length);
    return segments.map(({ name }) => name);
  }

  it('are brought up to date, so that they are found and sorted as new ones', async () => {
    const database = await create();
    await createSchemaUpTo(database.config, BEFORE, async (db) => {
      await addNames(db, await addDestination(db, KEY.customerId, KEY.destinationId));
    });
    expect(await found(database, '')).toEqual(NAMES);
    expect(await found(database, 'strasse')).toEqual(['Straße', 'strasse 2']);
    expect(await found(database, 'STRAẞE')).toEqual(['Straße', 'strasse 2']);
    expect(await found(database, 'lodz')).toEqual(['Łódź']);
    expect(await found(database, 'isik')).toEqual(['ışık']);
    // Too short for the index of texts.
    expect(await found(database, 'fo')).toEqual(['Født', 'Forest']);
    expect(await found(database, 'ø')).toEqual(await found(database, 'o'));
  });

  it('are brought up to date in steps, however many there are', async () => {
    const database = await create();
    await createSchemaUpTo(database.config, BEFORE, async (db) => {
      const pk = await addDestination(db, KEY.customerId, KEY.destinationId);
      await addRows(db, 'segment', [oldColumns(pk, 'first', 'ø')]);
      await sql`insert into segment (destination_pk, id, name, status, source, sort_key, search_text)
        with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 40000)
        select ${pk}, 'p' || n, 'plain', 'ACTIVE', 'AUDIENCE_MANAGER', '0plain', 'plain' from numbers`.execute(
        db,
      );
      await addRows(db, 'segment', [oldColumns(pk, 'last', 'øø')]);
    });
    expect(await found(database, 'o')).toEqual(['ø', 'øø']);
  });

  it('are brought up to date where a gateway of the version before writes on', async () => {
    const database = await create();
    if (database.config.engine === 'sqlite') return; // A file is for one gateway.
    await found(database, '');
    await withRaw(database.config, async (db) => {
      const pk = await addDestination(db, KEY.customerId, KEY.destinationId);
      await addNames(db, pk);
      await db
        .updateTable('segment')
        .set(oldColumns(pk, '1', 'Øl'))
        .where('id', '=', '1')
        .execute();
    });
    expect(await found(database, 'strasse')).toEqual(['Straße', 'strasse 2']);
    expect(await found(database, 'ol')).toEqual(['Øl']);
  });

  it('are not looked at again when a row is written without them', async () => {
    const database = await create();
    if (database.config.engine === 'sqlite') return; // There is no trigger.
    await found(database, '');
    await withRaw(database.config, async (db) => {
      await addNames(db, await addDestination(db, KEY.customerId, KEY.destinationId));
      await sql`alter table segment disable trigger segment_letters`.execute(db);
      await sql`update segment set search_text = 'ß' where id = '1'`.execute(db);
      await sql`alter table segment enable trigger segment_letters`.execute(db);
      await sql`update segment set confirmed_at = 1`.execute(db);
    });
    expect(await found(database, 'ss')).toEqual(['Straße', 'strasse 2']);
    await withRaw(database.config, (db) =>
      sql`update segment set search_text = 'ß' where id = '1'`.execute(db),
    );
    expect(await found(database, 'ss')).toEqual(['Aal', 'Straße', 'strasse 2']);
  });
});
