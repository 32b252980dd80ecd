import type { DestinationType } from '../../config/index.js';
import type { Customer, Destination } from '../../directory/index.js';
import { checkId } from '../arguments.js';
import type { DestinationLoader } from '../request/destination-loader.js';

/**
 * The destinations that optional arguments name: those of one customer, those with one ID, or all that the caller may see.
 *
 * @throws GraphQLError, DirectoryError
 */
export async function namedDestinations(
  loader: DestinationLoader,
  customerId: string | null | undefined,
  destinationId: string | null | undefined,
): Promise<Destination[]> {
  if (typeof customerId === 'string') checkId('customerId', customerId);
  if (typeof destinationId === 'string') checkId('destinationId', destinationId);
  if (typeof destinationId === 'string') await loader.lookFor([{ customerId, destinationId }]);
  if (typeof customerId === 'string' && typeof destinationId === 'string') {
    return [loader.requireDestination(customerId, destinationId)];
  }
  if (typeof destinationId !== 'string') {
    const customers = (): Customer[] =>
      typeof customerId === 'string' ? [loader.requireCustomer(customerId)] : loader.customers();
    await loader.firstDiscovered(customers());
    return customers().flatMap((customer) => [...customer.destinations.values()]);
  }
  const matching = loader.destinationsWithId(destinationId);
  return matching.length > 0 ? matching : [loader.requireDestination(null, destinationId)];
}

/** Those of the destinations that are of one of these types, as far as that is known. @param types `null`: all */
export function ofTypes(
  destinations: readonly Destination[],
  types: readonly DestinationType[] | null | undefined,
): Destination[] {
  if (types === null || types === undefined) return [...destinations];
  const wanted = new Set(types);
  return destinations.filter(({ settings, details }) =>
    wanted.has(settings.type ?? details.known?.type ?? 'UNKNOWN'),
  );
}
