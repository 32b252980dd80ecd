import type { Config } from '../../config/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { WorkerStart } from './protocol.js';

/** The database file, while it is kept for the gateway. */
export interface KeptFile {
  /** What workers begin with. */
  readonly begin: WorkerStart['file'];
  readonly release: () => void;
}

/** What the file is kept with. */
interface KeepingOptions {
  readonly now: number;
  readonly logger: Logger;
  /** Says which file has a path. Default: as the system has it. */
  readonly identify?: (path: string) => Promise<string | null>;
}

/**
 * Keeps the database file for all workers, whichever of them come and go.
 *
 * @returns `null` if the database is a server
 * @throws StorageError
 */
export async function keepDatabase(
  storage: Config['storage'],
  { now, logger, identify }: KeepingOptions,
): Promise<KeptFile | null> {
  if (storage.engine !== 'sqlite') return null;
  const { reserveFile } = await import('../../storage/sqlite/reserve-file.js');
  const { identityOf } = await import('../../storage/sqlite/database-file.js');
  const { path: file } = storage;
  const lock = await reserveFile(file, now, () =>
    logger.info({ file }, 'waits for another process, which updates the tables of the database'),
  );
  try {
    const identity = await (identify ?? identityOf)(file);
    return { begin: { token: lock.token, identity }, release: () => lock.release() };
  } catch (error) {
    lock.release();
    const { sqliteStartError } = await import('../../storage/sqlite/errors.js');
    throw sqliteStartError(error, file);
  }
}
