import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import type { MetadataSource, RevisionKind, RevisionPage, StoredRevision } from '../../directory/index.js';
import { revisionCursor } from '../cursors.js';
import { MetadataSourceEnum, SegmentRevisionKindEnum, SegmentStatusEnum } from './enums.js';
import { PageInfoObject } from './page-info.js';

/** One change of a segment, and how it stood afterwards. */
@ObjectType('SegmentRevision', {
  description: 'One change of a segment, and how it stood afterwards.',
  simpleResolvers: true,
})
export class SegmentRevisionObject {
  readonly #revision: StoredRevision;

  constructor(revision: StoredRevision) {
    this.#revision = revision;
  }

  @Field(() => ID, { description: 'The ID (mapping ID) of the segment that changed.' })
  get segmentId(): string {
    return this.#revision.segmentId;
  }

  @Field(() => GraphQLDateTime, { description: 'When this gateway saw the change.' })
  get at(): Date {
    return new Date(this.#revision.at);
  }

  @Field(() => SegmentRevisionKindEnum, { description: 'What changed.' })
  get kind(): RevisionKind {
    return this.#revision.kind;
  }

  @Field(() => String, { nullable: true, description: 'The name from then on.' })
  get name(): string | null {
    return this.#revision.name;
  }

  @Field(() => String, { nullable: true, description: 'The description from then on.' })
  get description(): string | null {
    return this.#revision.description;
  }

  @Field(() => SegmentStatusEnum, { description: 'The status from then on.' })
  get status(): MappingStatus {
    return this.#revision.status;
  }

  @Field(() => MetadataSourceEnum, { description: 'Where name, description and status came from.' })
  get source(): MetadataSource {
    return this.#revision.source;
  }

  @Field(() => String, { nullable: true, description: 'Who did it, for changes by hand.' })
  get by(): string | null {
    return this.#revision.by;
  }
}

/** Relay's edge. */
@ObjectType('SegmentRevisionEdge', {
  description: 'A change and its place in the history.',
  simpleResolvers: true,
})
export class SegmentRevisionEdgeObject {
  @Field(() => String, { description: 'Its place: give it as `after` to go on behind it.' })
  readonly cursor: string;

  @Field(() => SegmentRevisionObject, { description: 'The change.' })
  readonly node: SegmentRevisionObject;

  constructor(revision: StoredRevision) {
    this.cursor = revisionCursor(revision.number);
    this.node = new SegmentRevisionObject(revision);
  }
}

/** Relay's connection. */
@ObjectType('SegmentRevisionConnection', {
  description: 'A page of history, newest first.',
  simpleResolvers: true,
})
export class SegmentRevisionConnectionObject {
  @Field(() => [SegmentRevisionEdgeObject], { description: 'The changes of this page with their cursors.' })
  readonly edges: readonly SegmentRevisionEdgeObject[];

  @Field(() => PageInfoObject, { description: 'Where this page stands in the history.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'How many changes the whole history has.' })
  readonly totalCount: number;

  constructor(page: RevisionPage, hasPreviousPage: boolean) {
    this.edges = page.revisions.map((revision) => new SegmentRevisionEdgeObject(revision));
    this.totalCount = page.totalCount;
    this.pageInfo = new PageInfoObject(
      { hasPreviousPage, hasNextPage: page.hasNextPage },
      this.edges.map((edge) => edge.cursor),
    );
  }

  @Field(() => [SegmentRevisionObject], { description: 'The changes of this page.' })
  get nodes(): SegmentRevisionObject[] {
    return this.edges.map((edge) => edge.node);
  }
}
