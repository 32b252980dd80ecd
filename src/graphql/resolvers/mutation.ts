import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { checkId } from '../arguments.js';
import type { GatewayContext } from '../context.js';
import { gatewayError } from '../errors.js';
import { CustomerIdArg } from '../types/arguments.js';
import { DestinationObject } from '../types/destination.js';

/** Everything that can be asked for to be done. */
@Resolver()
export class MutationResolver {
  @Mutation(() => DestinationObject, {
    description:
      "Fetch the destination's mappings now, and wait for the result. Needs the permission `refresh`.",
  })
  async refreshDestination(
    @CustomerIdArg() customerId: string,
    @Arg('id', () => ID, { description: "The destination's ID in Audience Manager." }) id: string,
    @Ctx() { loader, caller }: GatewayContext,
  ): Promise<DestinationObject> {
    checkId('customerId', customerId);
    checkId('id', id);
    if (!caller.may('refresh')) throw gatewayError('FORBIDDEN', 'This needs the permission to refresh.');
    const destination = loader.requireDestination(customerId, id);
    await destination.refresh('request');
    return new DestinationObject(destination);
  }
}
