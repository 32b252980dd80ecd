import { PackedRevisions, PackedSegments, type Occasion, type PackedParts } from '../segments/index.js';
import { revisionRow, segmentRow } from './row-encoding.js';

/** Rows of one insert statement in packed form, which can be transferred to another thread. */
export type InsertBatch =
  | { readonly table: 'segment'; readonly destinationPk: number; readonly segments: PackedParts }
  | {
      readonly table: 'revision';
      readonly destinationPk: number;
      /** The sequence number of the first revision; the others follow. */
      readonly firstSequence: number;
      readonly segments: PackedParts;
      readonly kinds: Uint8Array<ArrayBuffer>;
      readonly occasion: Occasion;
      /** When the changes were detected, if that was earlier than the time of the occasion; else `null`. */
      readonly detectedAt: number | null;
    };

/**
 * Stands for the parameters of an insert until the statement is executed. Encoding the rows takes longer than
 * everything else that a write costs the answering thread; with SQLite it is done in the SQLite thread
 * instead.
 */
export class DeferredParameters {
  readonly batch: InsertBatch;

  constructor(batch: InsertBatch) {
    this.batch = batch;
  }

  /** @returns the deferred parameters of a query; `null` for a query with ordinary parameters */
  static of([first]: readonly unknown[]): DeferredParameters | null {
    return first instanceof DeferredParameters ? first : null;
  }
}

/** Encodes a batch: the values of all rows, row after row, in the order of the columns. */
export function parametersOf(batch: InsertBatch): unknown[] {
  const { destinationPk } = batch;
  const segments = PackedSegments.from(batch.segments);
  const parameters: unknown[] = [];
  if (batch.table === 'segment') {
    for (const segment of segments) addValues(parameters, segmentRow(destinationPk, segment));
  } else {
    const revisions = new PackedRevisions(segments, batch.kinds, batch.occasion);
    let sequence = batch.firstSequence;
    for (const revision of revisions) {
      addValues(parameters, revisionRow(destinationPk, sequence, revision, batch.detectedAt));
      sequence += 1;
    }
  }
  return parameters;
}

function addValues(parameters: unknown[], row: object): void {
  for (const column in row) parameters.push(row[column as keyof typeof row]);
}
