import type { IdentifierType } from '../segments/index.js';
import type { WorkbookSheets } from './file-error.js';

/** The status of a segment in a file. */
export type ImportStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/** An identifier of a segment, as a file has it. */
export interface FileId {
  /** `null`: the file does not say of which type the identifier is. */
  readonly idType: IdentifierType | null;
  readonly id: string;
  /**
   * Several segments may have it, such as the key of cookies: it is kept with the segment, but no segment is found by
   * it. The first identifier of a row is none of these.
   */
  readonly shared?: true;
}

/** One valid data row of a customer's file: the manual values of one segment. Empty cells are `null`. */
export interface FileRow {
  /** The line of the file where the row starts, starting at 1. */
  readonly line: number;
  /** All identifiers of the row, in order of priority. At least one. */
  readonly ids: readonly FileId[];
  /** Unchanged, including white space at both ends. */
  readonly name: string | null;
  readonly description: string | null;
  readonly status: ImportStatus | null;
}

/** Identifies a destination of a customer. */
export interface DestinationKey {
  readonly customerId: string;
  readonly destinationId: string;
}

/** Why one file row cannot be imported. The other file rows are not affected. */
export interface FileRowMistake {
  /** The line of the file where the row starts, starting at 1. */
  readonly line: number;
  /** What is wrong, and the remedy. */
  readonly reason: string;
  /** What the row says of which segment it is. Its segments are not taken away for being missing from the file. */
  readonly ids?: readonly FileId[];
}

/** What is strange about a file row that is imported nevertheless. */
export interface FileRowWarning {
  /** The line of the file where the row starts, starting at 1. */
  readonly line: number;
  readonly reason: string;
}

/** What a column of a file was taken for. ID: identifiers of which the file does not say what they are. */
export type ColumnUse =
  IdentifierType | 'ID' | 'NAME' | 'DESCRIPTION' | 'STATUS' | 'CUSTOMER' | 'DESTINATION' | 'TRAIT';

/** A column of a file. */
export interface FileColumn {
  readonly title: string;
  /** `null`: it is not used. */
  readonly use: ColumnUse | null;
}

/** The valid file rows of a file and the mistakes in the others, in the order of the file. */
export interface ParsedFile {
  readonly rows: readonly FileRow[];
  /** A file row can have several. */
  readonly mistakes: readonly FileRowMistake[];
  readonly warnings: readonly FileRowWarning[];
  /** What was done with the file as a whole, such as lines that were skipped. Sentences for people. */
  readonly notes: readonly string[];
  /** The one destination that all rows name which name one, if it is not the target: the export of another one. */
  readonly foreign: DestinationKey | null;
  /** The columns of the header, in order. */
  readonly columns: readonly FileColumn[];
  /** `null` if the file is no workbook. */
  readonly sheets: WorkbookSheets | null;
}

/** The cells of one row of a file. */
export interface FileCells {
  /** The line, or the row of a sheet, starting at 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A customer's file before its rows are understood: the text of a CSV or NDJSON file, or the rows of a sheet. */
export type FileContent = {
  /** As in `ParsedFile`. */
  readonly notes: readonly string[];
} & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'rows'; readonly rows: readonly FileCells[]; readonly sheets: WorkbookSheets }
);

/** One segment of an export. */
export interface ExportedSegment {
  /** The mapping ID, or a prefixed identifier such as `sid:80920` of a segment that is only known by hand. */
  readonly id: string;
  readonly sid: string | null;
  readonly alias: string | null;
  readonly value: string | null;
  readonly url: string | null;
  readonly secureUrl: string | null;
  /** Whether it is a trait that is mapped to the destination, and not a segment. */
  readonly isTrait: boolean;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: ImportStatus;
  readonly source: 'AUDIENCE_MANAGER' | 'MANUAL';
  readonly customerId: string;
  readonly destinationId: string;
  /** YYYY-MM-DD. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** When the segment was last confirmed, in RFC 3339; `null` if that is not known. */
  readonly asOf: string | null;
  /** What Audience Manager says of the segment, below what is given by hand; `null` if it has no such segment. */
  readonly listed?: {
    readonly name: string | null;
    readonly description: string | null;
    readonly status: ImportStatus;
  } | null;
}
