import { userInfo } from 'node:os';
import Table from 'cli-table3';
import { systemClock } from '../base/clock.js';
import type { Config, ConfigSources } from '../config/index.js';
import { isSelected } from '../directory/index.js';
import {
  openStorage,
  type DestinationKey,
  type DiscoveryState,
  type Storage,
  type StoredContents,
} from '../storage/index.js';
import { createLogger, type Logger } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';
import { loadForDatabaseWithFiles, numberOf, reporting } from './database.js';

/** Flags of `aam-gateway leftovers`. */
export interface LeftoversOptions {
  readonly config?: string;
  readonly remove?: boolean;
  readonly customer?: string;
  readonly destination?: string;
  readonly yes?: boolean;
}

/** What is stored of a destination that is not configured. */
interface Leftover extends DestinationKey, StoredContents {
  /** When it was read last from Audience Manager; `null`: never. */
  readonly asOf: number | null;
  /** Whether its removal has begun; its customer and its ID are known no more. */
  readonly isBeingRemoved: boolean;
}

/** What was discovered of a customer that is not configured. */
interface DiscoveryLeftover {
  readonly customerId: string;
  readonly state: DiscoveryState;
}

/** Rows in one transaction: it takes some milliseconds, so that a running gateway is not held up. */
const STEP = 500;

/**
 * Lists what is stored of destinations that are not configured, and which were discovered of customers that are not, or
 * removes it.
 *
 * @returns `false` if something was to be removed, but `--yes` is missing
 * @throws {CommandError} with a remedy
 */
export async function leftovers(
  options: LeftoversOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  const { config, sources } = await loadForDatabaseWithFiles(options.config, redactor);
  if (options.remove === true && options.customer === undefined) requireIncludedFiles(sources);
  const logger = createLogger({ redactor, level: 'silent' });
  const storage = await reporting(openStorage(config.storage, { logger, clock: systemClock }));
  try {
    const found = await reporting(findLeftovers(storage, config, options));
    const discoveries = await reporting(findDiscoveries(storage, config, options));
    if (found.length === 0 && discoveries.length === 0) {
      print(describeNothing(options));
      return true;
    }
    print(tableOf(found, discoveries));
    if (options.remove !== true) {
      print('These are not in the configuration. aam-gateway leftovers --remove --yes removes them.');
      return true;
    }
    if (options.yes !== true) {
      print(
        'Nothing was removed. Repeat the command with --yes to remove these: what was given by hand, the history and ' +
          'the names of segments that Audience Manager no longer lists are lost. Make a backup before.',
      );
      return false;
    }
    const audit = process.stderr.isTTY ? null : createLogger({ redactor, sink: process.stderr });
    for (const leftover of found) await reporting(removeLeftover(storage, leftover, audit));
    for (const discovery of discoveries) await reporting(removeDiscovery(storage, discovery, audit));
    print(describeRemoved(found.length, discoveries.length));
    return true;
  } finally {
    await storage.close();
  }
}

/**
 * Where customers are in files of their own, everything would be left over while their folder is empty: a volume that is
 * not mounted, or files that are being replaced.
 *
 * @throws {CommandError} with a remedy
 */
function requireIncludedFiles({ patterns }: ConfigSources): void {
  const empty = patterns.find(({ files }) => files.length === 0);
  if (empty === undefined) return;
  throw new CommandError(
    `Nothing was removed: ${empty.pattern} of include in ${empty.folder} matches no file, so customers may be missing that are served elsewhere. Restore the files, remove the pattern, or name a customer with --customer.`,
  );
}

/** In the order of customers and destinations. */
async function findLeftovers(
  storage: Storage,
  config: Config,
  { customer, destination }: LeftoversOptions,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const discovered = new Map<string, DiscoveryState | null>();
  for (const { id, discovery } of config.customers) {
    if (discovery !== null) discovered.set(id, await storage.discovery(id));
  }
  for (const { customerId, destinationId, state } of await storage.states()) {
    const isBeingRemoved = customerId === '';
    if (customer !== undefined && customer !== customerId) continue;
    if (destination !== undefined && destination !== destinationId) continue;
    if (isConfigured(config, discovered, { customerId, destinationId })) continue;
    const contents = await storage.contents({ customerId, destinationId });
    if (contents === null) continue;
    found.push({ customerId, destinationId, asOf: state.asOf, isBeingRemoved, ...contents });
  }
  return found.sort(
    (a, b) => compare(a.customerId, b.customerId) || compare(a.destinationId, b.destinationId),
  );
}

