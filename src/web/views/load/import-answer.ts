/** A row of a file, and what is said about it. */
export interface RowNote {
  /** The line of the file, or the row of the sheet; the first is 1. */
  readonly line: number;
  /** What the gateway says, in English. */
  readonly reason: string;
}

/** What a segment is called before or after an import. */
export interface ChangedMetadata {
  readonly name: string | null;
  readonly description: string | null;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';
}

/** What an import changes of one segment. */
export interface ImportChange {
  readonly kind: 'CREATED' | 'RENAMED' | 'UPDATED' | 'REMOVED';
  readonly line: number | null;
  readonly segmentId: string;
  readonly mappingId: string | null;
  readonly from: ChangedMetadata | null;
  readonly to: ChangedMetadata;
}

/** What a column was taken for. */
export type ColumnUse =
  | 'MAPPING_ID'
  | 'SID'
  | 'ID'
  | 'KEY_VALUE'
  | 'VALUE'
  | 'ALIAS'
  | 'URL'
  | 'NAME'
  | 'DESCRIPTION'
  | 'STATUS'
  | 'CUSTOMER'
  | 'DESTINATION'
  | 'TRAIT';

/** A column of the file. */
export interface FileColumn {
  readonly title: string;
  /** `null`: it is not used. */
  readonly use: ColumnUse | null;
}

/** Number of segments and rows by what an import did with them. */
export interface ImportCounts {
  readonly created: number;
  readonly renamed: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly kept: number;
  readonly rejected: number;
}

/** How many mistakes, warnings and changes an answer lists at most. The counts are of all of them. */
export const MOST_LISTED = 1_000;

/** The answer to `POST /import`. */
export interface ImportAnswer extends ImportCounts {
  readonly applied: boolean;
  readonly importId: string | null;
  readonly mistakes: readonly RowNote[];
  readonly warnings: readonly RowNote[];
  readonly notes: readonly string[];
  readonly changes: readonly ImportChange[];
  readonly columns: readonly FileColumn[];
  /** The sheet that was read; `null`: the file is no workbook. */
  readonly sheet: string | null;
  readonly sheets: readonly string[];
}

/** The columns and sheets that a person may choose from. */
export interface FileHeader {
  readonly columns: readonly FileColumn[];
  readonly sheet: string | null;
  readonly sheets: readonly string[];
}

/** Number of segments that an import changes. */
export function changedBy({ created, renamed, updated, removed }: ImportCounts): number {
  return created + renamed + updated + removed;
}
