import {
  manualOnlyId,
  parseManualOnlyId,
  type ManualId,
  type ManualLayer,
  type SegmentStatus,
} from '../../segments/index.js';
import type { Segment } from './segment.js';

/** An identifier of an entry besides the first one. */
export interface FurtherId extends ManualId {
  /** Whether other segments may have it too: it is kept with the segment, but no segment is found by it. */
  readonly shared?: boolean;
}

/**
 * A manual entry for one segment. `undefined`: the entry does not set the field. `null`: the manual value of the field is
 * taken away.
 */
export interface ManualEntry extends ManualId {
  /** Further identifiers of the same segment, in order of priority. Default: none. */
  readonly others?: readonly FurtherId[];
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly status?: SegmentStatus | null | undefined;
}

/** Who made a manual change, and when (in milliseconds since the epoch). */
export interface Authorship {
  readonly by: string;
  readonly at: number;
}

/**
 * How an entry is combined with a segment.
 *
 * - SET: all fields of the entry are set, also those that equal Audience Manager's value.
 * - MERGE: only fields that differ from the segment's value are set.
 * - REPLACE: as MERGE, and fields that are not in the entry are no longer set manually.
 */
export type EditMode = 'SET' | 'MERGE' | 'REPLACE';

/** The fields that can be set manually; `null` where they are not. */
type ManualFields = Pick<ManualLayer, 'name' | 'description' | 'status'>;

const NO_FIELDS: ManualFields = { name: null, description: null, status: null };

/** The mapping ID of a segment; `null` if it is only known by a manual entry under another identifier. */
export function mappingIdOf(segment: Segment): string | null {
  return isManualOnly(segment) && parseManualOnlyId(segment.id) !== null ? null : segment.id;
}

/** Whether a segment is manual-only: Audience Manager has never listed it. */
export function isManualOnly(segment: Segment): boolean {
  return segment.source === 'MANUAL' && (segment.manual === null || segment.manual.base === null);
}

/** Lays a manual layer over the metadata that Audience Manager has for a segment now. */
export function withManualLayer(listed: Segment, layer: ManualLayer): Segment {
  return overlay(listed, { ...layer, base: listedValuesOf(listed) });
}

/** Lays an earlier manual layer over a segment again, in place of the present one. */
export function restoreLayer(segment: Segment, earlier: ManualLayer): Segment {
  return overlay(segment, { ...earlier, base: baseOf(segment) });
}

/** What Audience Manager says of a segment; `null` if it never had the segment. */
function baseOf(segment: Segment): ManualLayer['base'] {
  if (segment.manual !== null) return segment.manual.base;
  return isManualOnly(segment) ? null : listedValuesOf(segment);
}

/** What Audience Manager says of a segment that has no manual layer. */
function listedValuesOf({
  name,
  description,
  status,
  confirmedAt,
}: Segment): NonNullable<ManualLayer['base']> {
  return { name, description, status, ...(confirmedAt !== null && { confirmedAt }) };
}

/** A segment of which a listing left open whether there is any. @param confirmedAt when the listing before was read */
export function unconfirmed(segment: Segment, confirmedAt: number | null): Segment {
  const { manual } = segment;
  const base = manual?.base ?? null;
  if (manual === null || base === null || confirmedAt === null) {
    return { ...segment, confirmedAt: segment.confirmedAt ?? confirmedAt };
  }
  return {
    ...segment,
    manual: { ...manual, base: { ...base, confirmedAt: base.confirmedAt ?? confirmedAt } },
  };
}

/** Merges the layers of two segments that turn out to be the same one: for each field the newer value wins. */
export function mergeLayers(a: ManualLayer, b: ManualLayer): ManualLayer {
  const [older, newer] = a.at <= b.at ? [a, b] : [b, a];
  return {
    ...newer,
    name: newer.name ?? older.name,
    description: newer.description ?? older.description,
    status: newer.status ?? older.status,
    base: newer.base ?? older.base,
  };
}

