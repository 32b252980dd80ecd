import { systemClock } from '../base/clock.js';
import { openStorage } from '../storage/index.js';
import { createLogger } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { loadForDatabase, reporting } from './database.js';

/** Flags of `aam-gateway migrate`. */
export interface MigrateOptions {
  readonly config?: string;
}

/** Brings the tables of the database up to date, as a start of the gateway does. @throws {CommandError} with a remedy */
export async function migrate(
  options: MigrateOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  const config = await loadForDatabase(options.config, redactor);
  const logger = createLogger({ redactor, level: 'silent' });
  const storage = await reporting(openStorage(config.storage, { logger, clock: systemClock }));
  await storage.close();
  const { migrated } = storage;
  print(
    migrated.length === 0
      ? 'The tables of the database are up to date: there was nothing to do.'
      : `The tables of the database are up to date now. Applied: ${migrated.join(', ')}.`,
  );
}
