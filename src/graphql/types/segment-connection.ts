import { Field, Int, ObjectType } from 'type-graphql';
import { positionOf, type Located, type Page } from '../../directory/index.js';
import { segmentCursor } from '../cursors.js';
import type { SearchPage } from '../request/destination-loader.js';
import { DestinationObject } from './destination.js';
import { PageInfoObject } from './page-info.js';
import { SegmentObject, segmentMapper } from './segment.js';

/** GraphQL type SegmentEdge, a Relay edge. */
@ObjectType('SegmentEdge', { description: 'A segment in a list, with its cursor.', simpleResolvers: true })
class SegmentEdgeObject {
  @Field(() => String, { description: 'Pass this as `after` to get the items that follow this one.' })
  readonly cursor: string;

  @Field(() => SegmentObject, { description: 'The segment.' })
  readonly node: SegmentObject;

  constructor(cursor: string, node: SegmentObject) {
    this.cursor = cursor;
    this.node = node;
  }
}

/** GraphQL type SegmentConnection, a Relay connection. */
@ObjectType('SegmentConnection', {
  description: 'A page of a list of segments, sorted by name, then ID.',
  simpleResolvers: true,
})
export class SegmentConnectionObject {
  @Field(() => [SegmentEdgeObject], { description: 'The segments on this page, with their cursors.' })
  readonly edges: readonly SegmentEdgeObject[];

  @Field(() => PageInfoObject, { description: 'The position of this page in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'Number of segments in the whole list.' })
  readonly totalCount: number;

  constructor(page: Page<Located>) {
    const toObject = segmentMapper();
    this.edges = page.items.map(
      (located) => new SegmentEdgeObject(segmentCursor(positionOf(located)), toObject(located)),
    );
    this.pageInfo = new PageInfoObject(
      page,
      this.edges.map((edge) => edge.cursor),
    );
    this.totalCount = page.totalCount;
  }

  @Field(() => [SegmentObject], { description: 'The segments on this page.' })
  get nodes(): SegmentObject[] {
    return this.edges.map((edge) => edge.node);
  }
}

/** GraphQL type SegmentSearchConnection, a Relay connection. */
@ObjectType('SegmentSearchConnection', {
  description: 'A page of the segments that a search found, sorted by name, then ID.',
  simpleResolvers: true,
})
export class SegmentSearchConnectionObject extends SegmentConnectionObject {
  @Field(() => [DestinationObject], {
    description:
      'The destinations of which nothing is known, because they could not be read yet, so that nothing of them can be found. Their `sync` says why.',
  })
  readonly unread: readonly DestinationObject[];

  constructor(page: SearchPage) {
    super(page);
    this.unread = page.unread.map((destination) => new DestinationObject(destination));
  }
}
