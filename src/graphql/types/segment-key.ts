import { Field, InputType } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { LookupKey } from '../lookups.js';
import { SegmentIdTypeEnum } from './enums.js';
import { ID } from './id.js';

/** GraphQL input type SegmentKey. */
@InputType('SegmentKey', { description: 'Identifies a segment of a destination of a customer.' })
export class SegmentKeyInput implements LookupKey {
  @Field(() => ID, {
    nullable: true,
    description:
      "The customer's ID in this gateway. May be left out if the caller may see only one destination with this ID.",
  })
  readonly customerId?: string | null;

  @Field(() => ID, { description: "The destination's ID in Audience Manager." })
  readonly destinationId!: string;

  @Field(() => ID, { description: 'The segment ID, as it appears in the data.' })
  readonly segmentId!: string;

  @Field(() => SegmentIdTypeEnum, {
    nullable: true,
    description: "As what `segmentId` is to be understood. Default: the destination's `segmentIdType`.",
  })
  readonly idType?: SegmentIdType | null;
}
