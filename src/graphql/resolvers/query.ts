import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import { fold, searchTerms } from '../../base/text.js';
import type { SegmentIdType } from '../../config/index.js';
import { compareCustomers, pageOf, type Customer, type Destination } from '../../directory/index.js';
import { checkFirst, checkId, checkSearchText } from '../arguments.js';
import { parseCustomerCursor, parseSegmentCursor } from '../cursors.js';
import { lookUp, lookUpKeys, lookUpOne } from '../lookups.js';
import type { GatewayContext } from '../request/context.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { gatewayError } from '../request/errors.js';
import {
  AfterArg,
  AtArg,
  CustomerIdArg,
  DestinationIdArg,
  FirstArg,
  IdTypeArg,
  SegmentIdArg,
  SegmentIdsArg,
  StatusArg,
} from '../types/arguments.js';
import { CustomerConnectionObject } from '../types/customer-connection.js';
import { CustomerObject } from '../types/customer.js';
import { DestinationObject } from '../types/destination.js';
import { SegmentConnectionObject } from '../types/segment-connection.js';
import { SegmentKeyInput } from '../types/segment-key.js';
import { SegmentObject, segmentObject, segmentObjects } from '../types/segment.js';

/** The query type. */
@Resolver()
export class QueryResolver {
  @Query(() => CustomerObject, {
    nullable: true,
    description: 'A customer; null if it does not exist or the caller may not see it.',
  })
  customer(
    @Arg('id', () => ID, { description: "The customer's ID in this gateway." }) id: string,
    @Ctx() { loader }: GatewayContext,
  ): CustomerObject | null {
    checkId('id', id);
    const customer = loader.customer(id);
    return customer === null ? null : new CustomerObject(customer);
  }

  @Query(() => CustomerConnectionObject, {
    description: 'All customers that the caller may see, sorted by name, then ID.',
  })
  customers(
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Return only customers with all these words in name or ID. Case and accents are ignored.',
    })
    search: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): CustomerConnectionObject {
    checkFirst(first, limits);
    checkSearchText('search', search);
    const position = parseCustomerCursor(after);
    const matching = matchingCustomers(loader.customers(), search);
    const isAfter =
      position === null ? null : (customer: Customer) => compareCustomers(customer, position) > 0;
    return new CustomerConnectionObject(pageOf(matching, first, isAfter));
  }

  @Query(() => DestinationObject, {
    nullable: true,
    description: 'A destination; null if it does not exist or the caller may not see it.',
  })
  destination(
    @CustomerIdArg() customerId: string,
    @Arg('id', () => ID, { description: "The destination's ID in Audience Manager." }) id: string,
    @Ctx() { loader }: GatewayContext,
  ): DestinationObject | null {
    checkId('customerId', customerId);
    checkId('id', id);
    const destination = loader.destination(customerId, id);
    return destination === null ? null : new DestinationObject(destination);
  }

  @Query(() => SegmentObject, {
    nullable: true,
    description: 'The segment with this ID; null if the destination has no such segment.',
  })
  async segment(
    @CustomerIdArg() customerId: string,
    @DestinationIdArg() destinationId: string,
    @SegmentIdArg() id: string,
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<SegmentObject | null> {
    const destination = requireDestination(loader, customerId, destinationId);
    return segmentObject(await lookUpOne(loader, destination, id, idType, at));
  }

  @Query(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description:
      'Segments of one destination by ID, in the order of `ids`; null for each ID without a segment.',
  })
  async segments(
    @CustomerIdArg() customerId: string,
    @DestinationIdArg() destinationId: string,
    @SegmentIdsArg() ids: string[],
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<(SegmentObject | Error | null)[]> {
    const destination = requireDestination(loader, customerId, destinationId);
    return segmentObjects(await lookUp(loader, destination, ids, idType, at));
  }

  @Query(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description:
      'Segments of any customers and destinations by ID, in the order of `keys`; null for each key without a segment. A key that fails is null and has an error with its path; the other keys are not affected.',
  })
  async segmentsByKey(
    @Arg('keys', () => [SegmentKeyInput], { description: 'The segments to look up.' })
    keys: SegmentKeyInput[],
    @Ctx() { loader }: GatewayContext,
  ): Promise<(SegmentObject | Error | null)[]> {
    return segmentObjects(await lookUpKeys(loader, keys));
  }

  @Query(() => SegmentConnectionObject, {
    description:
      'Full-text search in name, description and identifiers of all segments that the caller may see, sorted by name. Destinations that cannot be read are left out; if only one destination is searched, the search fails instead.',
  })
  async searchSegments(
    @Arg('text', () => String, {
      description:
        'Words that must all occur. Case and accents are ignored. An empty text matches every segment.',
    })
    text: string,
    @Arg('customerId', () => ID, { nullable: true, description: 'Return only segments of this customer.' })
    customerId: string | null,
    @Arg('destinationId', () => ID, {
      nullable: true,
      description: 'Return only segments of destinations with this ID.',
    })
    destinationId: string | null,
    @StatusArg() status: MappingStatus[] | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): Promise<SegmentConnectionObject> {
    checkFirst(first, limits);
    checkSearchText('text', text);
    const position = parseSegmentCursor(after);
    const destinations = searchedDestinations(loader, customerId, destinationId);
    return new SegmentConnectionObject(await loader.search(destinations, { text, status }, first, position));
  }
}

function requireDestination(loader: DestinationLoader, customerId: string, id: string): Destination {
  checkId('customerId', customerId);
  checkId('destinationId', id);
  return loader.requireDestination(customerId, id);
}

function searchedDestinations(
  loader: DestinationLoader,
  customerId: string | null | undefined,
  destinationId: string | null | undefined,
): Destination[] {
  if (typeof customerId === 'string') checkId('customerId', customerId);
  if (typeof destinationId === 'string') checkId('destinationId', destinationId);
  if (typeof customerId === 'string' && typeof destinationId === 'string') {
    return [loader.requireDestination(customerId, destinationId)];
  }
  const customers =
    typeof customerId === 'string' ? [loader.requireCustomer(customerId)] : loader.customers();
  const destinations = customers.flatMap((customer) => [...customer.destinations.values()]);
  if (typeof destinationId !== 'string') return destinations;
  const matching = destinations.filter((destination) => destination.id === destinationId);
  if (matching.length === 0) throw gatewayError('NOT_FOUND', `There is no destination ${destinationId}.`);
  return matching;
}

function matchingCustomers(customers: Customer[], search: string | null | undefined): Customer[] {
  const terms = searchTerms(search ?? '');
  if (terms.length === 0) return customers;
  return customers.filter((customer) => {
    const haystack = fold(`${customer.name}\n${customer.id}`);
    return terms.every((term) => haystack.includes(term));
  });
}
