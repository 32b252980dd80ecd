import { storableText } from '../../base/text.js';
import { parseManualOnlyId, type ManualId, type SegmentIdType } from '../../segments/index.js';
import { resultOf, type Candidate } from '../lookup/found.js';
import type { IdKinds } from '../snapshot/id-kinds.js';
import { isManualOnly, type FurtherId, type ManualEntry } from '../snapshot/manual-layer.js';
import type { Segment } from '../snapshot/segment.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** How the IDs of entries are understood that state this kind. */
export type KindsOf = (idType: SegmentIdType) => IdKinds;

/**
 * Why an entry has no segment. AMBIGUOUS: one of its IDs stands for several. CONTRADICTION: its IDs stand for different
 * ones. OTHER_SID: one of its IDs stands for a segment that has another sid than the entry.
 */
export type Unclear = 'AMBIGUOUS' | 'CONTRADICTION' | 'OTHER_SID';

/** The segment that an entry refers to. */
interface ResolvedEntry {
  /** `undefined`: there is none yet. */
  readonly known: Segment | undefined;
  readonly resolved: ManualEntry;
  /** `null`: it is clear which segment the entry refers to, or that there is none. */
  readonly unclear: Unclear | null;
  /** The segments that the entry may refer to, if it is not clear. */
  readonly candidates: readonly Candidate[];
}

type Found = Pick<ResolvedEntry, 'known' | 'candidates'> & { readonly idType: SegmentIdType };

/** Finds the segments that the entries of one edit refer to. */
export class EntryResolver {
  readonly #snapshot: Snapshot;
  readonly #kindsOf: KindsOf;
  /** What IDs that are not the first of their entry were found to be: many entries may share an alias. */
  readonly #others = new Map<string, Found>();

  constructor(snapshot: Snapshot, kindsOf: KindsOf) {
    this.#snapshot = snapshot;
    this.#kindsOf = kindsOf;
  }

  /**
   * Finds the segment by any of the entry's identifiers. A prefixed ID that is not known here comes from the export of
   * another gateway: the entry is resolved to the identifier in it.
   */
  resolve(entry: ManualEntry): ResolvedEntry {
    const first = this.#resolveFirst(entry);
    const { resolved } = first;
    let { known } = first;
    let foundAs = resolved.idType;
    let several = first.candidates;
    for (const other of identifying(entry.others ?? [])) {
      if (known !== undefined && hasIdentifier(known, other)) continue;
      const found = this.find(other);
      const matches = found.known === undefined ? found.candidates : [{ ...found, segment: found.known }];
      if (matches.length === 0) continue;
      const present = known;
      if (present === undefined) {
        if (several.length === 0) several = found.candidates;
        else if (!several.some(({ segment }) => segment.id === found.known?.id)) continue;
        known = found.known;
        foundAs = found.idType;
      } else if (!matches.some(({ segment }) => isSameSegment(present, segment))) {
        const candidates = [{ segment: present, idType: foundAs }, ...matches];
        return { known: undefined, resolved, unclear: 'CONTRADICTION', candidates };
      }
    }
    if (known !== undefined && hasOtherSid(known, resolved)) {
      const candidates = [{ segment: known, idType: foundAs }];
      return { known: undefined, resolved, unclear: 'OTHER_SID', candidates };
    }
    return known !== undefined || several.length === 0
      ? { known, resolved, unclear: null, candidates: [] }
      : { known, resolved, unclear: 'AMBIGUOUS', candidates: several };
  }

  /** The gateway's own IDs of all segments that an identifier may stand for. */
  *idsOf({ id, idType }: ManualId): Generator<string> {
    const parsed = idType === 'MAPPING_ID' ? parseManualOnlyId(id) : null;
    for (const each of parsed === null ? [{ id, idType }] : [{ id, idType }, parsed]) {
      for (const { index } of this.#snapshot.identify(storableText(each.id), this.#kindsOf(each.idType))) {
        yield this.#snapshot.segments.id(index);
      }
    }
  }

  #resolveFirst(entry: ManualEntry): Omit<ResolvedEntry, 'unclear'> {
    const found = findSegment(this.#snapshot, entry, this.#kindsOf);
    const identifier = entry.idType === 'MAPPING_ID' ? parseManualOnlyId(entry.id) : null;
    if (found.known !== undefined || found.candidates.length > 0 || identifier === null) {
      return { ...found, resolved: entry };
    }
    const resolved = { ...entry, ...identifier };
    return { ...findSegment(this.#snapshot, resolved, this.#kindsOf), resolved };
  }

  /** The segment with an identifier. What was found is remembered. */
  find(other: ManualId): Found {
    const key = `${other.idType} ${other.id}`;
    let found = this.#others.get(key);
    if (found === undefined) {
      found = { ...findSegment(this.#snapshot, other, this.#kindsOf), idType: other.idType };
      this.#others.set(key, found);
    }
    return found;
  }
}

/** The segment with an ID, or the segments for which it may stand. */
export function findSegment(
  previous: Snapshot,
  { id, idType }: ManualId,
  kindsOf: KindsOf,
): Pick<ResolvedEntry, 'known' | 'candidates'> {
  const kinds = kindsOf(idType);
  const result = resultOf(previous.segments, previous.identify(storableText(id), kinds), 'UNKNOWN');
  if (result.status === 'AMBIGUOUS') return { known: undefined, candidates: result.candidates };
  const known = result.status === 'FOUND' ? result.segment : undefined;
  // As long as the type of destination is not known, an ID of unstated kind may be another one than it looks like.
  const isCertain = kinds.isCertain || (known !== undefined && isManualOnly(known));
  return { known: isCertain ? known : undefined, candidates: [] };
}

/** The further identifiers by which a segment can be found. A URL is often the same for all segments of a destination. */
function identifying(others: readonly FurtherId[]): readonly ManualId[] {
  return others.filter(({ idType, shared = false }) => !shared && idType !== 'URL');
}

/** Whether a segment has an identifier, as far as its fields tell. */
function hasIdentifier({ sid, alias, value }: Segment, { idType, id }: ManualId): boolean {
  const field = idType === 'SID' ? sid : idType === 'ALIAS' ? alias : idType === 'VALUE' ? value : null;
  return field === id;
}

/**
 * Whether an entry gives a sid, but not that of a segment. A sid stays with its segment; an alias can be changed, and a
 * segment may be mapped several times. A trait has no sid of a segment.
 */
function hasOtherSid({ sid, isTrait }: Segment, { id, idType, others = [] }: ManualEntry): boolean {
  if (sid === null || isTrait) return false;
  const sids = [{ id, idType }, ...identifying(others)].filter((each) => each.idType === 'SID');
  return sids.length > 0 && sids.every((each) => each.id !== sid);
}

/** Whether two records are the same segment, which may be mapped several times. */
function isSameSegment(a: Segment, b: Segment): boolean {
  return a.id === b.id || (a.sid !== null && a.sid === b.sid && a.isTrait === b.isTrait);
}
