import type { Destination } from '../../directory/index.js';
import { idMistake } from '../arguments.js';
import type { NodeReference } from '../global-ids.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { gatewayError } from '../request/errors.js';
import { startInTurns } from '../request/in-turns.js';
import type { DestinationPlace } from '../request/visible-customers.js';
import { CustomerObject } from '../types/customer.js';
import { DestinationObject } from '../types/destination.js';
import { SegmentRevisionObject } from '../types/revision.js';
import { segmentMapper, type SegmentObject } from '../types/segment.js';

/** An object that has a global ID. */
export type AnyNode = CustomerObject | DestinationObject | SegmentObject | SegmentRevisionObject;

/** An object; `null` if there is none, or none that the caller may see; an error that concerns this ID only. */
export type NodeResult = AnyNode | Error | null;

type ReferenceTo<Kind extends NodeReference['kind']> = Extract<NodeReference, { kind: Kind }>;

/** Segments of one destination at one moment: one lookup. */
interface SegmentGroup {
  readonly destination: Destination;
  readonly at: number | null;
  /** The keys of the segments. */
  readonly keys: string[];
  /** For each key, its index in the list of all IDs. */
  readonly indices: number[];
}

/** Revisions of one destination: one read. */
interface RevisionGroup {
  readonly destination: Destination;
  readonly numbers: number[];
  /** For each number, its index in the list of all IDs. */
  readonly indices: number[];
}

/** Maximum number of moments in the past that one field reads, because each of them is a query to the storage. */
const MAX_MOMENTS = 100;

/**
 * Finds objects by names of any form, in the order of these.
 *
 * @param referenceOf what a name stands for; `null`: for nothing. May be called twice
 * @throws GraphQLError QUERY_TOO_COMPLEX; DirectoryError once the request has ended
 */
export async function findNodes<Name>(
  loader: DestinationLoader,
  names: readonly Name[],
  referenceOf: (name: Name) => NodeReference | null,
): Promise<NodeResult[]> {
  await loader.lookFor(placesOf(names, referenceOf));
  const turns = loader.turns();
  const results = new Array<NodeResult>(names.length).fill(null);
  const groups = new Map<string, SegmentGroup>();
  const revisions = new Map<string, RevisionGroup>();
  const find = (name: Name, index: number): void => {
    const reference = referenceOf(name);
    if (reference === null || idMistake('id', reference.customerId) !== null) return;
    if (reference.kind === 'customer') {
      const customer = loader.customerNode(reference.customerId);
      if (customer !== null) results[index] = new CustomerObject(customer);
      return;
    }
    let destination: Destination | null;
    try {
      destination = loader.foundDestination(reference.customerId, reference.destinationId);
    } catch (error) {
      // Nobody can say whether there is this object: the others are not affected.
      results[index] = error as Error;
      return;
    }
    if (destination === null) return;
    if (reference.kind === 'destination') results[index] = new DestinationObject(destination);
    else if (reference.kind === 'revision') addRevision(revisions, destination, reference.number, index);
    else addToGroup(groups, destination, reference, index);
  };
  for (const [index, name] of names.entries()) {
    find(name, index);
    if (turns.isOver) await turns.next();
  }
  const moments = [...groups.values()].filter(({ at }) => at !== null).length;
  if (moments > MAX_MOMENTS) {
    throw gatewayError(
      'QUERY_TOO_COMPLEX',
      `The IDs are of segments at ${moments} moments and destinations; ask for ${MAX_MOMENTS} at once.`,
    );
  }
  await Promise.all([
    startInTurns(groups.values(), turns, (group) => findSegments(loader, group, results)),
    startInTurns(revisions.values(), turns, (group) => findRevisions(loader, group, results)),
  ]);
  return results;
}

function* placesOf<Name>(
  names: readonly Name[],
  referenceOf: (name: Name) => NodeReference | null,
): Iterable<DestinationPlace> {
  for (const name of names) {
    const reference = referenceOf(name);
    if (reference === null || reference.kind === 'customer') continue;
    if (idMistake('id', reference.customerId) === null) yield reference;
  }
}

function addRevision(
  groups: Map<string, RevisionGroup>,
  destination: Destination,
  number: number,
  index: number,
): void {
  const group = groups.get(destination.key);
  if (group === undefined) groups.set(destination.key, { destination, numbers: [number], indices: [index] });
  else {
    group.numbers.push(number);
    group.indices.push(index);
  }
}

function addToGroup(
  groups: Map<string, SegmentGroup>,
  destination: Destination,
  { key, at }: ReferenceTo<'segment'>,
  index: number,
): void {
  const groupKey = `${at} ${destination.key}`;
  const group = groups.get(groupKey);
  if (group === undefined) groups.set(groupKey, { destination, at, keys: [key], indices: [index] });
  else {
    group.keys.push(key);
    group.indices.push(index);
  }
}

async function findSegments(
  loader: DestinationLoader,
  { destination, at, keys, indices }: SegmentGroup,
  results: NodeResult[],
): Promise<void> {
  try {
    const { asOf, segments } = await loader.segmentsOf(destination, keys, at);
    const toObject = segmentMapper();
    for (const [position, segment] of segments.entries()) {
      const index = indices[position];
      if (segment === undefined || index === undefined) continue;
      results[index] = toObject({ segment, destination, asOf, askedFor: null, at });
    }
  } catch (error) {
    for (const index of indices) results[index] = error as Error;
  }
}

async function findRevisions(
  loader: DestinationLoader,
  { destination, numbers, indices }: RevisionGroup,
  results: NodeResult[],
): Promise<void> {
  try {
    const found = await loader.revisionsByNumber(destination, numbers);
    for (const [position, revision] of found.entries()) {
      const index = indices[position];
      if (revision === null || index === undefined) continue;
      results[index] = new SegmentRevisionObject(revision, destination);
    }
  } catch (error) {
    for (const index of indices) results[index] = error as Error;
  }
}
