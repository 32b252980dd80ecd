import { Field, Int, ObjectType } from 'type-graphql';
import { positionOf, type Destination, type Located, type MatchPage } from '../../directory/index.js';
import { segmentCursor } from '../cursors.js';
import type { SearchPage } from '../request/destination-loader.js';
import type { ListItem, LongLists } from '../request/long-lists.js';
import { DestinationObject } from './destination.js';
import { PageInfoObject } from './page-info.js';
import { SegmentObject, segmentMapper } from './segment.js';

/** GraphQL type SegmentEdge, a Relay edge. */
@ObjectType('SegmentEdge', { description: 'A segment in a list, with its cursor.', simpleResolvers: true })
class SegmentEdgeObject {
  @Field(() => SegmentObject, { description: 'The segment.' })
  readonly node: SegmentObject;
  readonly #located: Located;

  constructor(located: Located, node: SegmentObject) {
    this.#located = located;
    this.node = node;
  }

  @Field(() => String, { description: 'Pass this as `after` to get the items that follow this one.' })
  get cursor(): string {
    return segmentCursor(positionOf(this.#located));
  }
}

/** GraphQL type SegmentConnection, a Relay connection. */
@ObjectType('SegmentConnection', {
  description: 'A page of a list of segments, sorted by name, then ID.',
  simpleResolvers: true,
})
export class SegmentConnectionObject {
  @Field(() => PageInfoObject, { description: 'The position of this page in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'Number of segments in the whole list.' })
  readonly totalCount: number | null;

  readonly #edges: readonly SegmentEdgeObject[];
  readonly #lists: LongLists;

  /** @param page what no field asks for may be `null` */
  constructor(page: MatchPage, lists: LongLists) {
    const toObject = segmentMapper();
    this.#lists = lists;
    this.#edges = page.items.map((located) => new SegmentEdgeObject(located, toObject(located)));
    this.pageInfo = new PageInfoObject(page, this.#edges);
    this.totalCount = page.totalCount;
  }

  @Field(() => [SegmentEdgeObject], { description: 'The segments on this page, with their cursors.' })
  get edges(): readonly ListItem<SegmentEdgeObject>[] {
    return this.#lists.spread(this.#edges);
  }

  @Field(() => [SegmentObject], { description: 'The segments on this page.' })
  get nodes(): readonly ListItem<SegmentObject>[] {
    return this.#lists.spread(this.#edges.map((edge) => edge.node));
  }
}

/** GraphQL type SegmentSearchConnection, a Relay connection. */
@ObjectType('SegmentSearchConnection', {
  description:
    'A page of the segments that a search found: those first that have the whole text as an identifier, each sorted by name, then ID.',
  simpleResolvers: true,
})
export class SegmentSearchConnectionObject extends SegmentConnectionObject {
  readonly #unread: readonly Destination[];
  readonly #lists: LongLists;

  constructor(page: SearchPage, lists: LongLists) {
    super(page, lists);
    this.#unread = page.unread;
    this.#lists = lists;
  }

  @Field(() => [DestinationObject], {
    description:
      'The destinations that could not be searched, because they were not read yet, or cannot be read now. A search waits for a few first readings only; the others go on behind it. Their `sync` says more.',
  })
  get unread(): readonly ListItem<DestinationObject>[] {
    return this.#lists.spread(this.#unread.map((destination) => new DestinationObject(destination)));
  }
}
