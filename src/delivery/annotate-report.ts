import type { CountedId, IdCounts } from './annotate-tally.js';
import { IDENTIFIER_TYPES, MAX_LOOKED_UP, type Named, type NameSource } from './name-source.js';

/** How many IDs are looked up as other kinds. */
const MAX_EXPLAINED = MAX_LOOKED_UP;

const KINDS: Readonly<Record<(typeof IDENTIFIER_TYPES)[number], string>> = {
  SID: 'the sid',
  MAPPING_ID: 'the mapping ID',
  ALIAS: 'the alias',
  VALUE: 'the value',
  KEY_VALUE: 'key and value',
  URL: 'the address',
};

/** IDs without a name for the same reason. */
export interface Unnamed {
  readonly reason: string;
  /** The most frequent first, with what is particular about each. */
  readonly ids: readonly (CountedId & { readonly detail: string | null })[];
}

const OTHER_KIND =
  'These are other identifiers of known segments, not the kind that the data of this destination hold according to its settings. Check segmentIdType.';
const AMBIGUOUS =
  'These stand for several segments, so that no name is certain. State which kind of ID the data hold (segmentIdType).';
const UNCHECKED =
  'These are new or unknown. Audience Manager could not be asked about them just now. Repeat it later.';
const DELETED = 'These segments were deleted, and had no name before.';
const UNNAMED = 'These segments are known, but have no name in Audience Manager.';
const NEVER_LISTED =
  'Audience Manager has never listed these for this destination. They may be test segments, segments that were deleted long ago, or segments that are mapped to another destination.';
const NOT_EXAMINED = 'There are more IDs without a name, which were not looked into.';

/**
 * Why IDs have no name, as far as that can be found out.
 *
 * @param source where they were looked up
 * @throws whatever looking up throws
 */
export async function explainUnnamed({ unnamed }: IdCounts, source: NameSource): Promise<Unnamed[]> {
  const unknown = unnamed.filter(({ named }) => named.outcome === 'UNKNOWN').slice(0, MAX_EXPLAINED);
  const others = await asOtherKinds(
    unknown.map(({ named }) => named.id),
    source,
  );
  const groups = new Map<string, (CountedId & { detail: string | null })[]>();
  const examined = new Set(unknown.map(({ named }) => named.id));
  for (const counted of unnamed) {
    const { named } = counted;
    const detail = others.get(named.id) ?? null;
    const isLeftOut = named.outcome === 'UNKNOWN' && !examined.has(named.id);
    const reason = isLeftOut ? NOT_EXAMINED : detail !== null ? OTHER_KIND : reasonOf(named);
    const group = groups.get(reason) ?? [];
    group.push({ ...counted, detail });
    groups.set(reason, group);
  }
  const order = [OTHER_KIND, AMBIGUOUS, UNNAMED, DELETED, NEVER_LISTED, UNCHECKED, NOT_EXAMINED];
  return order.flatMap((reason) => {
    const ids = groups.get(reason);
    return ids === undefined ? [] : [{ reason, ids }];
  });
}

function reasonOf(named: Named): string {
  switch (named.outcome) {
    case 'FOUND':
      return named.status === 'DELETED' ? DELETED : UNNAMED;
    case 'AMBIGUOUS':
      return AMBIGUOUS;
    case 'UNCHECKED':
      return UNCHECKED;
    case 'UNKNOWN':
      return NEVER_LISTED;
  }
}

/** As what else IDs are found, in words. */
async function asOtherKinds(ids: readonly string[], source: NameSource): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (ids.length === 0) return found;
  for (const idType of IDENTIFIER_TYPES) {
    if (idType === source.segmentIdType) continue;
    for (const named of await source.lookUp(ids, idType)) {
      if (named.outcome !== 'FOUND' || found.has(named.id)) continue;
      found.set(
        named.id,
        `${KINDS[idType]} of ${named.name === null ? 'a segment without a name' : JSON.stringify(named.name)}`,
      );
    }
  }
  return found;
}

/**
 * A text that can be sent to the customer.
 *
 * @param title names the destination and the files
 * @param maxShown how many IDs are listed for each reason
 */
export function unnamedReport(
  title: string,
  { distinct, isMore, isMoreUnnamed }: IdCounts,
  groups: readonly Unnamed[],
  maxShown = Infinity,
): string {
  const count = groups.reduce((sum, { ids }) => sum + ids.length, 0);
  const lines = [
    title,
    `${isMoreUnnamed ? 'More than ' : ''}${count} of ${isMore ? 'more than ' : ''}${distinct} different segment IDs have no name.`,
  ];
  for (const { reason, ids } of groups) {
    lines.push('', reason);
    for (const { named, count: times, detail } of ids.slice(0, maxShown)) {
      const what = detail === null ? '' : `: ${detail}`;
      lines.push(`  ${named.id} (${times === 1 ? 'once' : `${times} times`})${what}`);
    }
    if (ids.length > maxShown) lines.push(`  … and ${ids.length - maxShown} more`);
  }
  if (isMoreUnnamed && !groups.some(({ reason }) => reason === NOT_EXAMINED)) lines.push('', NOT_EXAMINED);
  return `${lines.join('\n')}\n`;
}
