import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, Field, ID, ObjectType } from 'type-graphql';
import type { DestinationDetails, MappingStatus } from '../../audience-manager/index.js';
import type { DestinationType, SegmentIdType } from '../../config/index.js';
import { searchSnapshots, type Destination } from '../../directory/index.js';
import { checkFirst, checkText } from '../arguments.js';
import type { GatewayContext } from '../request/context.js';
import { parseSegmentCursor } from '../cursors.js';
import { lookUp, lookUpOne, type LookupResult } from '../lookups.js';
import { revisionsOf } from '../revisions.js';
import { AfterArg, AtArg, FirstArg, IdTypeArg, SegmentIdArg, SegmentIdsArg, StatusArg } from './arguments.js';
import { CustomerObject } from './customer.js';
import { DestinationTypeEnum, SegmentIdTypeEnum } from './enums.js';
import { SegmentRevisionConnectionObject } from './revision.js';
import { SegmentConnectionObject } from './segment-connection.js';
import { SegmentObject } from './segment.js';
import { SyncStateObject } from './sync-state.js';

/** AAM's object for one integration of one customer. */
@ObjectType('Destination', {
  description:
    'One integration of one customer: the Audience Manager object through which its segments reach us.',
})
export class DestinationObject {
  readonly #destination: Destination;

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  @Field(() => ID, {
    description: "The destination's ID in Audience Manager, unique within the customer.",
    simple: true,
  })
  get id(): string {
    return this.#destination.id;
  }

  @Field(() => String, {
    nullable: true,
    description:
      'The name: from the configuration, else from Audience Manager; null where neither gives one.',
  })
  name(@Ctx() context: GatewayContext): string | null | Promise<string | null> {
    return this.#destination.settings.name ?? this.#detail(context, (details) => details?.name ?? null);
  }

  @Field(() => String, { nullable: true, description: "Audience Manager's description of it." })
  description(@Ctx() context: GatewayContext): string | null | Promise<string | null> {
    return this.#detail(context, (details) => details?.description ?? null);
  }

  @Field(() => DestinationTypeEnum, { description: 'How Audience Manager delivers segments to it.' })
  type(@Ctx() context: GatewayContext): DestinationType | Promise<DestinationType> {
    return this.#destination.settings.type ?? this.#detail(context, (details) => details?.type ?? 'UNKNOWN');
  }

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is active in Audience Manager; null where that is not known.',
  })
  active(@Ctx() context: GatewayContext): boolean | null | Promise<boolean | null> {
    return this.#detail(context, (details) => details?.active ?? null);
  }

  @Field(() => SegmentIdTypeEnum, {
    description: "What this destination's IDs are when a lookup does not say.",
    simple: true,
  })
  get segmentIdType(): SegmentIdType {
    return this.#destination.settings.segmentIdType;
  }

  @Field(() => CustomerObject, { description: 'The customer whose destination it is.', simple: true })
  get customer(): CustomerObject {
    return new CustomerObject(this.#destination.customer);
  }

  @Field(() => SegmentObject, {
    nullable: true,
    description: 'One name; null where the destination has no such segment.',
  })
  async segment(
    @SegmentIdArg() id: string,
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<SegmentObject | null> {
    return await lookUpOne(loader, this.#destination, id, idType, at);
  }

  @Field(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description: 'Many names, in the order of `ids`; null where there is no such segment.',
  })
  async segmentsById(
    @SegmentIdsArg() ids: string[],
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<LookupResult[]> {
    return await lookUp(loader, this.#destination, ids, idType, at);
  }

  @Field(() => SegmentConnectionObject, { description: 'All segments, by name, then ID.' })
  async segments(
    @StatusArg() status: MappingStatus[] | null,
    @Arg('search', () => String, {
      nullable: true,
      description:
        'Only segments with all these words in name, description or an identifier; case and accents do not matter.',
    })
    search: string | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): Promise<SegmentConnectionObject> {
    checkFirst(first, limits);
    checkText('search', search);
    const position = parseSegmentCursor(after);
    const located = { destination: this.#destination, snapshot: await loader.snapshot(this.#destination) };
    return new SegmentConnectionObject(searchSnapshots([located], { text: search, status }, first, position));
  }

  @Field(() => SegmentRevisionConnectionObject, {
    description: 'What changed since a moment, newest first: for a nightly job to pick up.',
  })
  async changes(
    @Arg('since', () => GraphQLDateTime, { description: 'Changes at this moment or later.' }) since: Date,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<SegmentRevisionConnectionObject> {
    const scope = { segmentId: null, since: since.getTime() };
    return await revisionsOf(context, this.#destination, scope, first, after);
  }

  @Field(() => SyncStateObject, { description: 'How it stands with Audience Manager.' })
  async sync(@Ctx() { loader }: GatewayContext): Promise<SyncStateObject> {
    await loader.settled(this.#destination);
    return new SyncStateObject(this.#destination.sync());
  }

  /** Synchronous when the details are known already. */
  #detail<T>({ loader }: GatewayContext, pick: (details: DestinationDetails | null) => T): T | Promise<T> {
    const details = loader.details(this.#destination);
    return details instanceof Promise ? details.then(pick) : pick(details);
  }
}
