import { GraphQLDate, GraphQLDateTime } from 'graphql-scalars';
import { Directive, Field, ObjectType } from 'type-graphql';
import {
  confirmedAtOf,
  mappingIdOf,
  type Destination,
  type Located,
  type MetadataSource,
  type Segment,
} from '../../directory/index.js';
import { segmentGlobalId } from '../global-ids.js';
import type { FoundSegment, LookupResult } from '../lookups.js';
import type { ListItem, LongLists } from '../request/long-lists.js';
import { CustomerObject } from './customer.js';
import { DestinationObject } from './destination.js';
import { MetadataSourceEnum, SegmentStatusEnum } from './enums.js';
import { ID } from './id.js';
import { NodeObject } from './node.js';
import { SegmentMetadataObject } from './segment-metadata.js';

/** What all segments of one snapshot have in common in a response. */
export class SegmentOrigin {
  readonly destination: DestinationObject;
  /** The moment that was asked for, in milliseconds since the epoch; `null`: now. */
  readonly at: number | null;
  readonly #asOf: number | null;
  readonly #stale: boolean;

  /** @param asOf when the destination was last listed completely, in milliseconds since the epoch; `null`: never */
  constructor(destination: Destination, asOf: number | null, at: number | null = null) {
    this.destination = new DestinationObject(destination);
    this.at = at;
    this.#asOf = asOf;
    this.#stale = destination.isStale({ asOf });
  }

  /** Whether this is the origin of a segment with these values. */
  matches({ destination, asOf, at = null }: LocatedSegment): boolean {
    return this.destination.model === destination && this.#asOf === asOf && this.at === at;
  }

  /** When the metadata of a segment was last confirmed by its source. */
  asOf(segment: Segment): Date {
    const confirmedAt = confirmedAtOf(segment, this.#asOf);
    if (confirmedAt === null) throw new Error('nothing says when a segment was confirmed');
    return new Date(confirmedAt);
  }

  /**
   * Whether a segment of Audience Manager is older than the time to live. A segment that the last listings left open goes
   * by its own time. Of a moment in the past, what counts is how current its destination is.
   */
  isStale({ source, confirmedAt }: Segment): boolean {
    if (source === 'MANUAL') return false;
    if (confirmedAt === null || this.at !== null) return this.#stale;
    return this.destination.model.isStale({ asOf: confirmedAt });
  }
}

/** A segment for a response. */
type LocatedSegment = Located & Partial<Pick<FoundSegment, 'askedFor' | 'at'>>;

/** Returns a function that creates GraphQL objects for segments. Segments of one snapshot share one origin. */
export function segmentMapper(): (located: LocatedSegment) => SegmentObject {
  const origins = new Map<Destination, SegmentOrigin>();
  return (located) => {
    const { segment, destination, asOf, at, askedFor } = located;
    let origin = origins.get(destination);
    if (origin?.matches(located) !== true) {
      origin = new SegmentOrigin(destination, asOf, at);
      origins.set(destination, origin);
    }
    return new SegmentObject(segment, origin, askedFor);
  };
}

/** Creates GraphQL objects for the segments that were found; errors and `null` stay as they are. */
export function segmentObjects(
  results: readonly LookupResult[],
  lists: LongLists,
): readonly ListItem<SegmentObject | Error | null>[] {
  const toObject = segmentMapper();
  return lists.spread(
    results.map((result) => (result === null || result instanceof Error ? result : toObject(result))),
  );
}

/** Creates the GraphQL object for one segment; `null` stays `null`. */
export function segmentObject(located: LocatedSegment | null): SegmentObject | null {
  return located === null ? null : segmentMapper()(located);
}

/** GraphQL type Segment. `resolvers/segment.ts` adds its history. */
@Directive('@key(fields: "id")')
@ObjectType('Segment', {
  implements: NodeObject,
  description:
    'A segment as one destination receives it: its identifiers, its name and the rest of its metadata.',
  simpleResolvers: true,
})
export class SegmentObject implements NodeObject {
  readonly #segment: Segment;
  readonly #origin: SegmentOrigin;
  readonly #askedFor: string | null;

