import { GraphQLDate, GraphQLDateTime } from 'graphql-scalars';
import { Ctx, Field, ID, ObjectType } from 'type-graphql';
import type { Destination, Found, MetadataSource, Segment } from '../../directory/index.js';
import type { GatewayContext } from '../request/context.js';
import { revisionsOf } from '../revisions.js';
import { AfterArg, FirstArg } from './arguments.js';
import { CustomerObject } from './customer.js';
import { DestinationObject } from './destination.js';
import { MetadataSourceEnum, SegmentStatusEnum } from './enums.js';
import { SegmentRevisionConnectionObject } from './revision.js';

/** What all segments of one snapshot share in an answer. */
export class SegmentOrigin {
  readonly source: Destination;
  readonly destination: DestinationObject;
  readonly asOf: Date;
  readonly stale: boolean;

  /** @param asOf when the destination was last read completely, in milliseconds since the epoch */
  constructor(destination: Destination, asOf: number | null) {
    this.source = destination;
    this.destination = new DestinationObject(destination);
    this.asOf = new Date(asOf ?? 0);
    this.stale = destination.isStale({ asOf });
  }
}

/** Found segments as answers, in their order. */
export function segmentObjects(destination: Destination, found: Found): (SegmentObject | null)[] {
  const origin = new SegmentOrigin(destination, found.snapshot.asOf);
  return found.segments.map((segment) => (segment === undefined ? null : new SegmentObject(segment, origin)));
}

/** A segment's name and the rest of its metadata. */
@ObjectType('Segment', {
  description:
    'A segment as one destination receives it: its identifiers, its name and the rest of its metadata.',
  simpleResolvers: true,
})
export class SegmentObject {
  readonly #segment: Segment;
  readonly #origin: SegmentOrigin;

  constructor(segment: Segment, origin: SegmentOrigin) {
    this.#segment = segment;
    this.#origin = origin;
  }

  @Field(() => ID, {
    description:
      'The mapping ID (destinationMappingId in the API), unique within the destination. For a segment that is known by hand alone, under another identifier, that one with its kind, such as `sid:80920`.',
  })
  get id(): string {
    return this.#segment.id;
  }

  @Field(() => ID, { nullable: true, description: "The segment's own ID in the customer's account." })
  get sid(): string | null {
    return this.#segment.sid;
  }

  @Field(() => String, { nullable: true, description: "The customer's own key or value for it." })
  get alias(): string | null {
    return this.#segment.alias;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The name, as Audience Manager or the customer gives it.',
  })
  get name(): string | null {
    return this.#segment.name;
  }

  @Field(() => String, { description: 'What to show: the name, else the alias, else the ID.' })
  get label(): string {
    const { name, alias, id } = this.#segment;
    return shown(name) ?? shown(alias) ?? id;
  }

  @Field(() => String, { nullable: true, description: 'A short text about the segment.' })
  get description(): string | null {
    return this.#segment.description;
  }

  @Field(() => SegmentStatusEnum, { description: 'Whether it is still sent to the destination.' })
  get status(): Segment['status'] {
    return this.#segment.status;
  }

  @Field(() => GraphQLDate, {
    nullable: true,
    description: 'The first day of the mapping, where it is limited.',
  })
  get startDate(): string | null {
    return this.#segment.startDate;
  }

  @Field(() => GraphQLDate, {
    nullable: true,
    description: 'The last day of the mapping, where it is limited.',
  })
  get endDate(): string | null {
    return this.#segment.endDate;
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the mapping was made in Audience Manager.',
  })
  get createdAt(): Date | null {
    return this.#segment.createdAt === null ? null : new Date(this.#segment.createdAt);
  }

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the mapping was last changed there.' })
  get updatedAt(): Date | null {
    return this.#segment.updatedAt === null ? null : new Date(this.#segment.updatedAt);
  }

  @Field(() => MetadataSourceEnum, { description: 'Where this metadata comes from.' })
  get source(): MetadataSource {
    return this.#segment.source;
  }

  @Field(() => GraphQLDateTime, { description: 'When this was last confirmed with its source.' })
  get asOf(): Date {
    return this.#segment.confirmedAt === null ? this.#origin.asOf : new Date(this.#segment.confirmedAt);
  }

  @Field(() => Boolean, { description: "Whether that is longer ago than the destination's time to live." })
  get stale(): boolean {
    return this.#segment.source === 'AUDIENCE_MANAGER' && this.#origin.stale;
  }

  @Field(() => DestinationObject, { description: 'The destination that receives it.' })
  get destination(): DestinationObject {
    return this.#origin.destination;
  }

  @Field(() => CustomerObject, { description: 'The customer whose segment it is.' })
  get customer(): CustomerObject {
    return this.#origin.destination.customer;
  }

  @Field(() => SegmentRevisionConnectionObject, {
    description: 'How it came to be what it is: every change that this gateway saw, newest first.',
    simple: false,
  })
  async history(
    @FirstArg(20) first: number,
    @AfterArg() after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentRevisionConnectionObject> {
    const scope = { segmentId: this.#segment.id, since: null };
    return await revisionsOf(context, this.#origin.source, scope, first, after);
  }
}

function shown(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text;
}
