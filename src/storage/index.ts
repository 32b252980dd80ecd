import { resolve } from 'node:path';
import { systemClock, type Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import { SqlStorage } from './sql-storage.js';
import type { Storage } from './types.js';

export { encryptedTokenStore } from './encrypted-token-store.js';
export { StorageError, type StorageErrorCode } from './errors.js';
export type {
  ContentChange,
  DestinationKey,
  DestinationState,
  LogInState,
  Revision,
  RevisionKind,
  RevisionPage,
  HistoriesRequest,
  RevisionRequest,
  SearchPosition,
  SearchRequest,
  SearchResult,
  Storage,
  StoredRevision,
  StoredSegment,
  StoredStatus,
} from './types.js';

/** Which engine to use, and where its database is. */
export type StorageConfig =
  | { readonly engine: 'sqlite'; readonly path: string }
  /** `url` may contain a password. `poolSize`: maximum number of connections for queries. */
  | { readonly engine: 'postgres'; readonly url: string; readonly poolSize: number };

interface StorageOptions {
  readonly logger: Logger;
  /**
   * For polling, for pauses between attempts, and for when revisions are stored. All other stored times are passed in
   * by the callers. Default: system clock.
   */
  readonly clock?: Clock;
}

/**
 * Opens the storage, creates what is missing and migrates an older schema.
 *
 * @throws StorageError UNAVAILABLE if the database cannot be reached, UNUSABLE if the operator has to act
 */
export async function openStorage(config: StorageConfig, options: StorageOptions): Promise<Storage> {
  const { clock = systemClock } = options;
  switch (config.engine) {
    // Only the configured engine is imported: importing takes a large part of the gateway's start.
    case 'sqlite': {
      const { SqliteEngine } = await import('./sqlite/engine.js');
      return new SqlStorage(await SqliteEngine.open(resolve(config.path), options), clock);
    }
    case 'postgres': {
      const { PostgresEngine } = await import('./postgres/engine.js');
      return new SqlStorage(await PostgresEngine.open({ ...config, ...options }), clock);
    }
  }
}
