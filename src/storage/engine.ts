import type { Kysely, RawBuilder, SqlBool, Transaction } from 'kysely';
import type { StorageError } from './errors.js';
import type { SearchRow } from './search.js';
import type { Tables } from './tables.js';
import type { ChangeListener, DestinationKey, Storage } from './types.js';

/** What a search asks of an engine, apart from the terms. */
export interface SearchConditions {
  /** Their primary keys, at least one. */
  readonly destinations: readonly number[];
  /** Folded, without what the engine cannot hold. */
  readonly terms: readonly string[];
  /** On the segment `s`. */
  readonly filter: RawBuilder<SqlBool>;
}

/** Which part of the order a page is taken from. */
export interface SearchStretch {
  /** On the segment `s` and the destination `d`. */
  readonly within: RawBuilder<SqlBool>;
  readonly limit: number;
}

/** Where the SQL of the engines differs. */
export interface Engine {
  readonly name: Storage['engine'];
  /** For reading. May be the same as `writer`. */
  readonly reader: Kysely<Tables>;
  readonly writer: Kysely<Tables>;
  /** The matches in a stretch, in order: a query for the columns of `SEGMENT_COLUMNS`, customer and destination ID. */
  page(conditions: SearchConditions, stretch: SearchStretch): RawBuilder<SearchRow>;
  /** How many match. */
  count(conditions: SearchConditions): RawBuilder<{ count: number }>;
  /** Tells other processes, once the transaction commits, that the destination has reached `generation`. */
  announce(transaction: Transaction<Tables>, key: DestinationKey, generation: number): Promise<void>;
  /** What may have been announced was not committed, or it is not known whether. */
  withdraw(key: DestinationKey, generation: number): void;
  onChange(listener: ChangeListener): void;
  toStorageError(error: unknown): StorageError;
  close(): Promise<void>;
}
