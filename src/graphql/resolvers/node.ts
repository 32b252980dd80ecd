import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Destination } from '../../directory/index.js';
import { idMistake } from '../arguments.js';
import { parseGlobalId, type NodeReference } from '../global-ids.js';
import type { GatewayContext } from '../request/context.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import type { ListItem } from '../request/long-lists.js';
import { gatewayError } from '../request/errors.js';
import { startInTurns } from '../request/in-turns.js';
import type { DestinationPlace } from '../request/visible-customers.js';
import { CustomerObject } from '../types/customer.js';
import { DestinationObject } from '../types/destination.js';
import { ID } from '../types/id.js';
import { NodeObject } from '../types/node.js';
import { SegmentRevisionObject } from '../types/revision.js';
import { segmentMapper, type SegmentObject } from '../types/segment.js';

type AnyNode = CustomerObject | DestinationObject | SegmentObject | SegmentRevisionObject;

/** An object; `null` if there is none, or none that the caller may see; an error that concerns this ID only. */
type NodeResult = AnyNode | Error | null;

/** Queries for objects of any type by their global IDs. */
@Resolver()
export class NodeResolver {
  @Query(() => NodeObject, {
    nullable: true,
    description:
      'The object with this ID; null if there is none, or none that the caller may see, or if the ID is not one of this API.',
  })
  async node(
    @Arg('id', () => ID, { description: 'The `id` of the object.' }) id: string,
    @Ctx() { loader }: GatewayContext,
  ): Promise<AnyNode | null> {
    const [result = null] = await findNodes(loader, [id]);
    if (result instanceof Error) throw result;
    return result;
  }

  @Query(() => [NodeObject], {
    nullable: 'itemsAndList',
    description:
      'The objects with these IDs, in the order of `ids`; null for each ID without an object. An object that cannot be read is null and has an error with its path; the others are not affected.',
  })
  async nodes(
    @Arg('ids', () => [ID], { description: 'The `id`s of the objects.' }) ids: string[],
    @Ctx() { loader }: GatewayContext,
  ): Promise<readonly ListItem<NodeResult>[]> {
    return loader.lists.spread(await findNodes(loader, ids));
  }
}

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

async function findNodes(loader: DestinationLoader, ids: readonly string[]): Promise<NodeResult[]> {
  await loader.lookFor(placesOf(ids));
  const turns = loader.turns();
  const results = new Array<NodeResult>(ids.length).fill(null);
  const groups = new Map<string, SegmentGroup>();
  const revisions = new Map<string, RevisionGroup>();
  const find = (id: string, index: number): void => {
    const reference = parseGlobalId(id);
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
  for (const [index, id] of ids.entries()) {
    find(id, index);
    if (turns.isOver) await turns.next();
  }
  const moments = [...groups.values()].filter(({ at }) => at !== null).length;
  if (moments > MAX_MOMENTS) {
    throw gatewayError(
      'QUERY_TOO_COMPLEX',
      `ids are of segments at ${moments} moments and destinations; ask for ${MAX_MOMENTS} at once.`,
    );
  }
  await Promise.all([
    startInTurns(groups.values(), turns, (group) => findSegments(loader, group, results)),
    startInTurns(revisions.values(), turns, (group) => findRevisions(loader, group, results)),
  ]);
  return results;
}

function* placesOf(ids: readonly string[]): Iterable<DestinationPlace> {
  for (const id of ids) {
    const reference = parseGlobalId(id);
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
