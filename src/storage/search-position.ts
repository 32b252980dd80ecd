import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { storableText } from '../base/text.js';
import { SORT_PREFIX_LENGTH } from './schema.js';
import { SEARCH_ORDER, SORT_PREFIX } from './search-query.js';
import { sortKey } from './text.js';
import type { SearchPosition } from './types.js';

/**
 * A condition: a segment comes after a position in `SEARCH_ORDER`. The comparison of the prefix follows from the comparison of
 * the positions, but only the prefix uses the index.
 */
export function isAfter(position: SearchPosition): RawBuilder<SqlBool> {
  return sql`${SORT_PREFIX} >= ${prefixOf(position)} and (${SEARCH_ORDER}) > (${tuple(position)})`;
}

/** A condition: a segment comes before a position, or is at it. */
export function isUpTo(position: SearchPosition): RawBuilder<SqlBool> {
  return sql`${SORT_PREFIX} <= ${prefixOf(position)} and (${SEARCH_ORDER}) <= (${tuple(position)})`;
}

/** A position as a tuple that compares with `SEARCH_ORDER`. */
function tuple(position: SearchPosition): RawBuilder<unknown> {
  const name = position.name === null ? null : storableText(position.name);
  return sql.join([
    prefixOf(position),
    sortKey(name),
    name ?? '',
    storableText(position.id),
    storableText(position.customerId),
    storableText(position.destinationId),
  ]);
}

/** The first characters of the sort key. The engines count code points, not UTF-16 code units. */
function prefixOf(position: SearchPosition): string {
  const key = sortKey(position.name === null ? null : storableText(position.name));
  return Array.from(key.slice(0, 2 * SORT_PREFIX_LENGTH))
    .slice(0, SORT_PREFIX_LENGTH)
    .join('');
}