function overlay(segment: Segment, layer: ManualLayer): Segment {
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

/** Creates a manual-only segment. It has all identifiers of the entry for which a segment has a field. */
export function createManualOnly(entry: ManualEntry, { at, by }: Authorship): Segment {
  const ids = [entry, ...(entry.others ?? [])];
  const idOf = (idType: ManualId['idType']): string | null =>
    ids.find((each) => each.idType === idType)?.id ?? null;
  const url = idOf('URL');
  const blank: Segment = {
    id: manualOnlyId(entry),
    sid: idOf('SID'),
    alias: idOf('ALIAS'),
    name: null,
    description: null,
    status: 'ACTIVE',
    startDate: null,
    endDate: null,
    createdAt: null,
    updatedAt: null,
    value: idOf('VALUE'),
    url,
    secureUrl: ids.find((each) => each.idType === 'URL' && each.id !== url)?.id ?? null,
    isTrait: false,
    source: 'MANUAL',
    confirmedAt: at,
    manual: null,
  };
  return overlay(blank, { ...valuesOf(entry), at, by, base: null });
}

/**
 * Applies an entry to a segment. Returns the same object if the entry changes nothing, so that importing an unchanged
 * export leaves no revisions.
 */
export function applyEntry(
  segment: Segment,
  entry: ManualEntry,
  authorship: Authorship,
  mode: EditMode,
): Segment {
  const layer = segment.manual;
  if (layer === null && isManualOnly(segment)) return restoreManualOnly(segment, entry, authorship, mode);
  const fields: ManualFields = {
    name: manualValueOf('name', segment, entry, mode),
    description: manualValueOf('description', segment, entry, mode),
    status: manualValueOf('status', segment, entry, mode),
  };
  if (sameFields(fields, layer ?? NO_FIELDS)) return segment;
  // A manual-only segment without any value is one that was taken away again.
  if (sameFields(fields, NO_FIELDS)) return withoutManualLayer(segment, authorship);
  return overlay(segment, { ...fields, ...authorship, base: baseOf(segment) });
}

/** The manual value of a field after an entry was applied; `null` if the field is not set manually. */
function manualValueOf<F extends keyof ManualFields>(
  field: F,
  segment: Segment,
  entry: ManualEntry,
  mode: EditMode,
): ManualFields[F] {
  const value = entry[field] as ManualFields[F] | undefined;
  const before: ManualFields[F] = segment.manual?.[field] ?? null;
  if (value === null) return null;
  if (value === undefined) return mode === 'REPLACE' ? null : before;
  // A file made from an export repeats Audience Manager's values. They must not become manual values, or they would
  // hide later changes in Audience Manager.
  return mode !== 'SET' && value === segment[field] ? before : value;
}

/** The values that an entry sets. */
function valuesOf({ name = null, description = null, status = null }: ManualEntry): ManualFields {
  return { name, description, status };
}

function sameFields(a: ManualFields, b: ManualFields): boolean {
  return a.name === b.name && a.description === b.description && a.status === b.status;
}

/** Applies an entry to a manual-only segment whose manual entry had been removed. */
function restoreManualOnly(
  segment: Segment,
  entry: ManualEntry,
  authorship: Authorship,
  mode: EditMode,
): Segment {
  const values = valuesOf(entry);
  // There is nothing left to take away.
  if (sameFields(values, NO_FIELDS)) return segment;
  const name = entry.name === undefined ? segment.name : entry.name;
  const description = entry.description === undefined ? segment.description : entry.description;
  const { status } = values;
  if (mode !== 'SET' && sameFields({ name, description, status }, segment)) return segment;
  return overlay(segment, { name, description, status, ...authorship, base: null });
}

/** Removes the manual layer. A manual-only segment keeps its metadata and becomes DELETED. */
export function withoutManualLayer(segment: Segment, { at }: Authorship): Segment {
  const base = segment.manual?.base ?? null;
  if (base === null) return { ...segment, status: 'DELETED', manual: null, confirmedAt: at };
  const { confirmedAt = null } = base;
  return { ...segment, ...base, source: 'AUDIENCE_MANAGER', manual: null, confirmedAt };
}
