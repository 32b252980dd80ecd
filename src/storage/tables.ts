import type { Generated } from 'kysely';
import type { RevisionKind, StoredSource, StoredStatus } from './types.js';

/** The tables, the same in every engine. Moments are milliseconds since the epoch, documents JSON text. */
export interface Tables {
  destination: DestinationTable;
  segment: SegmentTable;
  revision: RevisionTable;
  lease: LeaseTable;
  token: TokenTable;
}

/** One row a destination that something is known of. */
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
}

/** One row a segment. */
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
  /** Its place in the order by folded name: see `sortKey`. */
  sort_key: string;
  /** What a search looks through, folded. */
  search_text: string;
}

/** One row a change of a segment, never altered. */
export interface RevisionTable {
  number: Generated<number>;
  destination_pk: number;
  segment_id: string;
  at: number;
  kind: RevisionKind;
  name: string | null;
  description: string | null;
  status: StoredStatus;
  source: StoredSource;
  changed_by: string | null;
}

/**
 * Who reads a destination from its source at present. Apart from `destination`, so that taking a lease never
 * waits for a long change of the same destination.
 */
export interface LeaseTable {
  customer_id: string;
  destination_id: string;
  owner: string;
  until: number;
}

/** Sealed tokens by account. */
export interface TokenTable {
  account: string;
  sealed: string;
  expires_at: number;
}
