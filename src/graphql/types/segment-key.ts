import { Field, ID, InputType } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { LookupKey } from '../lookups.js';
import { SegmentIdTypeEnum } from './enums.js';

/** GraphQL input type SegmentKey. */
@InputType('SegmentKey', { description: 'Identifies a segment of a destination of a customer.' })
export class SegmentKeyInput implements LookupKey {
  @Field(() => ID, { description: "The customer's ID in this gateway." })
  readonly customerId!: string;

  @Field(() => ID, { description: "The destination's ID in Audience Manager." })
  readonly destinationId!: string;

  @Field(() => ID, { description: 'The segment ID, as it appears in the data.' })
  readonly id!: string;

  @Field(() => SegmentIdTypeEnum, {
    nullable: true,
    description: "Which kind of identifier `id` is. Default: the destination's `segmentIdType`.",
  })
  readonly idType?: SegmentIdType | null;
}
