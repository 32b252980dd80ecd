import type { ManualLayer } from '../../storage/index.js';
import type { MappingStatus } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import type { Segment } from './segment.js';

/** What somebody says about a segment; `null` fields say nothing. */
export interface ManualEntry {
  readonly idType: SegmentIdType;
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: MappingStatus | null;
}

/** Who says it, and when (milliseconds since the epoch). */
export interface Authorship {
  readonly by: string;
  readonly at: number;
}

/**
 * How an entry meets what is there. SET: all that it says is kept, even where Audience Manager says the same
 * now. MERGE: only what is news. REPLACE: the same, and what it does not say is no longer said by hand.
 */
export type EditMode = 'SET' | 'MERGE' | 'REPLACE';

type Said = Pick<ManualLayer, 'name' | 'description' | 'status'>;

const PREFIXES = { SID: 'sid:', ALIAS: 'alias:', MAPPING_ID: '' } as const;

/**
 * The ID of a segment that only the customer knows. By another identifier than the mapping ID it has a prefix,
 * so that it is never taken for the mapping that happens to have the same number.
 */
export function standaloneId({ idType, id }: Pick<ManualEntry, 'idType' | 'id'>): string {
  return `${PREFIXES[idType]}${id}`;
}

/** What an ID made by `standaloneId` stands for, where it has a prefix. */
export function standaloneKey(id: string): Pick<ManualEntry, 'idType' | 'id'> | null {
  for (const idType of ['SID', 'ALIAS'] as const) {
    const prefix = PREFIXES[idType];
    if (id.startsWith(prefix) && id.length > prefix.length) return { idType, id: id.slice(prefix.length) };
  }
  return null;
}

/** Whether a segment is known by hand alone. */
export function isStandalone(segment: Segment): boolean {
  return segment.source === 'MANUAL' && (segment.manual === null || segment.manual.base === null);
}

/** What Audience Manager says now, with the manual layer that a segment has over it. */
export function rebased(listed: Segment, layer: ManualLayer): Segment {
  const { name, description, status } = listed;
  return lay(listed, { ...layer, base: { name, description, status } });
}

/** One layer of two that turn out to be about the same segment: of each field the newer word. */
export function joined(a: ManualLayer, b: ManualLayer): ManualLayer {
  const [older, newer] = a.at <= b.at ? [a, b] : [b, a];
  return {
    ...newer,
    name: newer.name ?? older.name,
    description: newer.description ?? older.description,
    status: newer.status ?? older.status,
    base: newer.base ?? older.base,
  };
}

function lay(segment: Segment, layer: ManualLayer): Segment {
  const base = layer.base ?? { name: null, description: null, status: 'ACTIVE' as const };
  return {
    ...segment,
    name: layer.name ?? base.name,
    description: layer.description ?? base.description,
    status: layer.status ?? base.status,
    source: 'MANUAL',
    confirmedAt: layer.at,
    manual: layer,
  };
}

/** A segment that only the customer knows. */
export function standalone(entry: ManualEntry, { at, by }: Authorship): Segment {
  const { idType, name, description, status } = entry;
  const blank: Segment = {
    id: standaloneId(entry),
    sid: idType === 'SID' ? entry.id : null,
    alias: idType === 'ALIAS' ? entry.id : null,
    name: null,
    description: null,
    status: 'ACTIVE',
    startDate: null,
    endDate: null,
    createdAt: null,
    updatedAt: null,
    source: 'MANUAL',
    confirmedAt: at,
    manual: null,
  };
  return lay(blank, { name, description, status, at, by, base: null });
}

/** The same object where the entry says nothing new, so that what was exported comes back without a trace. */
export function overlaid(
  segment: Segment,
  entry: ManualEntry,
  authorship: Authorship,
  mode: EditMode,
): Segment {
  const layer = segment.manual;
  if (layer === null && isStandalone(segment)) return revived(segment, entry, authorship, mode);
  const said: Said = {
    name: saidOf('name', segment, entry, mode),
    description: saidOf('description', segment, entry, mode),
    status: saidOf('status', segment, entry, mode),
  };
  if (sameWords(said, layer ?? SILENCE)) return segment;
  if (sameWords(said, SILENCE) && !isStandalone(segment)) return withoutManual(segment, authorship);
  const { name, description, status } = segment;
  return lay(segment, {
    ...said,
    ...authorship,
    base: layer === null ? { name, description, status } : layer.base,
  });
}

const SILENCE: Said = { name: null, description: null, status: null };

function saidOf<F extends keyof Said>(
  field: F,
  segment: Segment,
  entry: ManualEntry,
  mode: EditMode,
): Said[F] {
  const given: Said[F] = entry[field];
  const before: Said[F] = segment.manual?.[field] ?? null;
  if (given === null) return mode === 'REPLACE' ? null : before;
  // A row of an export says what Audience Manager says; that must not hold when Audience Manager moves on.
  return mode !== 'SET' && given === segment[field] ? before : given;
}

function sameWords(a: Said, b: Said): boolean {
  return a.name === b.name && a.description === b.description && a.status === b.status;
}

/** A segment of the customer's own that was taken away and is given again. */
function revived(segment: Segment, entry: ManualEntry, authorship: Authorship, mode: EditMode): Segment {
  const name = entry.name ?? segment.name;
  const description = entry.description ?? segment.description;
  const { status } = entry;
  if (mode !== 'SET' && sameWords({ name, description, status }, segment)) return segment;
  return lay(segment, { name, description, status, ...authorship, base: null });
}

/** Audience Manager's word alone; where it has none, the name stays as that of a deleted segment. */
export function withoutManual(segment: Segment, { at }: Authorship): Segment {
  const base = segment.manual?.base ?? null;
  if (base === null) return { ...segment, status: 'DELETED', manual: null, confirmedAt: at };
  return { ...segment, ...base, source: 'AUDIENCE_MANAGER', manual: null, confirmedAt: null };
}
