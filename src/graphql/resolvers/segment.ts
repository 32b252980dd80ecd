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
    description: 'Every change of the segment that this gateway detected, newest first.',
  })
  async history(
    @Root() { id, destination }: SegmentObject,
    @FirstArg(20) first: number,
    @AfterArg() after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentRevisionConnectionObject> {
    const scope = { segmentId: id, since: null };
    return new SegmentRevisionConnectionObject(
      await readHistory(context, destination.model, scope, first, after),
    );
  }
}
