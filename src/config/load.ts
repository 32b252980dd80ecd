import { basename, resolve } from 'node:path';
import { ConfigError } from './config-error.js';
import { MAX_FILE_BYTES } from './include-reader.js';
import { readConfig, type LoadOptions, type ReadConfig } from './parse.js';
import { SourceFiles, type ConfigSources } from './source-files.js';
import { UnreadableFileError, readText } from './text-files.js';
import type { Config } from './types.js';

/** A configuration and everything that it was read from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly sources: ConfigSources;
}

/** Loads a configuration file. @throws ConfigError with all mistakes, or if the file cannot be read */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<Config> {
  return (await loadFile(file, options)).config;
}

/** As `loadConfig`, with what has to be watched. @throws ConfigError, whose `sources` have to be watched */
export async function loadConfigWithFiles(file: string, options: LoadOptions = {}): Promise<LoadedConfig> {
  const { config, sources } = await loadFile(file, options);
  return { config, sources };
}

/** As `loadConfig`, with everything that is known of the configuration. */
export async function loadFile(file: string, options: LoadOptions): Promise<ReadConfig> {
  const source = new SourceFiles();
  source.add(resolve(file));
  return readConfig(await readConfigText(file, source), { ...options, file }, source);
}

/** @throws ConfigError if the file cannot be read */
export async function readConfigText(file: string, source: SourceFiles): Promise<string> {
  try {
    return await readText(file, MAX_FILE_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    const remedy = 'copy gateway.example.yaml to this place and adapt it, or name another file with --config';
    const message = error.message === 'does not exist' ? `there is no such file; ${remedy}` : error.message;
    throw new ConfigError(file, [{ file: basename(file), path: '', message }], source.sources);
  }
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
