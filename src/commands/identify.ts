import { configFilePath, loadConfig, type Config } from '../config/index.js';
import { readFileName } from '../delivery/file-name.js';
import { DirectoryError, type Destination, type Directory } from '../directory/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { checkIds } from './check-ids.js';
import { CommandError } from './command-error.js';
import { readFileIds, type IdFileOptions } from './identify-ids.js';
import {
  describeIdentified,
  isBest,
  type Identified,
  type IdentifiedDestination,
} from './identify-report.js';
import { withDirectory } from './with-directory.js';

/** Flags of `aam-gateway identify`. */
export interface IdentifyOptions extends IdFileOptions {
  readonly config?: string;
  readonly customer?: string;
  readonly destination?: string;
  /** Looks into all destinations, whatever the file's name says. */
  readonly all?: boolean;
  readonly json?: boolean;
}

/** How many destinations are looked into at once. Each may have to be read first. */
const AT_ONCE = 4;

/**
 * Finds out which kind of identifiers the IDs of a file are, and of which destination, and prints it with the line for the
 * configuration.
 *
 * @param warn is told what may be wrong with the file
 * @returns whether any of the IDs is known
 * @throws {CommandError} if the file cannot be read, or there is no such destination
 */
export async function identify(
  file: string,
  options: IdentifyOptions,
  print: (text: string) => void,
  warn: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const config = await loadConfig(configFilePath(options.config), { insecure: true });
  const identified = await withDirectory(options.config, redactor, async (directory): Promise<Identified> => {
    const selected = selectDestinations(directory, file, options);
    const format = options.column === undefined ? formatOf(selected) : null;
    const { ids, isMore, guessed, broken } = await readFileIds(file, options, format);
    if (guessed !== null) warn(`guessed --template '${guessed}'; state it if that is wrong.`);
    for (const line of broken) warn(`${file}, ${line}`);
    const destinations = await inTurns(selected, AT_ONCE, (each) => identifyIn(each, ids, config));
    return { file, ids: ids.length, isMore, destinations };
  });
  const { destinations } = identified;
  print(options.json === true ? JSON.stringify(identified, null, 2) : describeIdentified(identified));
  return destinations.some((each) => isBest(each, destinations));
}

/** @throws {CommandError} if there is none */
function selectDestinations(
  directory: Directory,
  file: string,
  { customer, destination, all = false }: IdentifyOptions,
): Destination[] {
  const customers = [...directory.customers.values()].filter(
    ({ id }) => customer === undefined || id === customer,
  );
  if (customers.length === 0) {
    const known = [...directory.customers.keys()].join(', ');
    throw new CommandError(`The configuration has no customer ${customer}. Its customers are: ${known}.`);
  }
  const every = customers.flatMap(({ destinations }) => [...destinations.values()]);
  const withId = (id: string): Destination[] => every.filter((each) => each.id === id);
  if (destination !== undefined) {
    const named = withId(destination);
    if (named.length > 0) return named;
    const known = every.map(({ id }) => id).join(', ') || 'none';
    throw new CommandError(`There is no destination ${destination}. The destinations are: ${known}.`);
  }
  const told = readFileName(file)?.destinationId ?? null;
  const byName = all || told === null ? [] : withId(told);
  // The name may be that of a destination that nobody has configured, or no such name at all.
  return byName.length > 0 ? byName : every;
}

/** The template that the configuration says for the destination of the file; `null` if that is not certain. */
function formatOf(destinations: readonly Destination[]): string | null {
  const formats = new Set(destinations.map(({ settings }) => settings.format));
  const [format = null] = formats;
  return formats.size === 1 ? format : null;
}

async function identifyIn(
  destination: Destination,
  ids: readonly string[],
  config: Config,
): Promise<IdentifiedDestination> {
  const { id, customerId, settings } = destination;
  const named = config.customers.find((each) => each.id === customerId)?.destinations;
  const about = {
    customer: customerId,
    destination: id,
    isNamed: named?.some((each) => each.id === id) ?? false,
    segmentIdType: settings.segmentIdType,
  };
  try {
    const snapshot = await destination.snapshot();
    const details = destination.isAutomatic ? await destination.details.getComplete() : null;
    return {
      ...about,
      name: settings.name ?? details?.name ?? null,
      check: checkIds(ids, snapshot, settings, details),
      failure: null,
    };
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    const { code, message } = error;
    return { ...about, name: settings.name, check: null, failure: { code, message } };
  }
}

/** Does some work for each item, for a few of them at a time. @returns the results in the order of the items */
async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
