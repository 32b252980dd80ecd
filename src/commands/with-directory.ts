import type { Clock } from '../base/clock.js';
import { configFilePath, loadConfig } from '../config/index.js';
import { DirectoryError, type Destination, type Directory } from '../directory/index.js';
import { closeParts, openParts } from '../gateway-parts.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';

/** A configured customer with its destinations. */
export type DirectoryCustomer = NonNullable<ReturnType<Directory['customers']['get']>>;

/**
 * Opens the directory of the configured storage, runs `work` with it, and closes it again.
 *
 * @param configFlag value of `--config`
 * @param work gets the clock for dates that are stored too
 * @throws {CommandError} instead of a `DirectoryError`
 */
export async function withDirectory<T>(
  configFlag: string | undefined,
  redactor: Redactor,
  work: (directory: Directory, clock: Clock) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(configFilePath(configFlag), { insecure: true });
  const parts = await openParts(config, { logLevel: 'silent', redactor });
  try {
    await parts.directory.discovery.restore();
    return await work(parts.directory, parts.storage.clock);
  } catch (error) {
    throw error instanceof DirectoryError ? new CommandError(error.message) : error;
  } finally {
    await closeParts(parts);
  }
}

/** @throws {CommandError} if the customer is not configured. */
export function requireCustomer(directory: Directory, id: string): DirectoryCustomer {
  const customer = directory.customers.get(id);
  if (customer !== undefined) return customer;
  const known = [...directory.customers.keys()].join(', ');
  throw new CommandError(`The configuration has no customer ${id}. Its customers are: ${known}.`);
}

/** @throws {CommandError} if the customer or the destination is not configured. */
export function requireDestination(directory: Directory, customerId: string, id: string): Destination {
  const customer = requireCustomer(directory, customerId);
  const destination = customer.destinations.get(id);
  if (destination !== undefined) return destination;
  const known = [...customer.destinations.keys()].join(', ') || 'none';
  throw new CommandError(`Customer ${customerId} has no destination ${id}. Its destinations are: ${known}.`);
}
