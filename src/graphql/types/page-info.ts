import { Directive, Field, ObjectType } from 'type-graphql';

/** GraphQL type PageInfo, as Relay defines it. */
@Directive('@shareable')
@ObjectType('PageInfo', { description: 'The position of a page in its list.', simpleResolvers: true })
export class PageInfoObject {
  @Field(() => Boolean, { description: 'Whether there are items after this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there are items before this page.' })
  readonly hasPreviousPage: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "The cursor of the page's first item; null if the page is empty.",
  })
  readonly startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The cursor of the page's last item; null if the page is empty. Pass it as `after` to get the next page. An empty page of `changes` with OLDEST_FIRST has the `after` that was asked for, so that a job that polls can always go on from here.",
  })
  readonly endCursor: string | null;

  /**
   * @param page `hasPreviousPage` may be `null` where no field asks for it
   * @param edges the page's items, in order
   * @param endOfEmptyPage `endCursor` of a page without items
   */
  constructor(
    page: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean | null },
    edges: readonly { readonly cursor: string }[],
    endOfEmptyPage: string | null = null,
  ) {
    this.hasNextPage = page.hasNextPage;
    this.hasPreviousPage = page.hasPreviousPage;
    this.startCursor = edges[0]?.cursor ?? null;
    this.endCursor = edges.at(-1)?.cursor ?? endOfEmptyPage;
  }
}
