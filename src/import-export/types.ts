/** The type of an identifier in a file. */
export type ImportIdType = 'MAPPING_ID' | 'SID' | 'ALIAS';

/** The status of a segment in a file. */
export type ImportStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/** One valid data row of a customer's file: the manual values of one segment. Empty cells are `null`. */
export interface FileRow {
  /** The line of the file where the row starts, starting at 1. */
  readonly line: number;
  /** `null`: the type that the destination uses. */
  readonly idType: ImportIdType | null;
  readonly id: string;
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
}

/** The valid file rows of a file and the mistakes in the others, both in the order of the file. */
export interface ParsedFile {
  readonly rows: readonly FileRow[];
  /** A file row can have several. */
  readonly mistakes: readonly FileRowMistake[];
}

/** One segment of an export. */
export interface ExportedSegment {
  /** The mapping ID. */
  readonly id: string;
  readonly sid: string | null;
  readonly alias: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: ImportStatus;
  readonly source: 'AUDIENCE_MANAGER' | 'MANUAL';
  readonly customerId: string;
  readonly destinationId: string;
  /** YYYY-MM-DD. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** When the segment was last confirmed, in RFC 3339. */
  readonly asOf: string;
}
