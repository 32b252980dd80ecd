import type { Generated } from 'kysely';
import type { RevisionKind, StoredSource, StoredStatus } from './types.js';

/**
 * The tables, which are the same in both engines. Times are milliseconds since the epoch; objects are JSON
 * text.
 */
export interface Tables {
  destination: DestinationTable;
  segment: SegmentTable;
  revision: RevisionTable;
  revision_commit: RevisionCommitTable;
  file_import: FileImportTable;
  import_change: ImportChangeTable;
  shadowed_segment: ShadowedSegmentTable;
  lease: LeaseTable;
  token: TokenTable;
  log_in: LogInTable;
  discovery: DiscoveryTable;
}

/** One row per destination. The columns are those of `DestinationState`. */
export interface DestinationTable {
  pk: Generated<number>;
  customer_id: string;
  destination_id: string;
  generation: number;
  as_of: number | null;
  segment_count: number;
  last_attempt_at: number | null;
  next_attempt_at: number | null;
  retry_at: number | null;
  failures: number;
  last_error_code: string | null;
  last_error_message: string | null;
  last_error_at: number | null;
  details: string | null;
  details_read_at: number | null;
  /** Identifies the last commit that raised the generation. A gateway of an earlier version leaves it as it is. */
  last_commit: string | null;
  /** From when on the history is complete. Before, only the last change of each segment is left. `null`: all is there. */
  complete_since: number | null;
  /** Up to this number, revisions that later ones replace were removed. Behind it, the numbers have no gaps. */
  condensed_to: Generated<number>;
  /** The destination whose rows are laid over those of this one: see `Overlay`. */
  overlay_pk: number | null;
  /** Time of the commit that is laid over this destination. */
  overlay_at: number | null;
  /** The destination over which the rows of this one are laid; `null`: over none. */
  overlay_of: number | null;
}

/** One row per segment. */
export interface SegmentTable {
  pk: Generated<number>;
  destination_pk: number;
  id: string;
  sid: string | null;
  alias: string | null;
  name: string | null;
  description: string | null;
  status: StoredStatus;
  start_date: string | null;
  end_date: string | null;
  created_at: number | null;
  updated_at: number | null;
  source: StoredSource;
  confirmed_at: number | null;
  manual: string | null;
  value: string | null;
  url: string | null;
  secure_url: string | null;
  /** 1: the mapping is of a trait; 0: of a segment. SQLite has no boolean type. */
  is_trait: Generated<number>;
  /** The column to sort by: see `sortKey`. */
  sort_key: string;
  /** The column to search in: see `searchText`. */
  search_text: string;
}

/** One row per change of a segment. */
export interface RevisionTable {
  /** Counts over all destinations. It must not be shown: it tells how much happens elsewhere. */
  number: Generated<number>;
  destination_pk: number;
  /** Counts 1, 2, 3 … within the destination. */
  sequence: number;
  segment_id: string;
  /** Never earlier than that of the revision before. */
  at: number;
  /**
   * When the change was detected, if that was so much earlier that a look into the past has to know, or if the change
   * repeats one of another segment ID; else `null`.
   */
  detected_at: number | null;
  kind: RevisionKind;
  name: string | null;
  description: string | null;
  status: StoredStatus;
  source: StoredSource;
  changed_by: string | null;
}

/**
 * One row per commit with revisions: their numbers within the destination, and when they were stored. Revisions that
 * a gateway of an earlier version has written have no row.
 */
export interface RevisionCommitTable {
  destination_pk: number;
  last_sequence: number;
  first_sequence: number;
  /** Taken at the end of the transaction. Never earlier than that of the commit before. */
  stored_at: number;
}

/** One row per segment of a destination that is hidden by what is laid over it. */
export interface ShadowedSegmentTable {
  overlay_pk: number;
  segment_id: string;
}

/** One row per import of a customer's file. The columns are those of `StoredImport`. */
export interface FileImportTable {
  pk: Generated<number>;
  id: string;
  destination_pk: number;
  at: number;
  imported_by: string;
  file_name: string | null;
  mode: 'MERGE' | 'REPLACE';
  created: number;
  renamed: number;
  updated: number;
  unchanged: number;
  removed: number;
  rejected: number;
  kept: number;
  undone_at: number | null;
  undone_by: string | null;
}

/** One row per segment that an import has changed. */
export interface ImportChangeTable {
  import_pk: number;
  segment_id: string;
  /** 1: the import has created the segment. */
  is_new: number;
  /** The layer by hand as JSON; `null`: there was none. */
  layer_before: string | null;
  /** The layer by hand as JSON; `null`: there is none. */
  layer_after: string | null;
}

/**
 * The process that is listing a destination. A table of its own, so that taking a lease never waits for a
 * long commit, which locks the row in `destination`.
 */
interface LeaseTable {
  customer_id: string;
  destination_id: string;
  owner: string;
  until: number;
}

/** One encrypted access token per account. */
interface TokenTable {
  account: string;
  sealed: string;
  expires_at: number;
}

/** One row per account whose credentials were rejected, or are being tried. The columns are those of `LogInState`. */
interface LogInTable {
  account: string;
  rejections: number;
  last_try_at: number;
  is_trying: number;
  message: string | null;
}

/** One row per customer whose destinations are discovered. The columns are those of `DiscoveryState`. */
export interface DiscoveryTable {
  customer_id: string;
  revision: number;
  /** Read and written as a whole: an account has 1,000 destinations at most. */
  destinations: string;
  listed_at: number | null;
  empty_since: number | null;
  last_attempt_at: number | null;
  next_attempt_at: number | null;
  retry_at: number | null;
  failures: number;
  last_error_code: string | null;
  last_error_message: string | null;
  last_error_at: number | null;
}
