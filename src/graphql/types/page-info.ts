import { Field, ObjectType } from 'type-graphql';
import type { Page } from '../../directory/index.js';

/** Relay's PageInfo. */
@ObjectType('PageInfo', { description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfoObject {
  @Field(() => Boolean, { description: 'Whether there are items behind this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there are items before this page.' })
  readonly hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: "The cursor of the page's first item." })
  readonly startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The cursor of the page's last item: give it as `after`.",
  })
  readonly endCursor: string | null;

  constructor(page: Pick<Page<unknown>, 'hasNextPage' | 'hasPreviousPage'>, cursors: readonly string[]) {
    this.hasNextPage = page.hasNextPage;
    this.hasPreviousPage = page.hasPreviousPage;
    this.startCursor = cursors[0] ?? null;
    this.endCursor = cursors.at(-1) ?? null;
  }
}
