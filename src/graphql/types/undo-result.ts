import { Field, Int, ObjectType } from 'type-graphql';
import type { Destination, KeptChange, UndoOutcome } from '../../directory/index.js';
import { ID } from './id.js';
import { ImportObject } from './import.js';
import { SegmentObject, SegmentOrigin } from './segment.js';

/** GraphQL type KeptSegment. */
@ObjectType('KeptSegment', {
  description: 'A segment that stays as it is, although its import is taken back.',
  simpleResolvers: true,
})
class KeptSegmentObject {
  @Field(() => ID, {
    description:
      'The mapping ID of the segment. For a segment that only had a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`.',
  })
  readonly segmentId: string;

  @Field(() => SegmentObject, { nullable: true, description: 'The segment now; null if it was removed.' })
  readonly segment: SegmentObject | null;

  @Field(() => String, { description: 'Why it stays.' })
  readonly reason: string;

  constructor({ segmentId, segment, reason }: KeptChange, origin: SegmentOrigin) {
    this.segmentId = segmentId;
    this.segment = segment === null ? null : new SegmentObject(segment, origin);
    this.reason = reason;
  }
}

/** Maximum number of kept segments in a response. `keptCount` counts all. */
const MAX_KEPT = 1_000;

/** GraphQL type UndoResult. */
@ObjectType('UndoResult', { description: 'What taking an import back has done.', simpleResolvers: true })
export class UndoResultObject {
  @Field(() => Int, { description: 'Number of segments that are as they were before the import.' })
  readonly restored: number;

  @Field(() => Int, {
    description: 'Number of segments that stay as they are, because they were changed after the import.',
  })
  readonly keptCount: number;

  @Field(() => [KeptSegmentObject], {
    description: 'These segments; the first 1000. Empty for callers without the permission `read`.',
  })
  readonly kept: readonly KeptSegmentObject[];

  @Field(() => ImportObject, { description: 'The import, which is marked as taken back.' })
  readonly import: ImportObject;

  /** @param mayRead whether the segments may be told */
  constructor(outcome: UndoOutcome, destination: Destination, mayRead: boolean) {
    const origin = new SegmentOrigin(destination, outcome.snapshot.asOf);
    this.restored = outcome.restored;
    this.keptCount = outcome.kept.length;
    this.kept = mayRead
      ? outcome.kept.slice(0, MAX_KEPT).map((each) => new KeptSegmentObject(each, origin))
      : [];
    this.import = new ImportObject(outcome.import, destination);
  }
}
