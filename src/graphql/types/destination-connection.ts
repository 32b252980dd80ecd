import { Field, Int, ObjectType } from 'type-graphql';
import type { Destination, DestinationPosition, Page, SyncStatus } from '../../directory/index.js';
import { destinationCursor } from '../cursors.js';
import type { ListItem, LongLists } from '../request/long-lists.js';
import { DestinationObject } from './destination.js';
import { SyncStatusEnum } from './enums.js';
import { PageInfoObject } from './page-info.js';

/** A destination with its position in a list. */
export interface ListedDestination extends DestinationPosition {
  readonly destination: Destination;
}

/** GraphQL type DestinationEdge, a Relay edge. */
@ObjectType('DestinationEdge', {
  description: 'A destination in a list, with its cursor.',
  simpleResolvers: true,
})
class DestinationEdgeObject {
  @Field(() => DestinationObject, { description: 'The destination.' })
  readonly node: DestinationObject;
  readonly #position: DestinationPosition;

  constructor({ destination, ...position }: ListedDestination) {
    this.#position = position;
    this.node = new DestinationObject(destination);
  }

  @Field(() => String, { description: 'Pass this as `after` to get the items that follow this one.' })
  get cursor(): string {
    return destinationCursor(this.#position);
  }
}

/** GraphQL type SyncStatusCount. */
@ObjectType('SyncStatusCount', {
  description: 'Number of destinations with one status.',
  simpleResolvers: true,
})
class SyncStatusCountObject {
  @Field(() => SyncStatusEnum, { description: 'The status.' })
  readonly status: SyncStatus;

  @Field(() => Int, { description: 'Number of destinations.' })
  readonly count: number;

  constructor(status: SyncStatus, count: number) {
    this.status = status;
    this.count = count;
  }
}

/** GraphQL type DestinationConnection, a Relay connection. */
@ObjectType('DestinationConnection', {
  description: 'A page of a list of destinations, sorted by name, then customer and ID.',
  simpleResolvers: true,
})
export class DestinationConnectionObject {
  @Field(() => PageInfoObject, { description: 'The position of this page in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'Number of destinations in the whole list.' })
  readonly totalCount: number;

  @Field(() => [SyncStatusCountObject], {
    description:
      'Number of destinations by status, as the list would be without the argument `status`. One for each status, also where there is none.',
  })
  readonly statusCounts: readonly SyncStatusCountObject[];

  readonly #edges: readonly DestinationEdgeObject[];
  readonly #lists: LongLists;

  constructor(page: Page<ListedDestination>, counts: ReadonlyMap<SyncStatus, number>, lists: LongLists) {
    this.#lists = lists;
    this.#edges = page.items.map((item) => new DestinationEdgeObject(item));
    this.pageInfo = new PageInfoObject(page, this.#edges);
    this.totalCount = page.totalCount;
    this.statusCounts = Object.values(SyncStatusEnum).map(
      (status) => new SyncStatusCountObject(status, counts.get(status) ?? 0),
    );
  }

  @Field(() => [DestinationEdgeObject], { description: 'The destinations on this page, with their cursors.' })
  get edges(): readonly ListItem<DestinationEdgeObject>[] {
    return this.#lists.spread(this.#edges);
  }

  @Field(() => [DestinationObject], { description: 'The destinations on this page.' })
  get nodes(): readonly ListItem<DestinationObject>[] {
    return this.#lists.spread(this.#edges.map((edge) => edge.node));
  }
}
