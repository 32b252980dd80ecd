import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import {
  changesOfDays,
  searchSnapshots,
  startOfDays,
  type Destination,
  type MetadataSource,
  type SnapshotFilter,
} from '../../directory/index.js';
import { checkDays, checkFirst, checkSearchText } from '../arguments.js';
import { parseSegmentCursor } from '../cursors.js';
import { lookUp, lookUpOne } from '../lookups.js';
import type { GatewayContext } from '../request/context.js';
import type { ListItem } from '../request/long-lists.js';
import { readChanges, type RevisionOrder } from '../revisions.js';
import {
  AfterArg,
  AtArg,
  FirstArg,
  IdTypeArg,
  SegmentIdArg,
  SegmentIdsArg,
  StatusArg,
} from '../types/arguments.js';
import { DayOfChangesObject } from '../types/day-of-changes.js';
import { DestinationObject } from '../types/destination.js';
import { MetadataSourceEnum, RevisionOrderEnum } from '../types/enums.js';
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
    const key = ['segment', model.key, segmentId, idType, at];
    return await loader.memo.once(key, async () =>
      segmentObject(await lookUpOne(loader, model, segmentId, { idType, at })),
    );
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
  ): Promise<readonly ListItem<SegmentObject | Error | null>[]> {
    const key = ['segmentsById', model.key, segmentIds, idType, at];
    const results = await loader.memo.once(key, () => lookUp(loader, model, segmentIds, { idType, at }));
    return segmentObjects(results, loader.lists);
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
    @Arg('source', () => MetadataSourceEnum, {
      nullable: true,
      description:
        'Return only segments whose metadata come from there. MANUAL: those with something given by hand, whose `listed` has what Audience Manager says.',
    })
    source: MetadataSource | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentConnectionObject> {
    const key = ['segments', model.key, status, search, source, first, after];
    return await context.loader.memo.once(key, () =>
      segmentsOf(context, model, { text: search, status, source }, { first, after }),
    );
  }

  @FieldResolver(() => SegmentRevisionConnectionObject, {
    nullable: true,
    description:
      "The changes of segments since a time, newest first unless `order` says otherwise. A job that polls asks with OLDEST_FIRST for what follows the last `endCursor`, and misses nothing. Null, with an error, if the gateway's database does not answer.",
  })
  async changes(
    @Root() { model }: DestinationObject,
    @Arg('since', () => GraphQLDateTime, {
      description:
        'Return the first change that this gateway stored at this time or later, and all after it.',
    })
    since: Date,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Arg('order', () => RevisionOrderEnum, {
      nullable: true,
      defaultValue: RevisionOrderEnum.NEWEST_FIRST,
      description: 'The order of the changes.',
    })
    order: RevisionOrder | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentRevisionConnectionObject> {
    const { memo, lists } = context.loader;
    return await memo.once(['changes', model.key, since, first, after, order], async () => {
      const page = await readChanges(context, model, { since, order, first, after });
      return new SegmentRevisionConnectionObject(page, model, lists, page.endOfEmptyPage);
    });
  }

  @FieldResolver(() => [DayOfChangesObject], {
    nullable: true,
    description:
      "The changes of segments on each of the last days, oldest first; today (in UTC) is the last one. Null, with an error, if the gateway's database does not answer.",
  })
  async changesByDay(
    @Root() { model }: DestinationObject,
    @Arg('days', () => Int, { defaultValue: 90, description: 'Number of days: 1 to 400.' }) days: number,
    @Ctx() { loader }: GatewayContext,
  ): Promise<readonly ListItem<DayOfChangesObject>[]> {
    checkDays(days);
    const found = await loader.memo.once(['changesByDay', model.key, days], async () => {
      const now = model.now();
      return changesOfDays(await loader.changesByDay(model, startOfDays(days, now)), days, now);
    });
    return loader.lists.spread(found.map((day) => new DayOfChangesObject(day)));
  }
}

/** A page of the segments of a destination. @throws GraphQLError, DirectoryError */
async function segmentsOf(
  { loader, limits, deadline }: GatewayContext,
  destination: Destination,
  filter: SnapshotFilter,
  { first, after }: { readonly first: number; readonly after: string | null },
): Promise<SegmentConnectionObject> {
  checkFirst(first, limits);
  checkSearchText('search', filter.text);
  const position = parseSegmentCursor(after);
  const located = { destination, snapshot: await loader.snapshot(destination) };
  const page = await loader.oneAfterAnother(() =>
    searchSnapshots([located], filter, first, position, deadline.signal),
  );
  for (const { segment } of page.items) loader.readSet.confirmation(destination, segment);
  return new SegmentConnectionObject(page, loader.lists);
}
