import { resolve } from 'node:path';
import { FileFault, readText } from './files.js';
import { MAX_CONFIG_BYTES, parseConfig, type LoadOptions } from './parse.js';
import { ConfigError } from './problems.js';
import type { Config } from './types.js';

/** A configuration from its file. Throws ConfigError with every mistake there is, an unreadable file among them. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<Config> {
  let text: string;
  try {
    text = await readText(file, MAX_CONFIG_BYTES);
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    const remedy = 'copy gateway.example.yaml to this place and adapt it, or name another file with --config';
    const message = error.message === 'does not exist' ? `there is no such file; ${remedy}` : error.message;
    throw new ConfigError(file, [{ path: '', message }]);
  }
  return parseConfig(text, { ...options, file });
}

/**
 * The absolute path of the configuration file: what `--config` says, else GATEWAY_CONFIG, else
 * `gateway.yaml`, each relative to the working directory.
 */
export function configFilePath(
  flag: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string {
  return resolve(cwd, flag ?? (env['GATEWAY_CONFIG'] || 'gateway.yaml'));
}
