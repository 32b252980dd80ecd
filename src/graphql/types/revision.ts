import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import type {
  Destination,
  MetadataSource,
  RevisionKind,
  RevisionPage,
  StoredRevision,
} from '../../directory/index.js';
import { revisionCursor } from '../cursors.js';
import { revisionGlobalId } from '../global-ids.js';
import type { ListItem, LongLists } from '../request/long-lists.js';
import { MetadataSourceEnum, SegmentRevisionKindEnum, SegmentStatusEnum } from './enums.js';
import { ID } from './id.js';
import { NodeObject } from './node.js';
import { PageInfoObject } from './page-info.js';

/** GraphQL type SegmentRevision. */
@ObjectType('SegmentRevision', {
  implements: NodeObject,
  description: 'A change of a segment, with its metadata after the change.',
  simpleResolvers: true,
})
export class SegmentRevisionObject implements NodeObject {
  readonly #revision: StoredRevision;
  readonly #destination: Destination;

  constructor(revision: StoredRevision, destination: Destination) {
    this.#revision = revision;
    this.#destination = destination;
  }

  @Field(() => ID, { description: 'Identifies the change among all objects. Opaque.' })
  get id(): string {
    const { customerId, id: destinationId } = this.#destination;
    return revisionGlobalId({ customerId, destinationId, number: this.#revision.number });
  }

  @Field(() => ID, {
    description:
      'The mapping ID of the segment that changed. For a segment that only has a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`.',
  })
  get segmentId(): string {
    return this.#revision.segmentId;
  }

  @Field(() => GraphQLDateTime, { description: 'When this gateway detected the change.' })
  get at(): Date {
    return new Date(this.#revision.at);
  }

  @Field(() => SegmentRevisionKindEnum, { description: 'What changed.' })
  get kind(): RevisionKind {
    return this.#revision.kind;
  }

  @Field(() => String, { nullable: true, description: 'The name after the change.' })
  get name(): string | null {
    return this.#revision.name;
  }

  @Field(() => String, { nullable: true, description: 'The description after the change.' })
  get description(): string | null {
    return this.#revision.description;
  }

  @Field(() => SegmentStatusEnum, { description: 'The status after the change.' })
  get status(): MappingStatus {
    return this.#revision.status;
  }

  @Field(() => MetadataSourceEnum, {
    description: 'Where name, description and status came from after the change.',
  })
  get source(): MetadataSource {
    return this.#revision.source;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The caller or person who made a manual change; null for changes from Audience Manager.',
  })
  get by(): string | null {
    return this.#revision.by;
  }
}

/** GraphQL type SegmentRevisionEdge, a Relay edge. */
@ObjectType('SegmentRevisionEdge', {
  description: 'A change in a history, with its cursor.',
  simpleResolvers: true,
})
class SegmentRevisionEdgeObject {
  @Field(() => SegmentRevisionObject, { description: 'The change.' })
  readonly node: SegmentRevisionObject;
  readonly #number: number;

  constructor(revision: StoredRevision, destination: Destination) {
    this.#number = revision.number;
    this.node = new SegmentRevisionObject(revision, destination);
  }

  @Field(() => String, { description: 'Pass this as `after` to get the items that follow this one.' })
  get cursor(): string {
    return revisionCursor(this.#number);
  }
}

/** GraphQL type SegmentRevisionConnection, a Relay connection. */
@ObjectType('SegmentRevisionConnection', {
  description: 'A page of a history, newest change first unless another order was asked for.',
  simpleResolvers: true,
})
export class SegmentRevisionConnectionObject {
  @Field(() => PageInfoObject, { description: 'The position of this page in the history.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'Number of changes in the whole history.' })
  readonly totalCount: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      'From when on all changes of the destination are kept. Of what was before, only the last change of each segment is kept. Null: nothing was ever removed.',
  })
  readonly completeSince: Date | null;
  readonly #edges: readonly SegmentRevisionEdgeObject[];
  readonly #lists: LongLists;

  /** @param endOfEmptyPage `endCursor` of a page without changes */
  constructor(
    page: RevisionPage,
    destination: Destination,
    lists: LongLists,
    endOfEmptyPage: string | null = null,
  ) {
    this.#lists = lists;
    this.#edges = page.revisions.map((revision) => new SegmentRevisionEdgeObject(revision, destination));
    this.totalCount = page.totalCount;
    this.completeSince = page.completeSince === null ? null : new Date(page.completeSince);
    this.pageInfo = new PageInfoObject(page, this.#edges, endOfEmptyPage);
  }

  @Field(() => [SegmentRevisionEdgeObject], { description: 'The changes on this page, with their cursors.' })
  get edges(): readonly ListItem<SegmentRevisionEdgeObject>[] {
    return this.#lists.spread(this.#edges);
  }

  @Field(() => [SegmentRevisionObject], { description: 'The changes on this page.' })
  get nodes(): readonly ListItem<SegmentRevisionObject>[] {
    return this.#lists.spread(this.#edges.map((edge) => edge.node));
  }
}