/** In the order of customers. A single destination is not all that was discovered of its customer. */
async function findDiscoveries(
  storage: Storage,
  { customers }: Config,
  { customer, destination }: LeftoversOptions,
): Promise<DiscoveryLeftover[]> {
  if (destination !== undefined) return [];
  const configured = new Set(customers.map(({ id }) => id));
  const found: DiscoveryLeftover[] = [];
  for (const customerId of (await storage.discoveryRevisions()).keys()) {
    if (configured.has(customerId) || (customer !== undefined && customer !== customerId)) continue;
    const state = await storage.discovery(customerId);
    if (state !== null) found.push({ customerId, state });
  }
  return found.sort((a, b) => compare(a.customerId, b.customerId));
}

/** Whether a destination is served: the configuration names it, or discovery has found it. */
function isConfigured(
  { customers }: Config,
  discovered: ReadonlyMap<string, DiscoveryState | null>,
  { customerId, destinationId }: DestinationKey,
): boolean {
  const customer = customers.find(({ id }) => id === customerId);
  if (customer === undefined) return false;
  if (customer.destinations.some(({ id }) => id === destinationId)) return true;
  const { discovery } = customer;
  if (discovery === null) return false;
  const state = discovered.get(customerId) ?? null;
  // Before the first list nobody can say which destinations the customer has.
  if (state?.listedAt === null || state === null) return true;
  const found = state.destinations.find(({ id }) => id === destinationId);
  return found !== undefined && isSelected(discovery, found);
}

async function removeLeftover(storage: Storage, leftover: Leftover, audit: Logger | null): Promise<void> {
  const { customerId: customer, destinationId: destination, segments, byHand, changes } = leftover;
  let removed = 0;
  for (let key: DestinationKey | null = leftover; key !== null;) {
    const step = await storage.removeDestination(key, STEP);
    removed += step.removed;
    key = step.rest;
  }
  const counts = { segments, byHand, changes, rows: removed };
  audit?.info(
    { audit: 'removeLeftover', outcome: 'ok', caller: caller(), customer, destination, ...counts },
    'audit',
  );
}

async function removeDiscovery(
  storage: Storage,
  { customerId: customer, state }: DiscoveryLeftover,
  audit: Logger | null,
): Promise<void> {
  await storage.removeDiscovery(customer);
  const discovered = state.destinations.length;
  audit?.info({ audit: 'removeLeftover', outcome: 'ok', caller: caller(), customer, discovered }, 'audit');
}

/** The user that runs the command. In a container, the user may have no name. */
function caller(): string {
  let name: string;
  try {
    name = userInfo().username;
  } catch {
    name = `user ${process.getuid?.() ?? 'unknown'}`;
  }
  return `${name} (aam-gateway leftovers)`;
}

function describeNothing({ customer, destination }: LeftoversOptions): string {
  if (customer === undefined && destination === undefined) {
    return 'Nothing is left over: everything that is stored is in the configuration.';
  }
  return 'Nothing is left over of these: what is stored of them is in the configuration, or nothing is stored.';
}

function describeRemoved(destinations: number, discoveries: number): string {
  const removed = counted(destinations, 'destination');
  if (discoveries === 0) return `Removed ${removed}.`;
  return `Removed ${removed}, and what was discovered of ${counted(discoveries, 'customer')}.`;
}

function counted(count: number, noun: string): string {
  return `${numberOf(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function tableOf(found: readonly Leftover[], discoveries: readonly DiscoveryLeftover[]): string {
  const table = new Table({
    head: ['customer', 'destination', 'segments', 'by hand', 'changes', 'last read', 'last change'],
    style: { head: [], border: [] },
  });
  for (const leftover of found) {
    const { customerId, destinationId, asOf, lastChangeAt, isBeingRemoved } = leftover;
    const { segments, byHand, changes } = leftover;
    const names = isBeingRemoved ? ['(removal was interrupted)', ''] : [customerId, destinationId];
    const counts = [segments, byHand, changes].map(numberOf);
    table.push([...names, ...counts, dateOf(asOf), dateOf(lastChangeAt)]);
  }
  for (const { customerId, state } of discoveries) {
    const discovered = `(${numberOf(state.destinations.length)} discovered)`;
    table.push([customerId, discovered, '', '', '', dateOf(state.listedAt), '']);
  }
  return table.toString();
}

function dateOf(time: number | null): string {
  return time === null ? 'never' : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
