import { createUnionType, Field, ObjectType } from 'type-graphql';
import { CustomerObject } from './customer.js';
import { DestinationObject } from './destination.js';
import { SegmentReferenceObject } from './segment-reference.js';
import { SegmentObject } from './segment.js';

/** An object that a router can ask for by a key of its type. */
export type AnyEntity = CustomerObject | DestinationObject | SegmentObject | SegmentReferenceObject;

/** GraphQL union _Entity: the types with a key. */
export const EntityUnion = createUnionType({
  name: '_Entity',
  description: 'An object that a router of a federated graph can ask for by a key of its type.',
  types: () => [CustomerObject, DestinationObject, SegmentObject, SegmentReferenceObject] as const,
});

/** GraphQL type _Service. */
@ObjectType('_Service', {
  description: 'This gateway as a part of a federated graph.',
  simpleResolvers: true,
})
export class ServiceObject {
  @Field(() => String, {
    description:
      'The schema with the directives of Apollo Federation, as `aam-gateway schema --federation` prints it.',
  })
  readonly sdl: string;

  constructor(sdl: string) {
    this.sdl = sdl;
  }
}
