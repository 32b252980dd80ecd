import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { checkId } from '../arguments.js';
import type { GatewayContext } from '../request/context.js';
import type { ListItem } from '../request/long-lists.js';
import { DestinationIdArg } from '../types/arguments.js';
import { CustomerObject } from '../types/customer.js';
import { DestinationObject } from '../types/destination.js';

/** Fields of Customer that lead to its destinations. */
@Resolver(() => CustomerObject)
export class CustomerResolver {
  @FieldResolver(() => [DestinationObject], { description: 'All destinations of the customer.' })
  destinations(
    @Root() { model }: CustomerObject,
    @Ctx() { loader }: GatewayContext,
  ): readonly ListItem<DestinationObject>[] {
    return loader.lists.spread(
      Array.from(model.destinations.values(), (destination) => new DestinationObject(destination)),
    );
  }

  @FieldResolver(() => DestinationObject, {
    nullable: true,
    description: 'A destination of the customer; null if the customer has no such destination.',
  })
  destination(
    @Root() { model }: CustomerObject,
    @DestinationIdArg() destinationId: string,
  ): DestinationObject | null {
    checkId('destinationId', destinationId);
    const destination = model.destinations.get(destinationId);
    return destination === undefined ? null : new DestinationObject(destination);
  }
}
