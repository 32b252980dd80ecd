import {
  configFilePath,
  configSecrets,
  loadConfigWithFiles,
  type Config,
  type LoadedConfig,
} from '../config/index.js';
import { StorageError, type DatabaseSummary } from '../storage/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';

/** Loads the configuration for a command that only uses its database. @param configFlag value of `--config` */
export async function loadForDatabase(configFlag: string | undefined, redactor: Redactor): Promise<Config> {
  return (await loadForDatabaseWithFiles(configFlag, redactor)).config;
}

/** As `loadForDatabase`, with the files that were read. */
export async function loadForDatabaseWithFiles(
  configFlag: string | undefined,
  redactor: Redactor,
): Promise<LoadedConfig> {
  const loaded = await loadConfigWithFiles(configFilePath(configFlag), { insecure: true });
  for (const secret of configSecrets(loaded.config)) redactor.add(secret);
  return loaded;
}

/** Throws a failure of the storage as one line, without the advice for a gateway that cannot start. */
export async function reporting<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw error instanceof StorageError ? new CommandError(`${error.message}.`) : error;
  });
}

/** What a database holds, in words. */
export function summaryOf({ bytes, customers, destinations, segments, changes }: DatabaseSummary): string {
  const counted = [
    [customers, 'customer'],
    [destinations, 'destination'],
    [segments, 'segment'],
    [changes, 'change'],
  ] as const;
  const counts = counted.map(([count, noun]) => `${numberOf(count)} ${noun}${count === 1 ? '' : 's'}`);
  return `${sizeOf(bytes)}, ${counts.join(', ')}`;
}

/** A number with separators: 1,234. */
export function numberOf(count: number): string {
  return count.toLocaleString('en-US');
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

function sizeOf(bytes: number): string {
  let [size, unit] = [bytes / 1024, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${size.toFixed(1)} ${UNITS[unit] ?? ''}`;
}
