/** Which identifier of a segment an ID in a file is. */
export type ImportIdType = 'MAPPING_ID' | 'SID' | 'ALIAS';

export type ImportStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/** One segment as a customer's file names it. Empty cells are `null`. */
export interface ImportRow {
  /** The line of the file where the row starts, from 1. */
  readonly line: number;
  /** `null`: whatever the destination says that its IDs are. */
  readonly idType: ImportIdType | null;
  readonly id: string;
  /** As it came, with its outer spaces. */
  readonly name: string | null;
  readonly description: string | null;
  readonly status: ImportStatus | null;
}

/** A destination of a customer. */
export interface ImportPlace {
  readonly customerId: string;
  readonly destinationId: string;
}

/** A row that cannot be taken over; the other rows can. */
export interface RowMistake {
  /** The line of the file where the row starts, from 1. */
  readonly line: number;
  /** What is wrong and what to do about it. */
  readonly reason: string;
}

/** What a file holds: the rows to take over and what is wrong with the others, both in the file's order. */
export interface ReadFile {
  readonly rows: readonly ImportRow[];
  /** A row can have several. */
  readonly mistakes: readonly RowMistake[];
}

/** One segment of an export. */
export interface ExportRow {
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
