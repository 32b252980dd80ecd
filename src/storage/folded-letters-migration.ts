import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Storage } from './types.js';

/** SQLite keeps the rows of one statement in memory. */
const ROWS_PER_STATEMENT = 20_000;

/** What `fold` replaces since this step, and has left as it is before. A step never changes, so it has a list of its own. */
const LETTERS = [
  ['ß', 'ss'],
  ['ı', 'i'],
  ['ł', 'l'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ħ', 'h'],
  ['ŧ', 't'],
  ['þ', 'th'],
  ['æ', 'ae'],
  ['œ', 'oe'],
] as const;

const CLASS = `[${LETTERS.map(([letter]) => letter).join('')}]`;

/**
 * The eighth step of the schema: folded texts have plain letters for those that Unicode does not take apart. Only rows with
 * such a letter change. What is served of them does not, so the generations stay.
 *
 * Gateways of the version before may still write to the same PostgreSQL: a trigger folds their rows.
 */
export async function foldLetters(db: Kysely<unknown>, engine: Storage['engine']): Promise<void> {
  if (engine === 'postgres') {
    // Writers take this lock first. If they waited in the middle of a commit, each would wait for the other.
    await sql`lock table destination in exclusive mode`.execute(db);
  }
  for (let after: number | null = 0; after !== null;) after = await foldChunk(db, engine, after);
  if (engine === 'postgres') await createTrigger(db);
}

/** Folds the next rows after a primary key. @returns the last of these rows; `null` if there are no more */
async function foldChunk(
  db: Kysely<unknown>,
  engine: Storage['engine'],
  after: number,
): Promise<number | null> {
  const { rows } = await sql<{ pk: number }>`select pk from segment where pk > ${after}
    order by pk limit 1 offset ${ROWS_PER_STATEMENT - 1}`.execute(db);
  const last = rows[0]?.pk ?? null;
  const isInChunk = last === null ? sql`pk > ${after}` : sql`pk > ${after} and pk <= ${last}`;
  await sql`update segment
    set sort_key = ${folded(sql.ref('sort_key'))}, search_text = ${folded(sql.ref('search_text'))}
    where ${isInChunk} and ${hasLetters(engine, sql.ref('search_text'))}`.execute(db);
  return last;
}

/** The name is a part of the search text, so this says it of the sort key as well. */
function hasLetters(engine: Storage['engine'], text: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return engine === 'postgres'
    ? sql<SqlBool>`${text} ~ ${sql.lit(CLASS)}`
    : sql<SqlBool>`${text} glob ${sql.lit(`*${CLASS}*`)}`;
}

function folded(text: RawBuilder<unknown>): RawBuilder<unknown> {
  return LETTERS.reduce<RawBuilder<unknown>>(
    (inner, [letter, plain]) => sql`replace(${inner}, ${sql.lit(letter)}, ${sql.lit(plain)})`,
    text,
  );
}

async function createTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`create function fold_letters() returns trigger language plpgsql as $$
    begin
      new.sort_key = ${folded(sql.raw('new.sort_key'))};
      new.search_text = ${folded(sql.raw('new.search_text'))};
      return new;
    end
  $$`.execute(db);
  await sql`create trigger segment_letters before insert or update of sort_key, search_text on segment for each row
    when (${hasLetters('postgres', sql.raw('new.search_text'))}) execute function fold_letters()`.execute(db);
}
