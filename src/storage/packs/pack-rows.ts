import { sql } from 'kysely';
import type { Engine } from '../engine.js';
import { DESTINATION_ORDER, SORT_PREFIX } from '../search-query.js';

/** Of the first query, which does not know yet how long the texts are. */
export const FIRST_ROWS = 100;

const MAX_ROWS = 2_000;

/** About so many characters an answer has, which pass through the answering thread without holding it up. */
const ANSWER_LENGTH = 500_000;

/** What a pack is made of. A failover may lose a commit, and another one has its generation then. */
export interface PackVersion {
  readonly generation: number;
  readonly lastCommit: string | null;
}

/** Some rows of a destination, as it is stored at one moment. */
interface PackRows extends PackVersion {
  /** JSON of `PackRow[]`. */
  readonly json: string;
}

/**
 * Reads what a pack holds of some segments of a destination.
 *
 * @param after primary key of the segment before them; `null`: the first ones
 * @param limit maximum number of segments
 * @returns `null` if there is no such destination, or something is laid over it
 */
export async function readPackRows(
  engine: Engine,
  destinationPk: number,
  after: number | null,
  limit: number,
  signal: AbortSignal,
): Promise<PackRows | null> {
  // The comparison of the prefix follows from the other one, but only the prefix uses the index.
  const isAfter =
    after === null
      ? sql`1 = 1`
      : sql`${SORT_PREFIX} >= (select ${SORT_PREFIX} from segment s where s.pk = ${after})
          and (${DESTINATION_ORDER}) > (select ${DESTINATION_ORDER} from segment s where s.pk = ${after})`;
  const segments = sql`select s.pk, s.status, s.name, s.sort_key, s.search_text from segment s
    where s.destination_pk = ${destinationPk} and ${isAfter}
    order by ${DESTINATION_ORDER} limit ${limit}`;
  const { rows } = await sql<PackRows>`select
      d.generation, d.last_commit as ${sql.ref('lastCommit')}, (${engine.packRows(segments)}) as json
    from destination d where d.pk = ${destinationPk} and d.overlay_pk is null`.execute(
    engine.reader('packs', signal),
  );
  return rows[0] ?? null;
}

/** How many rows the next query asks for. @param length of the answer to the one before */
export function nextLimit(limit: number, length: number): number {
  return Math.min(MAX_ROWS, Math.max(1, Math.floor((limit * ANSWER_LENGTH) / length)));
}

export function isSameVersion(a: PackVersion, b: PackVersion): boolean {
  return a.generation === b.generation && a.lastCommit === b.lastCommit;
}
