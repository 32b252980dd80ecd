import type { NameSources } from '../../delivery/name-source.js';
import type { Redactor } from '../../telemetry/redaction.js';
import { gatewayNames, type GatewayOptions } from './gateway-names.js';
import { withStoredNames } from './stored-names.js';

/** Flags that say where names come from. */
export interface NameSourceOptions extends GatewayOptions {
  readonly config?: string;
}

/**
 * Runs `work` with names from a running gateway, if one is given, else from the storage of the configuration.
 *
 * @throws {CommandError} if there are none to be had
 */
export async function withNames<T>(
  options: NameSourceOptions,
  redactor: Redactor,
  work: (names: NameSources) => Promise<T>,
): Promise<T> {
  if (options.gateway === undefined) return await withStoredNames(options.config, redactor, work);
  return await work(await gatewayNames({ ...options, gateway: options.gateway }, redactor));
}
