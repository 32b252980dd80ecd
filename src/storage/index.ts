import { resolve } from 'node:path';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import { SqlStorage } from './store.js';
import type { Storage } from './types.js';

export { StorageError, type StorageErrorCode } from './errors.js';
export { sealedVault, type SealedVault } from './sealed-vault.js';
export type * from './types.js';

/** Where to keep it. */
export type StorageConfig =
  | { readonly engine: 'sqlite'; readonly path: string }
  /** `url` may hold a password. */
  | { readonly engine: 'postgres'; readonly url: string; readonly poolSize: number };

export interface StorageOptions {
  readonly logger: Logger;
  /** For pauses between attempts; what is stored takes its moments from the caller. */
  readonly clock?: Clock;
}

/**
 * Opens the storage, creating what is missing and bringing an older schema up to date.
 *
 * @throws StorageError UNAVAILABLE when the engine cannot be reached, UNUSABLE when the operator must act
 */
export async function openStorage(config: StorageConfig, options: StorageOptions): Promise<Storage> {
  switch (config.engine) {
    // Only the engine in use is loaded: it is a large part of the time that a start takes.
    case 'sqlite': {
      const { SqliteEngine } = await import('./sqlite/engine.js');
      return new SqlStorage(await SqliteEngine.open(resolve(config.path), options));
    }
    case 'postgres': {
      const { PostgresEngine } = await import('./postgres/engine.js');
      return new SqlStorage(await PostgresEngine.open({ ...config, ...options }));
    }
  }
}
