import Table from 'cli-table3';
import {
  undoImport,
  unknownImport,
  purgeSegment,
  type Destination,
  type ImportRecord,
} from '../directory/index.js';
import type { SegmentIdType } from '../segments/index.js';
import type { Redactor } from '../telemetry/redaction.js';
import { audit, authorOf } from './audit.js';
import { CommandError } from './command-error.js';
import {
  requireCustomer,
  requireDestination,
  withDirectory,
  type DirectoryCustomer,
} from './with-directory.js';

/** Flags of `aam-gateway imports`. */
export interface ImportsOptions {
  readonly config?: string;
  readonly customer?: string;
  readonly destination?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** Lists the imports of customers' files, newest first. */
export async function importsCommand(
  options: ImportsOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  await withDirectory(options.config, redactor, async (directory) => {
    const { customer, destination, limit } = options;
    const customers =
      customer === undefined ? [...directory.customers.values()] : [requireCustomer(directory, customer)];
    const destinations = destinationsOf(customers, destination);
    const { imports, totalCount } = await directory.imports(destinations, limit, null);
    if (options.json === true) {
      for (const each of imports) print(JSON.stringify(jsonOf(each)));
      return;
    }
    if (imports.length === 0) print('No imports.');
    else print(tableOf(imports));
    if (totalCount > imports.length) {
      print(`These are the newest ${imports.length} of ${totalCount}; --limit shows more.`);
    }
  });
}

/** The destinations of customers, or those with an ID. @throws {CommandError} if there is none with it */
function destinationsOf(customers: readonly DirectoryCustomer[], id: string | undefined): Destination[] {
  const all = customers.flatMap(({ destinations }) => [...destinations.values()]);
  if (id === undefined) return all;
  const named = all.filter((each) => each.id === id);
  if (named.length > 0) return named;
  const known = all.map((each) => each.id).join(', ') || 'none';
  const place = customers.length === 1 ? `Customer ${customers[0]?.id ?? ''} has` : 'There is';
  throw new CommandError(`${place} no destination ${id}. The destinations are: ${known}.`);
}

function tableOf(imports: readonly ImportRecord[]): string {
  const head = ['when', 'who', 'customer', 'destination', 'file', 'what', 'import'];
  const table = new Table({ head, style: { head: [], border: [] }, wordWrap: true });
  for (const each of imports) {
    const { customerId, destinationId, undone } = each;
    const what = [
      each.mode === 'REPLACE' ? 'replace' : 'merge',
      ...Object.entries(each.counts).flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`])),
      ...(undone === null ? [] : [`undone at ${timeOf(undone.at)} by ${undone.by}`]),
    ].join(', ');
    table.push([timeOf(each.at), each.by, customerId, destinationId, each.fileName ?? '', what, each.id]);
  }
  return table.toString();
}

function jsonOf({ at, undone, ...rest }: ImportRecord): object {
  return {
    ...rest,
    at: timeOf(at),
    undoneAt: undone === null ? null : timeOf(undone.at),
    undoneBy: undone?.by ?? null,
  };
}

function timeOf(time: number): string {
  return new Date(time).toISOString();
}

/** Maximum number of kept segments that the command prints. */
const MAX_SHOWN = 20;

/** Takes an import back. @returns `false` if some of its segments stay, because something newer lies on them */
export async function undoCommand(
  importId: string,
  options: { readonly config?: string },
  print: (text: string) => void,
  redactor: Redactor,
): Promise<boolean> {
  return await withDirectory(options.config, redactor, async (directory) => {
    const record = await directory.importById(importId.toLowerCase());
    if (record === null) throw new CommandError(unknownImport(importId).message);
    const { customerId, destinationId } = record;
    const destination = requireDestination(directory, customerId, destinationId);
    const by = authorOf('undo');
    const { restored, kept } = await undoImport(destination, record, by);
    for (const { segmentId, reason } of kept.slice(0, MAX_SHOWN)) print(`${segmentId} stays: ${reason}`);
    if (kept.length > MAX_SHOWN) print(`… and ${kept.length - MAX_SHOWN} more`);
    const file = record.fileName === null ? '' : ` of ${record.fileName}`;
    print(
      `Took back the import${file} at ${timeOf(record.at)} by ${record.by}: restored ${restored}, kept ${kept.length}.`,
    );
    if (kept.length > 0) {
      print('To take these back too, take later imports back first, and then this one again.');
    }
    const entry = {
      audit: 'undo',
      customer: customerId,
      destination: destinationId,
      importId: record.id,
    } as const;
    audit(redactor, { ...entry, outcome: 'ok', restored, kept: kept.length, caller: by });
    return kept.length === 0;
  });
}

/** Flags of `aam-gateway purge`. */
export interface PurgeOptions {
  readonly config?: string;
  readonly customer: string;
  readonly destination: string;
  readonly idType?: SegmentIdType;
}

/** Removes a segment that was only known by hand. @throws {CommandError} if there is none */
export async function purgeCommand(
  id: string,
  options: PurgeOptions,
  print: (text: string) => void,
  redactor: Redactor,
): Promise<void> {
  await withDirectory(options.config, redactor, async (directory) => {
    const destination = requireDestination(directory, options.customer, options.destination);
    const idType = options.idType ?? destination.settings.segmentIdType;
    const by = authorOf('purge');
    const purged = await purgeSegment(destination, { id, idType }, by);
    if (purged === null) {
      throw new CommandError(
        `Destination ${destination.id} of customer ${options.customer} has no segment ${id}.`,
      );
    }
    const { name } = purged.segment;
    print(`Purged ${purged.segment.id}${name === null ? '' : ` ${JSON.stringify(name)}`}.`);
    const entry = {
      audit: 'purge',
      customer: options.customer,
      destination: destination.id,
      id,
      idType,
    } as const;
    audit(redactor, { ...entry, outcome: 'ok', caller: by });
  });
}
