import { useTexts } from '../../texts/index.js';
import type { Row } from './found-table.js';

/** A table to be copied or saved. */
export interface ExportedTable {
  readonly header: readonly string[];
  /** Made when it is asked for. */
  readonly rows: () => (string | null)[][];
}

/** The rows as text: one for each ID, and for an ambiguous one a row for each segment that it may stand for. */
export function useExportedRows(rows: readonly Row[]): ExportedTable {
  const { lookUp, parts } = useTexts();
  const { columns, state } = lookUp;
  const header = [
    columns.id,
    columns.name,
    columns.outcome,
    columns.status,
    columns.idType,
    columns.customer,
    columns.customerId,
    columns.place,
    columns.destinationId,
    columns.asOf,
  ];
  const rowsOf = ({ id, finding }: Row): (string | null)[][] => {
    if (finding === null) return [[id, null, state.missing]];
    const matches = finding.outcome === 'found' ? finding.matches.slice(0, 1) : finding.matches;
    const isPartly = finding.outcome === 'found' && finding.unread.length > 0;
    const outcome = isPartly ? state.foundPartly : state[finding.outcome];
    if (matches.length === 0) return [[id, null, outcome]];
    return matches.map(({ segment, idType }) => [
      id,
      segment.name ?? segment.label,
      outcome,
      parts.status[segment.status],
      idType === null ? null : parts.idType[idType],
      segment.customer.name,
      segment.customer.id,
      segment.destination.name,
      segment.destination.destinationId,
      segment.asOf,
    ]);
  };
  return {
    header,
    rows: () =>
      rows.flatMap(rowsOf).map((row) => [...row, ...new Array<null>(header.length - row.length).fill(null)]),
  };
}
