import { Ctx, Directive, Field, ObjectType } from 'type-graphql';
import type { DestinationDetails } from '../../audience-manager/index.js';
import type { DestinationType, SegmentIdType } from '../../config/index.js';
import type { Destination } from '../../directory/index.js';
import { destinationGlobalId } from '../global-ids.js';
import type { GatewayContext } from '../request/context.js';
import { CustomerObject } from './customer.js';
import { DestinationTypeEnum, SegmentIdTypeEnum } from './enums.js';
import { ID } from './id.js';
import { IdEvidenceObject } from './id-evidence.js';
import { NodeObject } from './node.js';
import { SyncStateObject } from './sync-state.js';

/** GraphQL type Destination. `resolvers/destination.ts` adds the fields that lead to segments. */
@Directive('@key(fields: "id")')
@Directive('@key(fields: "customerId destinationId")')
@ObjectType('Destination', {
  implements: NodeObject,
  description:
    'One integration of one customer: the Audience Manager object through which its segments reach us.',
})
export class DestinationObject implements NodeObject {
  /** The destination in the directory; not a GraphQL field. */
  readonly model: Destination;

  constructor(model: Destination) {
    this.model = model;
  }

  @Field(() => ID, { description: 'Identifies the destination among all objects. Opaque.', simple: true })
  get id(): string {
    const { customerId, id: destinationId } = this.model;
    return destinationGlobalId({ customerId, destinationId });
  }

  @Field(() => ID, { description: 'The ID of the customer that owns this destination.', simple: true })
  get customerId(): string {
    return this.model.customerId;
  }

  @Field(() => ID, {
    description: "The destination's ID in Audience Manager, unique within the customer.",
    simple: true,
  })
  get destinationId(): string {
    return this.model.id;
  }

  @Field(() => String, {
    nullable: true,
    description: 'The name in the configuration, else in Audience Manager; null if neither has one.',
  })
  name(@Ctx() context: GatewayContext): string | null | Promise<string | null> {
    return this.model.settings.name ?? this.#detail(context, (details) => details?.name ?? null);
  }

  @Field(() => String, {
    nullable: true,
    description: 'The description in Audience Manager; null if it has none or is not known.',
  })
  description(@Ctx() context: GatewayContext): string | null | Promise<string | null> {
    // A list of destinations seldom has descriptions.
    const known = this.model.details.known?.description ?? null;
    return this.#detail(context, (details) => details?.description ?? null, known === null);
  }

  @Field(() => DestinationTypeEnum, { description: 'How Audience Manager delivers segments to it.' })
  type(@Ctx() context: GatewayContext): DestinationType | Promise<DestinationType> {
    return this.model.settings.type ?? this.#detail(context, (details) => details?.type ?? 'UNKNOWN');
  }

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is active in Audience Manager; null if that is not known.',
  })
  active(@Ctx() context: GatewayContext): boolean | null | Promise<boolean | null> {
    return this.#detail(context, (details) => details?.active ?? null);
  }

  @Field(() => SegmentIdTypeEnum, {
    description: 'As what IDs are understood when a lookup has no `idType`, as configured.',
    simple: true,
  })
  get segmentIdType(): SegmentIdType {
    return this.model.settings.segmentIdType;
  }

  @Field(() => IdEvidenceObject, {
    description: 'What the IDs that were asked for under AUTO turned out to be.',
  })
  idEvidence(@Ctx() { loader }: GatewayContext): IdEvidenceObject {
    const key = ['idEvidence', this.model.key];
    return loader.memo.once(key, () => new IdEvidenceObject(loader.evidence(this.model)));
  }

  @Field(() => CustomerObject, { description: 'The customer that owns this destination.', simple: true })
  get customer(): CustomerObject {
    return new CustomerObject(this.model.customer);
  }

  @Field(() => SyncStateObject, {
    description:
      'How current the data of this destination is, and when it is fetched next. Includes what the lookups of the same request have caused.',
  })
  async sync(@Ctx() { loader }: GatewayContext): Promise<SyncStateObject> {
    return await loader.memo.once(['sync', this.model.key], async () => {
      await loader.waitForLoads(this.model);
      return new SyncStateObject(this.model.sync());
    });
  }

  /** Returns one of the details of Audience Manager. Synchronous if they are in memory. */
  #detail<T>(
    { loader }: GatewayContext,
    pick: (details: DestinationDetails | null) => T,
    isComplete = false,
  ): T | Promise<T> {
    const details = isComplete ? loader.completeDetails(this.model) : loader.details(this.model);
    return details instanceof Promise ? details.then(pick) : pick(details);
  }
}
