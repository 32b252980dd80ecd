import { resolve } from 'node:path';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import { StorageError } from './errors.js';
import type { SharedFile } from './shared-file.js';
import { SqlStorage } from './sql-storage.js';
import type { DatabaseSummary } from './sqlite/inspect.js';
import type { Restored } from './sqlite/restore.js';
import type { Storage } from './types.js';

export { MAX_EXACT } from './exact-search.js';
export { hasManyRows } from './staged-commit.js';
export { encryptedTokenStore } from './encrypted-token-store.js';
export { HistoryKeeper } from './history-keeper.js';
export { StorageProbe } from './storage-probe.js';
export { StorageError, type StorageErrorCode } from './errors.js';
export type { DatabaseSummary } from './sqlite/inspect.js';
export type { Restored } from './sqlite/restore.js';
export { tracedStorage } from './traced-storage.js';
export type { SharedFile } from './shared-file.js';
export type {
  ChangesOfDay,
  ContentChange,
  DailyChanges,
  DestinationKey,
  DestinationState,
  DiscoveryState,
  LogInState,
  PoolUse,
  Revision,
  RevisionKind,
  RevisionPage,
  HistoriesRequest,
  IdentifierRequest,
  IdentifierResult,
  ImportCounts,
  ImportedChange,
  ImportedChangesRequest,
  ImportPage,
  ImportRequest,
  PastRevisions,
  RevisionRequest,
  SearchPosition,
  SearchRequest,
  SearchResult,
  SearchedDestination,
  Storage,
  StoredContents,
  StoredDiscoveredDestination,
  StoredImport,
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
   * A clock that all processes on this database agree on; its timers are used too. Default: the server's time with
   * PostgreSQL, the system clock with SQLite.
   */
  readonly clock?: Clock;
  /**
   * Whether a gateway is to be served from the storage. A SQLite file is for one gateway: with what its processes share,
   * this process is one of them. Default: `false`, for commands, which may visit the file meanwhile.
   */
  readonly serving?: boolean | SharedFile;
  /** Maximum size of what searches keep in memory, in bytes; 0: nothing. Default: 0, for commands. */
  readonly searchMemoryBytes?: number;
}

/**
 * Opens the storage, creates what is missing and migrates an older schema.
 *
 * @throws StorageError UNAVAILABLE if the database cannot be reached, UNUSABLE if the operator has to act
 */
export async function openStorage(config: StorageConfig, options: StorageOptions): Promise<Storage> {
  switch (config.engine) {
    // Only the configured engine is imported: importing takes a large part of the gateway's start.
    case 'sqlite': {
      const { SqliteEngine } = await import('./sqlite/engine.js');
      const { serving } = options;
      const keepsHouse = typeof serving !== 'object' || serving.keepsHouse;
      return new SqlStorage(await SqliteEngine.open(resolve(config.path), options), {
        ...options,
        keepsHouse,
      });
    }
    case 'postgres': {
      const { PostgresEngine } = await import('./postgres/engine.js');
      return new SqlStorage(await PostgresEngine.open({ ...config, ...options }), options);
    }
  }
}

/**
 * Whether a gateway is served from a SQLite file.
 *
 * @param file absolute path
 * @returns `null` if it cannot be told
 */
export async function isFileServed(file: string): Promise<boolean | null> {
  const { isServed } = await import('./sqlite/is-served.js');
  return await isServed(file);
}

/**
 * Copies the database into a file, while a gateway may be running.
 *
 * @param overwrite whether a file at that path may be replaced
 * @throws StorageError UNUSABLE with a remedy; for PostgreSQL always, with the command to use
 */
export async function backUp(
  config: StorageConfig,
  file: string,
  overwrite: boolean,
): Promise<DatabaseSummary> {
  if (config.engine === 'postgres') {
    const { dumpCommand } = await import('./postgres/dump-commands.js');
    throw new StorageError(
      'UNUSABLE',
      `PostgreSQL has its own tool for backups: ${dumpCommand(config.url, file)}`,
    );
  }
  const { backUpFile } = await import('./sqlite/backup.js');
  return await backUpFile(resolve(config.path), resolve(file), overwrite);
}

/**
 * Puts a backup in the place of the database, which no gateway may be using. The one that was there is kept.
 *
 * @param now in milliseconds since the epoch
 * @throws StorageError UNUSABLE with a remedy; for PostgreSQL always, with the command to use
 */
export async function restore(config: StorageConfig, file: string, now: number): Promise<Restored> {
  if (config.engine === 'postgres') {
    const { restoreCommand } = await import('./postgres/dump-commands.js');
    throw new StorageError(
      'UNUSABLE',
      `PostgreSQL has its own tool to restore backups. Stop all gateways, then use: ${restoreCommand(config.url, file)}`,
    );
  }
  const { restoreFile } = await import('./sqlite/restore.js');
  return await restoreFile(resolve(file), resolve(config.path), now);
}
