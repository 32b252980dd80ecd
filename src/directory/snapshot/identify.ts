import {
  manualOnlyId,
  type IdentifierType,
  type PackedSegments,
  type SegmentIdType,
} from '../../segments/index.js';
import { hasAliasMacro, type IdKinds } from './id-kinds.js';
import { isManualOnly, mappingIdOf } from './manual-layer.js';
import { preferred, type Segment } from './segment.js';

/** A segment that has an ID, and as which kind of identifier. AUTO: a manual entry for an ID of unstated kind. */
export interface Match {
  /** Index of the record. */
  readonly index: number;
  readonly idType: SegmentIdType;
}

/** Finds the records that have an identifier. */
export interface IdentifierLookup {
  readonly segments: PackedSegments;
  /** Whether any segment is only known by a manual entry. */
  readonly hasManualOnly: boolean;
  /** Indices of all records with this identifier. */
  indicesOf(id: string, idType: IdentifierType, kinds: IdKinds): readonly number[];
}

const STATED_TYPES: readonly IdentifierType[] = ['SID', 'MAPPING_ID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL'];

/**
 * All records that an ID may stand for, by kind, in the order of `kinds.types`.
 *
 * Entries by hand were typed for the IDs of this destination, so AUTO finds them under every kind, if nothing else has
 * the ID.
 */
export function matchesOf(lookup: IdentifierLookup, id: string, kinds: IdKinds): Match[] {
  const matches: Match[] = [];
  for (const idType of kinds.types) {
    for (const index of lookup.indicesOf(id, idType, kinds)) {
      if (isSentAs(lookup.segments, index, idType, kinds)) matches.push({ index, idType });
    }
  }
  if (!lookup.hasManualOnly) return matches;
  if (kinds.findsUnstated || kinds.types.includes('MAPPING_ID')) {
    // An entry that was taken away again is only of interest if nothing else has the ID.
    const unstated = unstatedIndices(lookup, id, kinds).filter(
      ({ index }) => matches.length === 0 || lookup.segments.at(index)?.manual !== null,
    );
    // The entry continues as the one segment that has the ID, from the next listing on. Until then it is the answer.
    if (unstated.length > 0 && isOneSegment(lookup.segments, matches)) return unstated;
    matches.push(...unstated);
  }
  if (matches.length > 0 || !kinds.isAuto) return matches;
  for (const idType of STATED_TYPES) {
    const key = manualOnlyId({ idType, id });
    for (const index of lookup.indicesOf(key, 'MAPPING_ID', kinds)) {
      const segment = lookup.segments.at(index);
      if (segment !== undefined && isManualOnly(segment)) matches.push({ index, idType });
    }
  }
  return matches;
}

/** The entries by hand for an ID of unstated kind. The first version also kept mapping IDs in this way. */
function unstatedIndices(lookup: IdentifierLookup, id: string, kinds: IdKinds): Match[] {
  const keys = [
    ...(kinds.findsUnstated ? [manualOnlyId({ idType: 'AUTO', id })] : []),
    manualOnlyId({ idType: 'AUTO', id }, 'FIRST_VERSION'),
  ];
  return keys.flatMap((key) =>
    lookup.indicesOf(key, 'MAPPING_ID', kinds).map((index) => ({ index, idType: 'AUTO' as const })),
  );
}

/** Whether a destination of this kind sends the segment by this identifier. */
function isSentAs(
  segments: PackedSegments,
  index: number,
  idType: IdentifierType,
  { isAuto, urlRule }: IdKinds,
): boolean {
  if (!isAuto) return true;
  // The sid of a trait is not the ID of a segment.
  if (idType === 'SID' && segments.isTrait(index)) return false;
  if (urlRule === null || idType === 'URL') return true;
  // A URL destination sends the sid in place of a missing alias.
  if (idType === 'SID' && segments.text(index, 'alias') !== null) return false;
  return (
    urlRule === 'SERIALIZED' ||
    hasAliasMacro(segments.text(index, 'url')) ||
    hasAliasMacro(segments.text(index, 'secureUrl'))
  );
}

/**
 * Reduces matches to those that differ: one for each segment. A segment may be mapped several times. Of the segments
 * that have an ID as the same kind, deleted ones do not count if there is another: identifiers are used again. A manual
 * entry that was taken away does not count if there is anything else.
 *
 * @returns one match: that is the segment; several: the ID is ambiguous
 */
export function distinctMatches(segments: PackedSegments, matches: readonly Match[]): Match[] {
  if (matches.length < 2) return [...matches];
  const present = matches.filter(({ index }) => !isTakenAway(segments, index));
  const counted = present.length > 0 ? present : matches;
  const bySegment = new Map<string, Match>();
  for (const idType of new Set(counted.map((match) => match.idType))) {
    const ofType = counted.filter((match) => match.idType === idType);
    const live = ofType.filter(({ index }) => segments.status(index) !== 'DELETED');
    for (const match of live.length > 0 ? live : ofType) {
      const key = segmentKey(segments, match.index);
      const other = bySegment.get(key);
      if (other === undefined) bySegment.set(key, match);
      else if (other.idType === idType) bySegment.set(key, preferredMatch(segments, other, match));
    }
  }
  return [...bySegment.values()];
}

/** Whether a segment is only known by a manual entry that was taken away again. */
function isTakenAway(segments: PackedSegments, index: number): boolean {
  return (
    segments.status(index) === 'DELETED' &&
    segments.source(index) === 'MANUAL' &&
    segments.at(index)?.manual === null
  );
}

function isOneSegment(segments: PackedSegments, matches: readonly Match[]): boolean {
  return distinctMatches(segments, matches).length === 1;
}

/** Equal for mappings of the same segment. */
function segmentKey(segments: PackedSegments, index: number): string {
  const sid = segments.text(index, 'sid');
  return sid === null ? `${index}` : `${segments.isTrait(index) ? 'trait' : 'segment'} ${sid}`;
}

function preferredMatch(segments: PackedSegments, a: Match, b: Match): Match {
  const [first, second] = [segments.at(a.index), segments.at(b.index)];
  return first !== undefined && second !== undefined && preferred(first, second) === second ? b : a;
}

/** One identifier of a segment; `null` if it has none of that kind. */
export function identifierOf(
  segment: Segment,
  idType: IdentifierType,
  { keySeparator, singleKey }: Pick<IdKinds, 'keySeparator' | 'singleKey'>,
): string | null {
  const { sid, alias, value, url, secureUrl } = segment;
  switch (idType) {
    case 'SID':
      return sid;
    case 'MAPPING_ID':
      return mappingIdOf(segment);
    case 'ALIAS':
      return alias;
    case 'VALUE':
      return value;
    case 'KEY_VALUE': {
      const key = alias ?? singleKey;
      return key === null || value === null ? null : `${key}${keySeparator}${value}`;
    }
    case 'URL':
      return url ?? secureUrl;
  }
}
