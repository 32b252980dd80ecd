import { Field, ObjectType } from 'type-graphql';
import type { Page } from '../../directory/index.js';

/** GraphQL type PageInfo, as Relay defines it. */
@ObjectType('PageInfo', { description: 'The position of a page in its list.', simpleResolvers: true })
export class PageInfoObject {
  @Field(() => Boolean, { description: 'Whether there are items after this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there are items before this page.' })
  readonly hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The cursor of the page's first item; null if the page is empty.",
  })
  readonly startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The cursor of the page's last item; null if the page is empty. Pass it as `after` to get the next page.",
  })
  readonly endCursor: string | null;

  /** @param cursors the cursors of the page's items, in order */
  constructor(page: Pick<Page<unknown>, 'hasNextPage' | 'hasPreviousPage'>, cursors: readonly string[]) {
    this.hasNextPage = page.hasNextPage;
    this.hasPreviousPage = page.hasPreviousPage;
    this.startCursor = cursors[0] ?? null;
    this.endCursor = cursors.at(-1) ?? null;
  }
}
