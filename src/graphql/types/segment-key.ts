import { Field, ID, InputType } from 'type-graphql';
import type { SegmentIdType } from '../../config/index.js';
import type { LookupKey } from '../lookups.js';
import { SegmentIdTypeEnum } from './enums.js';

/** Which segment of which destination. */
@InputType('SegmentKey', { description: 'Which segment of which destination of which customer.' })
export class SegmentKeyInput implements LookupKey {
  @Field(() => ID, { description: 'The ID that this gateway gives the customer.' })
  readonly customerId!: string;

  @Field(() => ID, { description: "The destination's ID in Audience Manager." })
  readonly destinationId!: string;

  @Field(() => ID, { description: 'The segment ID to look up, as it came in the data.' })
  readonly id!: string;

  @Field(() => SegmentIdTypeEnum, {
    nullable: true,
    description: "Which identifier it is; left out: what the destination's IDs are.",
  })
  readonly idType?: SegmentIdType | null;
}
