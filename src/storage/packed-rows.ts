import { PackedRevisions, PackedSegments, type Occasion, type PackedParts } from '../segments/index.js';
import { revisionRow, segmentRow } from './inserted-rows.js';

/** Rows to insert, as they are handed from thread to thread. */
export type PackedRows =
  | { readonly table: 'segment'; readonly destination: number; readonly segments: PackedParts }
  | {
      readonly table: 'revision';
      readonly destination: number;
      readonly segments: PackedParts;
      readonly kinds: Uint8Array<ArrayBuffer>;
      readonly occasion: Occasion;
    };

/**
 * The parameters of an insert, not made yet. To make them of segments takes longer than all else that storing asks
 * of the thread that answers, so it is left to whoever executes the statement.
 */
export class DeferredParameters {
  readonly rows: PackedRows;

  constructor(rows: PackedRows) {
    this.rows = rows;
  }

  /** Those of a query, if it has such. */
  static of([only]: readonly unknown[]): DeferredParameters | null {
    return only instanceof DeferredParameters ? only : null;
  }
}

/** The values of all rows, one behind the other. */
export function parametersOf(rows: PackedRows): unknown[] {
  const { destination } = rows;
  const segments = PackedSegments.from(rows.segments);
  const parameters: unknown[] = [];
  if (rows.table === 'segment') {
    for (const segment of segments) addValues(parameters, segmentRow(destination, segment));
  } else {
    const revisions = new PackedRevisions(segments, rows.kinds, rows.occasion);
    for (const revision of revisions) addValues(parameters, revisionRow(destination, revision));
  }
  return parameters;
}

function addValues(parameters: unknown[], row: object): void {
  for (const column in row) parameters.push(row[column as keyof typeof row]);
}
