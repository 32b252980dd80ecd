import { sql, type Selectable } from 'kysely';
import type { DestinationTable } from './tables.js';

/**
 * A large commit that is laid over a destination. Its rows were written before, in short transactions, as rows of a
 * destination that nobody knows. One short transaction lays them over the destination: from then on, whoever reads the
 * destination sees them instead of its own rows with the same IDs. Short transactions move them into the destination
 * afterwards, which changes nothing for readers. See `StagedCommit` and `OverlayKeeper`.
 */
export interface Overlay {
  /** Primary key of the destination that has the rows. */
  readonly pk: number;
  /** Time of the commit, which its revisions have until they are moved under another one. */
  readonly at: number;
}

/** Where the rows of a destination are. */
export interface Places {
  readonly pk: number;
  /** `null`: all are under `pk`. */
  readonly overlay: Overlay | null;
}

/** The columns that say where the rows of a destination are. */
export const PLACE_COLUMNS = [
  'pk',
  'overlay_pk',
  'overlay_at',
] as const satisfies readonly (keyof DestinationTable)[];

export function placesOf(row: Pick<Selectable<DestinationTable>, (typeof PLACE_COLUMNS)[number]>): Places {
  const { pk, overlay_pk: overlayPk, overlay_at: at } = row;
  return { pk, overlay: overlayPk === null || at === null ? null : { pk: overlayPk, at } };
}

/** The primary keys under which the rows of a destination are. */
export function pksOf({ pk, overlay }: Places): [number, ...number[]] {
  return overlay === null ? [pk] : [pk, overlay.pk];
}

/** The present time of a revision, whose row may not have it yet. */
export function dated<Row extends { readonly destination_pk: number; readonly at: number }>(
  row: Row,
  { overlay }: Places,
): Row {
  return overlay !== null && row.destination_pk === overlay.pk ? { ...row, at: overlay.at } : row;
}

/** A condition on a segment: it is not hidden by what is laid over its destination. */
export function isNotShadowed(segment: string, destination: string) {
  return sql<boolean>`not exists (
    select 1 from shadowed_segment x
    where x.overlay_pk = ${sql.ref(`${destination}.overlay_pk`)} and x.segment_id = ${sql.ref(`${segment}.id`)})`;
}
