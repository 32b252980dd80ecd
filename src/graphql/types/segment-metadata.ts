import { Field, ObjectType } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import { SegmentStatusEnum } from './enums.js';

/** Name, description and status of a segment. */
export interface SegmentMetadata {
  readonly name: string | null;
  readonly description: string | null;
  readonly status: MappingStatus;
}

/** GraphQL type SegmentMetadata. */
@ObjectType('SegmentMetadata', {
  description: 'Name, description and status of a segment, by one source or at one moment.',
  simpleResolvers: true,
})
export class SegmentMetadataObject implements SegmentMetadata {
  @Field(() => String, { nullable: true, description: 'The name; null if it has none.' })
  readonly name: string | null;

  @Field(() => String, { nullable: true, description: 'The description; null if it has none.' })
  readonly description: string | null;

  @Field(() => SegmentStatusEnum, { description: 'The status.' })
  readonly status: MappingStatus;

  constructor({ name, description, status }: SegmentMetadata) {
    this.name = name;
    this.description = description;
    this.status = status;
  }
}
