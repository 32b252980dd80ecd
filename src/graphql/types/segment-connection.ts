import { Field, Int, ObjectType } from 'type-graphql';
import { positionOf, type Destination, type Located, type Page } from '../../directory/index.js';
import { segmentCursor } from '../cursors.js';
import { PageInfoObject } from './page-info.js';
import { SegmentObject, SegmentOrigin } from './segment.js';

/** Relay's edge. */
@ObjectType('SegmentEdge', { description: 'A segment and its place in the list.', simpleResolvers: true })
export class SegmentEdgeObject {
  @Field(() => String, { description: 'Its place: give it as `after` to go on behind it.' })
  readonly cursor: string;

  @Field(() => SegmentObject, { description: 'The segment.' })
  readonly node: SegmentObject;

  constructor(cursor: string, node: SegmentObject) {
    this.cursor = cursor;
    this.node = node;
  }
}

/** Relay's connection. */
@ObjectType('SegmentConnection', {
  description: 'A page of a list of segments, by name, then ID.',
  simpleResolvers: true,
})
export class SegmentConnectionObject {
  @Field(() => [SegmentEdgeObject], { description: 'The segments of this page with their cursors.' })
  readonly edges: readonly SegmentEdgeObject[];

  @Field(() => PageInfoObject, { description: 'Where this page stands in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'How many segments the whole list has.' })
  readonly totalCount: number;

  constructor(page: Page<Located>) {
    const origins = new Map<Destination, SegmentOrigin>();
    this.edges = page.items.map((located) => {
      let origin = origins.get(located.destination);
      if (origin === undefined) {
        origin = new SegmentOrigin(located.destination, located.asOf);
        origins.set(located.destination, origin);
      }
      return new SegmentEdgeObject(
        segmentCursor(positionOf(located)),
        new SegmentObject(located.segment, origin),
      );
    });
    this.pageInfo = new PageInfoObject(
      page,
      this.edges.map((edge) => edge.cursor),
    );
    this.totalCount = page.totalCount;
  }

  @Field(() => [SegmentObject], { description: 'The segments of this page.' })
  get nodes(): SegmentObject[] {
    return this.edges.map((edge) => edge.node);
  }
}
