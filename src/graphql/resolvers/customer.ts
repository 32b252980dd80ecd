import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Customer } from '../../directory/index.js';
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
  ): readonly ListItem<DestinationObject>[] | Promise<readonly ListItem<DestinationObject>[]> {
    const list = (customer: Customer): readonly ListItem<DestinationObject>[] =>
      loader.lists.spread(
        Array.from(customer.destinations.values(), (destination) => new DestinationObject(destination)),
      );
    const present = list(model);
    if (present.length > 0) return present;
    return loader.firstDiscovered([model]).then(() => list(loader.customer(model.id) ?? model));
  }

  @FieldResolver(() => DestinationObject, {
    nullable: true,
    description: 'A destination of the customer; null if the customer has no such destination.',
  })
  async destination(
    @Root() { model }: CustomerObject,
    @DestinationIdArg() destinationId: string,
    @Ctx() { loader }: GatewayContext,
  ): Promise<DestinationObject | null> {
    checkId('destinationId', destinationId);
    await loader.lookFor([{ customerId: model.id, destinationId }]);
    const destination = loader.foundDestination(model.id, destinationId);
    return destination === null ? null : new DestinationObject(destination);
  }
}
