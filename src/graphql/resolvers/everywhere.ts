import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { fold, searchTerms } from '../../base/text.js';
import type { DestinationType } from '../../config/index.js';
import {
  NO_FINDING,
  isAfterDestination,
  pageOf,
  sortDestinations,
  type Destination,
  type DestinationPosition,
  type SyncStatus,
} from '../../directory/index.js';
import { checkFirst, checkSearchText, idMistake } from '../arguments.js';
import { parseDestinationCursor } from '../cursors.js';
import type { GatewayContext } from '../request/context.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { failureOf } from '../request/errors.js';
import type { LongLists } from '../request/long-lists.js';
import { AfterArg, DestinationTypesArg, FirstArg, SegmentIdsArg } from '../types/arguments.js';
import { DestinationConnectionObject, type ListedDestination } from '../types/destination-connection.js';
import { SyncStatusEnum } from '../types/enums.js';
import { ID } from '../types/id.js';
import { SegmentFindingObject, SegmentFindingsObject } from '../types/segment-finding.js';
import { segmentMapper } from '../types/segment.js';
import { namedDestinations, ofTypes } from './named-destinations.js';

/** Queries over all destinations that the caller may see. */
@Resolver()
export class EverywhereResolver {
  @Query(() => SegmentFindingsObject, {
    nullable: true,
    description:
      'What these IDs are, where it is not known which destination they are from: looks into all destinations that the caller may see, and in each under its own rules (`segmentIdType`, AUTO). IDs are compared as a whole; use searchSegments for parts of them. An ID that is not known makes no destination be read again. What an ID is, is certain if `segmentCount` is 1 and `unread` is empty.',
  })
  async findSegments(
    @SegmentIdsArg() segmentIds: string[],
    @Arg('customerId', () => ID, {
      nullable: true,
      description: 'Look only into destinations of this customer.',
    })
    customerId: string | null,
    @DestinationTypesArg() type: DestinationType[] | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<SegmentFindingsObject> {
    const key = ['findSegments', segmentIds, customerId, type];
    return await loader.memo.once(key, () =>
      loader.oneAfterAnother(() => find(loader, segmentIds, { customerId, type })),
    );
  }

  @Query(() => DestinationConnectionObject, {
    nullable: true,
    description:
      'All destinations that the caller may see, sorted by name, then customer and ID. The name that counts is that of the configuration or, for customers whose destinations are discovered, of the list of their destinations; the others come last. So nothing moves because a name becomes known while the list is paged through.',
  })
  async destinations(
    @Arg('search', () => String, {
      nullable: true,
      description:
        'Return only destinations with all these words in name or ID, their own or those of their customer. Case and accents are ignored.',
    })
    search: string | null,
    @Arg('customerId', () => ID, {
      nullable: true,
      description: 'Return only destinations of this customer.',
    })
    customerId: string | null,
    @Arg('status', () => [SyncStatusEnum], {
      nullable: true,
      description: 'Return only destinations with one of these states of synchronization.',
    })
    status: SyncStatus[] | null,
    @DestinationTypesArg() type: DestinationType[] | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): Promise<DestinationConnectionObject> {
    const key = ['destinations', search, customerId, status, type, first, after];
    return await loader.memo.once(key, async () => {
      checkFirst(first, limits);
      checkSearchText('search', search);
      const position = parseDestinationCursor(after);
      loader.readSet.unrepeatable();
      const named = ofTypes(await namedDestinations(loader, customerId, null), type);
      return listOf(matching(named.map(listedOf), search), { status, first, position }, loader.lists);
    });
  }
}

/** Where IDs are looked for. */
interface FindFilter {
  readonly customerId: string | null;
  readonly type: readonly DestinationType[] | null;
}

/** Finds IDs in all destinations that are not filtered out. @throws GraphQLError, DirectoryError */
async function find(
  loader: DestinationLoader,
  segmentIds: readonly string[],
  { customerId, type }: FindFilter,
): Promise<SegmentFindingsObject> {
  const turns = loader.turns();
  const mistakes = new Map<number, Error>();
  for (const [index, id] of segmentIds.entries()) {
    const mistake = idMistake(`segmentIds[${index}]`, id);
    if (mistake !== null) mistakes.set(index, mistake);
    if (turns.isOver) await turns.next();
  }
  const valid = segmentIds.filter((_, index) => !mistakes.has(index));
  const destinations = ofTypes(await namedDestinations(loader, customerId, null), type);
  const { byId, unread } = await loader.findAnywhere(destinations, valid);
  const toObject = segmentMapper();
  const findings = segmentIds.map((segmentId, index) => {
    const mistake = mistakes.get(index);
    const failure = mistake === undefined ? null : failureOf(mistake);
    const finding = (failure === null ? byId.get(segmentId) : undefined) ?? NO_FINDING;
    return new SegmentFindingObject({ segmentId, finding, failure, toObject });
  });
  return new SegmentFindingsObject(findings, unread, loader.lists);
}

/** Which page of a list of destinations is wanted. */
interface ListRequest {
  /** `null`: any. */
  readonly status: readonly SyncStatus[] | null;
  readonly first: number;
  readonly position: DestinationPosition | null;
}

/** A page of destinations, with the numbers of them by status. */
function listOf(
  listed: readonly ListedDestination[],
  { status, first, position }: ListRequest,
  lists: LongLists,
): DestinationConnectionObject {
  const counts = new Map<SyncStatus, number>();
  for (const { destination } of listed) {
    counts.set(destination.status, (counts.get(destination.status) ?? 0) + 1);
  }
  const wanted = Array.isArray(status)
    ? listed.filter((each) => status.includes(each.destination.status))
    : listed;
  const isAfter = position === null ? null : isAfterDestination(position);
  return new DestinationConnectionObject(pageOf(sortDestinations(wanted), first, isAfter), counts, lists);
}

/**
 * A destination with its position. It is sorted by the name that the configuration or the list of all destinations of its
 * customer gives: names that are read one by one become known while a list is paged through, and must not move anything.
 */
function listedOf(destination: Destination): ListedDestination {
  const name = destination.settings.name ?? destination.details.listedName;
  return { destination, name, id: destination.id, customerId: destination.customerId };
}

function matching(listed: readonly ListedDestination[], search: string | null): readonly ListedDestination[] {
  const terms = searchTerms(search ?? '');
  if (terms.length === 0) return listed;
  return listed.filter(({ destination, id, customerId }) => {
    // Nothing is read for a list.
    const name = destination.settings.name ?? destination.details.known?.name ?? '';
    const haystack = fold([name, id, destination.customer.name, customerId].join('\n'));
    return terms.every((term) => haystack.includes(term));
  });
}
