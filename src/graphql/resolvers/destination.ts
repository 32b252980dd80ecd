import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import { searchSnapshots } from '../../directory/index.js';
import { checkFirst, checkSearchText } from '../arguments.js';
import { parseSegmentCursor } from '../cursors.js';
import { lookUp, lookUpOne } from '../lookups.js';
import type { GatewayContext } from '../request/context.js';
import { readHistory } from '../revisions.js';
import {
  AfterArg,
  AtArg,
  FirstArg,
  IdTypeArg,
  SegmentIdArg,
  SegmentIdsArg,
  StatusArg,
} from '../types/arguments.js';
import { DestinationObject } from '../types/destination.js';
import { SegmentRevisionConnectionObject } from '../types/revision.js';
import { SegmentConnectionObject } from '../types/segment-connection.js';
import { SegmentObject, segmentObject, segmentObjects } from '../types/segment.js';

/** Fields of Destination that lead to its segments. */
@Resolver(() => DestinationObject)
export class DestinationResolver {
  @FieldResolver(() => SegmentObject, {
    nullable: true,
    description:
      'The segment with this ID; null if the destination has no such segment. An ID that stands for several segments is an AMBIGUOUS_ID error.',
  })
  async segment(
    @Root() { model }: DestinationObject,
    @SegmentIdArg() segmentId: string,
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<SegmentObject | null> {
    return segmentObject(await lookUpOne(loader, model, segmentId, { idType, at }));
  }

  @FieldResolver(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description:
      'The segments with these IDs, in the order of `segmentIds`; null for each ID without a segment. An ID that stands for several segments is null and has an AMBIGUOUS_ID error with its path.',
  })
  async segmentsById(
    @Root() { model }: DestinationObject,
    @SegmentIdsArg() segmentIds: string[],
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<(SegmentObject | Error | null)[]> {
    return segmentObjects(await lookUp(loader, model, segmentIds, { idType, at }));
  }

  @FieldResolver(() => SegmentConnectionObject, {
    nullable: true,
    description:
      'All segments, sorted by name, then ID. Null, with an error, if the destination cannot be read.',
  })
  async segments(
    @Root() { model }: DestinationObject,
    @StatusArg() status: MappingStatus[] | null,
    @Arg('search', () => String, {
      nullable: true,
      description:
        'Return only segments with all these words in name, description or an identifier. Case and accents are ignored.',
    })
    search: string | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits, deadline }: GatewayContext,
  ): Promise<SegmentConnectionObject> {
    checkFirst(first, limits);
    checkSearchText('search', search);
    const position = parseSegmentCursor(after);
    const located = { destination: model, snapshot: await loader.snapshot(model) };
    const filter = { text: search, status };
    return new SegmentConnectionObject(
      await searchSnapshots([located], filter, first, position, deadline.signal),
    );
  }

  @FieldResolver(() => SegmentRevisionConnectionObject, {
    nullable: true,
    description:
      "The changes of segments since a time, newest first. Made for jobs that poll for changes. Null, with an error, if the gateway's database does not answer.",
  })
  async changes(
    @Root() { model }: DestinationObject,
    @Arg('since', () => GraphQLDateTime, { description: 'Return changes at this time or later.' })
    since: Date,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentRevisionConnectionObject> {
    const scope = { segmentId: null, since: since.getTime() };
    const page = await readHistory(context, model, scope, first, after);
    return new SegmentRevisionConnectionObject(page, model);
  }
}
