import { resolve } from 'node:path';
import { ConfigError } from './config-error.js';
import { MAX_CONFIG_BYTES, parseConfig, type LoadOptions } from './parse.js';
import { UnreadableFileError, readText } from './text-files.js';
import type { Config } from './types.js';

/** Loads a configuration file. @throws ConfigError with all mistakes, or if the file cannot be read */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<Config> {
  let text: string;
  try {
    text = await readText(file, MAX_CONFIG_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    const remedy = 'copy gateway.example.yaml to this place and adapt it, or name another file with --config';
    const message = error.message === 'does not exist' ? `there is no such file; ${remedy}` : error.message;
    throw new ConfigError(file, [{ path: '', message }]);
  }
  return parseConfig(text, { ...options, file });
}

/**
 * The absolute path of the configuration file: the value of `--config`, else of GATEWAY_CONFIG, else
 * `gateway.yaml`. Relative paths start at the working directory.
 */
export function configFilePath(
  flag: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string {
  return resolve(cwd, flag ?? (env['GATEWAY_CONFIG'] || 'gateway.yaml'));
}
