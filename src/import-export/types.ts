import type { IdentifierType } from '../segments/index.js';

/** The status of a segment in a file. */
export type ImportStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/** One valid data row of a customer's file: the manual values of one segment. Empty cells are `null`. */
export interface FileRow {
  /** The line of the file where the row starts, starting at 1. */
  readonly line: number;
  /** `null`: the file does not say of which type the identifier is. */
  readonly idType: IdentifierType | null;
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
}
