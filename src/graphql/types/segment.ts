import { GraphQLDate, GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, ObjectType } from 'type-graphql';
import type { Destination, Located, MetadataSource, Segment } from '../../directory/index.js';
import type { LookupResult } from '../lookups.js';
import { CustomerObject } from './customer.js';
import { DestinationObject } from './destination.js';
import { MetadataSourceEnum, SegmentStatusEnum } from './enums.js';

/** What all segments of one snapshot have in common in a response. */
export class SegmentOrigin {
  readonly destination: DestinationObject;
  readonly asOf: Date;
  readonly stale: boolean;
  readonly #asOfMs: number | null;

  /** @param asOf when the destination was last listed completely, in milliseconds since the epoch */
  constructor(destination: Destination, asOf: number | null) {
    this.destination = new DestinationObject(destination);
    this.asOf = new Date(asOf ?? 0);
    this.stale = destination.isStale({ asOf });
    this.#asOfMs = asOf;
  }

  /** Whether this is the origin of a segment with these values. */
  matches({ destination, asOf }: Pick<Located, 'destination' | 'asOf'>): boolean {
    return this.destination.model === destination && this.#asOfMs === asOf;
  }
}

/** Returns a function that creates GraphQL objects for segments. Segments of one snapshot share one origin. */
export function segmentMapper(): (located: Located) => SegmentObject {
  const origins = new Map<Destination, SegmentOrigin>();
  return (located) => {
    const { segment, destination, asOf } = located;
    let origin = origins.get(destination);
    if (origin?.matches(located) !== true) {
      origin = new SegmentOrigin(destination, asOf);
      origins.set(destination, origin);
    }
    return new SegmentObject(segment, origin);
  };
}

/** Creates GraphQL objects for the segments that were found; errors and `null` stay as they are. */
export function segmentObjects(results: readonly LookupResult[]): (SegmentObject | Error | null)[] {
  const toObject = segmentMapper();
  return results.map((result) => (result === null || result instanceof Error ? result : toObject(result)));
}

/** Creates the GraphQL object for one segment; `null` stays `null`. */
export function segmentObject(located: Located | null): SegmentObject | null {
  return located === null ? null : segmentMapper()(located);
}

/** GraphQL type Segment. `resolvers/segment.ts` adds its history. */
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
      'The mapping ID (destinationMappingId in the Audience Manager API), unique within the destination. For a segment that only has a manual entry under another identifier: the kind of identifier and the identifier, such as `sid:80920`.',
  })
  get id(): string {
    return this.#segment.id;
  }

  @Field(() => ID, {
    nullable: true,
    description: "The segment's ID in the customer's Audience Manager account.",
  })
  get sid(): string | null {
    return this.#segment.sid;
  }

  @Field(() => String, { nullable: true, description: "The customer's own key or value for the segment." })
  get alias(): string | null {
    return this.#segment.alias;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The name, from Audience Manager or from a manual entry; null if it has none.',
  })
  get name(): string | null {
    return this.#segment.name;
  }

  @Field(() => String, { description: 'Text to display: the name, else the alias, else the ID.' })
  get label(): string {
    const { name, alias, id } = this.#segment;
    return nonBlank(name) ?? nonBlank(alias) ?? id;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The description, from Audience Manager or from a manual entry; null if it has none.',
  })
  get description(): string | null {
    return this.#segment.description;
  }

  @Field(() => SegmentStatusEnum, { description: 'Whether the segment is being sent to the destination.' })
  get status(): Segment['status'] {
    return this.#segment.status;
  }

  @Field(() => GraphQLDate, {
    nullable: true,
    description: 'The first day on which the segment is sent; null if it has no start date.',
  })
  get startDate(): string | null {
    return this.#segment.startDate;
  }

  @Field(() => GraphQLDate, {
    nullable: true,
    description: 'The last day on which the segment is sent; null if it has no end date.',
  })
  get endDate(): string | null {
    return this.#segment.endDate;
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the mapping was created in Audience Manager; null if that is not known.',
  })
  get createdAt(): Date | null {
    return this.#segment.createdAt === null ? null : new Date(this.#segment.createdAt);
  }

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the mapping was last changed in Audience Manager; null if that is not known.',
  })
  get updatedAt(): Date | null {
    return this.#segment.updatedAt === null ? null : new Date(this.#segment.updatedAt);
  }

  @Field(() => MetadataSourceEnum, { description: 'Where name, description and status come from.' })
  get source(): MetadataSource {
    return this.#segment.source;
  }

  @Field(() => GraphQLDateTime, { description: 'When this metadata was last confirmed by its source.' })
  get asOf(): Date {
    return this.#segment.confirmedAt === null ? this.#origin.asOf : new Date(this.#segment.confirmedAt);
  }

  @Field(() => Boolean, {
    description:
      "Whether the destination's data is older than the configured time to live. Always false for manual entries.",
  })
  get stale(): boolean {
    return this.#segment.source === 'AUDIENCE_MANAGER' && this.#origin.stale;
  }

  @Field(() => DestinationObject, { description: 'The destination that receives the segment.' })
  get destination(): DestinationObject {
    return this.#origin.destination;
  }

  @Field(() => CustomerObject, { description: 'The customer that owns the segment.' })
  get customer(): CustomerObject {
    return this.#origin.destination.customer;
  }
}

function nonBlank(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text;
}
