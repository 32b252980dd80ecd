import { configFilePath, loadConfigWithFiles, loadPrintedConfig, unknownCustomers } from '../config/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';

/** Flags of `aam-gateway config validate` and `aam-gateway config print`. */
export interface ConfigOptions {
  readonly config?: string;
  /** Takes what `serve --insecure` would take. */
  readonly insecure?: boolean;
}

/**
 * Checks the configuration as `serve` does at its start, without network and database.
 *
 * @param file the configuration file, instead of `--config`
 * @throws ConfigError with all mistakes
 */
export async function validateConfig(
  file: string | undefined,
  options: ConfigOptions,
  print: (text: string) => void,
  warn: (text: string) => void,
): Promise<void> {
  const path = pathOf(file, options);
  const { config, sources } = await loadConfigWithFiles(path, { insecure: options.insecure });
  const unknown = unknownCustomers(config);
  if (unknown.length > 0) {
    warn(`access names customers that are not configured; check their IDs: ${unknown.join(', ')}`);
  }
  const destinations = config.customers.reduce((sum, customer) => sum + customer.destinations.length, 0);
  const discovering = config.customers.filter(({ discovery }) => discovery !== null).length;
  const counts = [
    count(config.customers.length, 'customer'),
    count(destinations, 'destination'),
    ...(discovering === 0 ? [] : [`discovery for ${count(discovering, 'customer')}`]),
    `${count(sources.files.size, 'file')} read`,
  ];
  print(`OK: ${path} is a valid configuration (${counts.join(', ')}).`);
}

/**
 * Prints the whole configuration as YAML of one file: with defaults, and without secrets.
 *
 * @param file the configuration file, instead of `--config`
 * @throws ConfigError with all mistakes
 */
export async function printConfig(
  file: string | undefined,
  options: ConfigOptions,
  write: (text: string) => Promise<void>,
  redactor: Redactor,
): Promise<void> {
  const { yaml, secrets } = await loadPrintedConfig(pathOf(file, options), { insecure: true });
  // A secret may also stand where no secret belongs, such as in the name of a customer.
  for (const secret of secrets) redactor.add(secret);
  await write(redactor.redact(yaml));
}

function pathOf(file: string | undefined, { config }: ConfigOptions): string {
  if (file !== undefined && config !== undefined) {
    throw new CommandError('The file is named twice: name it as an argument or with --config.', 2);
  }
  return configFilePath(file ?? config);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