  /** @param askedFor the ID that the lookup asked for; `null` if there was none */
  constructor(segment: Segment, origin: SegmentOrigin, askedFor: string | null = null) {
    this.#segment = segment;
    this.#origin = origin;
    this.#askedFor = askedFor;
  }

  /** The gateway's own key of the segment within its destination; not a GraphQL field. */
  get key(): string {
    return this.#segment.id;
  }

  @Field(() => ID, {
    description:
      'Identifies the segment of this destination among all objects. Opaque. With `at`, each moment has another one.',
  })
  get id(): string {
    const { customerId, id: destinationId } = this.#origin.destination.model;
    return segmentGlobalId({ customerId, destinationId, key: this.key, at: this.#origin.at });
  }

  @Field(() => ID, {
    nullable: true,
    description:
      'The ID of the mapping between segment and destination (destinationMappingId in the Audience Manager API), unique within the destination; null for a segment that only has a manual entry under another identifier.',
  })
  get mappingId(): string | null {
    return mappingIdOf(this.#segment);
  }

  @Field(() => ID, {
    nullable: true,
    description: "The segment's ID in the customer's Audience Manager account.",
  })
  get sid(): string | null {
    return this.#segment.sid;
  }

  @Field(() => String, {
    nullable: true,
    description:
      'The key or text that the customer typed for the segment (traitAlias in the Audience Manager API). In a cookie destination with several keys: the key.',
  })
  get alias(): string | null {
    return this.#segment.alias;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The value of a cookie destination (valueAlias in the Audience Manager API).',
  })
  get value(): string | null {
    return this.#segment.value;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The address that a URL destination calls, with macros (url in the Audience Manager API).',
  })
  get url(): string | null {
    return this.#segment.url;
  }

  @Field(() => String, {
    nullable: true,
    description:
      'The address that a URL destination calls from secure pages, with macros (secureUrl in the Audience Manager API).',
  })
  get secureUrl(): string | null {
    return this.#segment.secureUrl;
  }

  @Field(() => Boolean, {
    description:
      'Whether the mapping is of a trait instead of a segment. Then `sid` is the ID of the trait, and AUTO does not find it by this ID.',
  })
  get isTrait(): boolean {
    return this.#segment.isTrait;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The name, from Audience Manager or from a manual entry; null if it has none.',
  })
  get name(): string | null {
    return this.#segment.name;
  }

  @Field(() => String, {
    description:
      "Text to display: the name, else the alias, else the ID that was asked for, else the kind of ID that the destination's data have.",
  })
  get label(): string {
    const { name, alias } = this.#segment;
    return (
      nonBlank(name) ??
      nonBlank(alias) ??
      this.#askedFor ??
      this.#origin.destination.model.displayId(this.#segment)
    );
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

  @Field(() => SegmentMetadataObject, {
    nullable: true,
    description:
      'What Audience Manager says, below what was given by hand; null if it never had the segment. With `at`: null also for what was given by hand, because the history does not have what was below.',
  })
  get listed(): SegmentMetadataObject | null {
    const { manual, source } = this.#segment;
    if (source === 'AUDIENCE_MANAGER') return new SegmentMetadataObject(this.#segment);
    const base = this.#origin.at === null ? (manual?.base ?? null) : null;
    return base === null ? null : new SegmentMetadataObject(base);
  }

  @Field(() => GraphQLDateTime, { description: 'When this metadata was last confirmed by its source.' })
  get asOf(): Date {
    return this.#origin.asOf(this.#segment);
  }

  @Field(() => Boolean, {
    description:
      'Whether the metadata is older than the configured time to live, by `asOf`. Always false for manual entries. With `at`: whether the data of the destination is.',
  })
  get stale(): boolean {
    return this.#origin.isStale(this.#segment);
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
