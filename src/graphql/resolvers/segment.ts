import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { GatewayContext } from '../request/context.js';
import { readHistory } from '../revisions.js';
import { AfterArg, FirstArg } from '../types/arguments.js';
import { SegmentRevisionConnectionObject } from '../types/revision.js';
import { SegmentObject } from '../types/segment.js';

/** Fields of Segment that need a query to the storage. */
@Resolver(() => SegmentObject)
export class SegmentResolver {
  @FieldResolver(() => SegmentRevisionConnectionObject, {
    nullable: true,
    description:
      "Every change of the segment that this gateway detected, newest first. Null, with an error, if the gateway's database does not answer.",
  })
  async history(
    @Root() { key, destination: { model } }: SegmentObject,
    @FirstArg(20) first: number,
    @AfterArg() after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentRevisionConnectionObject> {
    const page = await readHistory(context, model, key, { first, after });
    return new SegmentRevisionConnectionObject(page, model, context.loader.lists);
  }
}
