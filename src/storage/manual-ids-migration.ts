import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import { searchText } from './text.js';

/**
 * The prefix of an ID that was given by hand, of which it is not known whether it is a mapping ID: the first
 * version took every ID for one whose kind was not stated.
 */
export const UNSTATED_PREFIX = 'mapping-id:';

/** The prefixes of IDs whose kind was stated. */
const STATED_PREFIXES = ['sid:', 'alias:'];

/** Rows that are read, and renamed, by one statement. */
const ROWS_PER_STATEMENT = 500;

/** The columns of a segment that its new ID depends on. */
interface ManualRow {
  readonly pk: number;
  readonly destination_pk: number;
  readonly id: string;
  readonly sid: string | null;
  readonly alias: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly manual: string | null;
}

const LAYER = z.object({ base: z.unknown().optional() });

/**
 * Gives each segment that is only known by hand, by an ID whose kind is not stated in it, an ID that says so, also
 * in what searches look through. The generation of its destination is raised, so that running gateways read the
 * segments again.
 *
 * Fills the table `renamed_segment` with the former IDs, for the history.
 */
export async function renameManualOnly(db: Kysely<unknown>): Promise<void> {
  // An ID may have begun with the prefix before. The longest is renamed first, so that its place is free.
  const prefixed = sql`substr(id, 1, ${sql.lit(UNSTATED_PREFIX.length)}) = ${sql.lit(UNSTATED_PREFIX)}`;
  for (const row of await readManual(db, sql`${prefixed} order by length(id) desc`)) await rename(db, [row]);
  for (let after = 0; ;) {
    const rows = await readManual(
      db,
      sql`not (${prefixed}) and pk > ${after} order by pk limit ${ROWS_PER_STATEMENT}`,
    );
    const last = rows.at(-1);
    if (last === undefined) break;
    await rename(db, rows);
    after = last.pk;
  }
  await sql`update destination set generation = generation + 1
    where pk in (select destination_pk from renamed_segment)`.execute(db);
}

async function readManual(db: Kysely<unknown>, which: RawBuilder<unknown>): Promise<ManualRow[]> {
  const { rows } = await sql<ManualRow>`
    select pk, destination_pk, id, sid, alias, name, description, manual
    from segment where source = 'MANUAL' and ${which}`.execute(db);
  return rows;
}

/** Whether Audience Manager has never listed the segment, and no kind of ID is stated. */
function isManualOnly({ id, manual }: ManualRow): boolean {
  if (STATED_PREFIXES.some((prefix) => id.startsWith(prefix) && id.length > prefix.length)) return false;
  return manual === null || (LAYER.parse(JSON.parse(manual)).base ?? null) === null;
}

/** Renames those of the rows that are to be renamed. */
async function rename(db: Kysely<unknown>, rows: readonly ManualRow[]): Promise<void> {
  const next = rows.filter(isManualOnly).map((row) => {
    const id = `${UNSTATED_PREFIX}${row.id}`;
    const text = searchText({ ...row, id, value: null });
    return sql`(cast(${row.pk} as bigint), cast(${id} as text), cast(${text} as text))`;
  });
  if (next.length === 0) return;
  // Both engines name the columns of a list of values `column1`, `column2` and so on. A segment whose new ID
  // should be taken keeps its ID.
  const { rows: renamed } = await sql<{ pk: number }>`
    update segment set id = next.column2, search_text = next.column3
    from (values ${sql.join(next)}) as next
    where segment.pk = next.column1 and not exists (
      select 1 from segment as taken
      where taken.destination_pk = segment.destination_pk and taken.id = next.column2
    )
    returning pk`.execute(db);
  const pks = new Set(renamed.map(({ pk }) => pk));
  const former = rows.filter(({ pk }) => pks.has(pk)).map((row) => sql`(${row.destination_pk}, ${row.id})`);
  if (former.length === 0) return;
  await sql`insert into renamed_segment (destination_pk, id) values ${sql.join(former)}`.execute(db);
}
