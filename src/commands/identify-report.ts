import Table from 'cli-table3';
import { stringify } from 'yaml';
import type { SegmentIdType } from '../segments/index.js';
import { describeIdCheck, type IdCheck } from './check-ids.js';

/** What the IDs of a file are in one destination. */
export interface IdentifiedDestination {
  readonly customer: string;
  readonly destination: string;
  readonly name: string | null;
  /** Whether the configuration names it; else it is discovered. */
  readonly isNamed: boolean;
  /** What the configuration says that IDs are. */
  readonly segmentIdType: SegmentIdType;
  /** `null`: it could not be read. */
  readonly check: IdCheck | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** What `aam-gateway identify` has found out. With --json, it prints this. */
export interface Identified {
  readonly file: string;
  /** Number of different IDs. */
  readonly ids: number;
  /** There are more in the file, which were not looked at. */
  readonly isMore: boolean;
  readonly destinations: readonly IdentifiedDestination[];
}

/** How many of the IDs are identifiers of a destination, of one kind or several. */
function knownIn({ check }: IdentifiedDestination): number {
  return check === null ? 0 : check.ids - check.unknown;
}

/** Whether no destination knows more of the IDs. */
export function isBest(destination: IdentifiedDestination, all: readonly IdentifiedDestination[]): boolean {
  const known = knownIn(destination);
  return known > 0 && all.every((each) => knownIn(each) <= known);
}

/** The counts as a table, then what follows from them. */
export function describeIdentified({ file, ids, isMore, destinations }: Identified): string {
  const known = destinations.filter((each) => knownIn(each) > 0).sort((a, b) => knownIn(b) - knownIn(a));
  const failed = destinations.flatMap(({ customer, destination, failure }) =>
    failure === null
      ? []
      : [`Destination ${destination} of ${customer} could not be read: ${failure.message}`],
  );
  const without = destinations.length - known.length - failed.length;
  return [
    `${file}: ${isMore ? 'more than ' : ''}${ids} different IDs${isMore ? ', of which these were looked at' : ''}.`,
    ...(known.length === 0 ? [] : [tableOf(known)]),
    ...(without === 0
      ? []
      : [
          `No ID is known in ${without === 1 ? '1 destination' : `${without} destinations`} that were looked into.`,
        ]),
    ...failed,
    ...conclusionOf(destinations),
  ].join('\n');
}

function tableOf(destinations: readonly IdentifiedDestination[]): string {
  const table = new Table({
    head: ['Customer', 'Destination', 'Known', 'As which kind', 'Ambiguous', 'Configured'],
    colAligns: ['left', 'left', 'right', 'left', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const each of destinations) {
    const { customer, destination, name, check, segmentIdType } = each;
    const kinds = check?.matches.map(({ idType, count }) => `${idType} ${count}`).join(', ') ?? '';
    table.push([
      customer,
      name === null ? destination : `${destination}  ${name}`,
      knownIn(each),
      kinds,
      check?.ambiguous ?? '',
      segmentIdType,
    ]);
  }
  return table.toString();
}

function conclusionOf(destinations: readonly IdentifiedDestination[]): string[] {
  const [best, ...others] = destinations.filter((each) => isBest(each, destinations));
  if (best?.check === undefined || best.check === null) {
    return [
      'None of the IDs is known. Is it a file of these customers? Are the names of segments imported that are set by hand?',
    ];
  }
  if (others.length > 0) {
    return [
      `${others.length + 1} destinations know as many of them. Name the one that the file is for with --destination and --customer.`,
    ];
  }
  const { customer, destination, check, segmentIdType } = best;
  const said = describeIdCheck(check, segmentIdType);
  const lines = [`Destination ${destination} of ${customer}: ${said[0] ?? ''}`, ...said.slice(1)];
  const { suggestion } = check;
  if (suggestion === null || suggestion === segmentIdType) return lines;
  return [...lines, '', configurationOf(best, suggestion).trimEnd()];
}

/** What to write into the configuration. */
function configurationOf(
  { customer, destination, isNamed }: IdentifiedDestination,
  segmentIdType: SegmentIdType,
): string {
  const id = /^[1-9]\d{0,14}$/.test(destination) ? Number(destination) : destination;
  const entry = [{ id, segmentIdType }];
  const destinations = isNamed ? entry : { overrides: entry };
  return stringify({ customers: [{ id: customer, destinations }] });
}
