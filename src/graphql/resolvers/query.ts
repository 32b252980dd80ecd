import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import type { SegmentIdType } from '../../config/index.js';
import { compareCustomers, pageOf, type Customer, type Destination } from '../../directory/index.js';
import { fold, searchTerms } from '../../base/text.js';
import { checkFirst, checkId, checkText } from '../arguments.js';
import type { GatewayContext } from '../request/context.js';
import { parseCustomerCursor, parseSegmentCursor } from '../cursors.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import { gatewayError } from '../request/errors.js';
import { lookUp, lookUpKeys, lookUpOne, type LookupResult } from '../lookups.js';
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
import { SegmentObject } from '../types/segment.js';

/** Everything that can be asked. */
@Resolver()
export class QueryResolver {
  @Query(() => CustomerObject, {
    nullable: true,
    description: 'One customer; null where there is none, or none that the caller may see.',
  })
  customer(
    @Arg('id', () => ID, { description: 'The ID that this gateway gives the customer.' }) id: string,
    @Ctx() { loader }: GatewayContext,
  ): CustomerObject | null {
    checkId('id', id);
    const customer = loader.customer(id);
    return customer === null ? null : new CustomerObject(customer);
  }

  @Query(() => CustomerConnectionObject, {
    description: 'All customers that the caller may see, by name, then ID.',
  })
  customers(
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Only customers with all these words in name or ID; case and accents do not matter.',
    })
    search: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): CustomerConnectionObject {
    checkFirst(first, limits);
    checkText('search', search);
    const position = parseCustomerCursor(after);
    const matching = matchingCustomers(loader.customers(), search);
    const isAfter =
      position === null ? null : (customer: Customer) => compareCustomers(customer, position) > 0;
    return new CustomerConnectionObject(pageOf(matching, first, isAfter));
  }

  @Query(() => DestinationObject, {
    nullable: true,
    description: 'One destination; null where there is none, or none that the caller may see.',
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
    description: 'One name; null where the destination has no such segment.',
  })
  async segment(
    @CustomerIdArg() customerId: string,
    @DestinationIdArg() destinationId: string,
    @SegmentIdArg() id: string,
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<SegmentObject | null> {
    return await lookUpOne(loader, requireDestination(loader, customerId, destinationId), id, idType, at);
  }

  @Query(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description: 'Many names of one destination, in the order of `ids`; null where there is no such segment.',
  })
  async segments(
    @CustomerIdArg() customerId: string,
    @DestinationIdArg() destinationId: string,
    @SegmentIdsArg() ids: string[],
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<LookupResult[]> {
    return await lookUp(loader, requireDestination(loader, customerId, destinationId), ids, idType, at);
  }

  @Query(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description:
      'Many names across customers and destinations, in the order of `keys`. A key that fails is null and has an error with its path; it spoils no other.',
  })
  async segmentsByKey(
    @Arg('keys', () => [SegmentKeyInput], { description: 'The segments to look up.' })
    keys: SegmentKeyInput[],
    @Ctx() { loader }: GatewayContext,
  ): Promise<LookupResult[]> {
    return await lookUpKeys(loader, keys);
  }

  @Query(() => SegmentConnectionObject, {
    description:
      'Segments by name, description or identifier, over everything that the caller may see, by name. Destinations that cannot be read are left out, unless it is the one that is asked for.',
  })
  async searchSegments(
    @Arg('text', () => String, {
      description: 'Words that must all be found; case and accents do not matter. Empty: every segment.',
    })
    text: string,
    @Arg('customerId', () => ID, { nullable: true, description: 'Only segments of this customer.' })
    customerId: string | null,
    @Arg('destinationId', () => ID, {
      nullable: true,
      description: 'Only segments of destinations with this ID.',
    })
    destinationId: string | null,
    @StatusArg() status: MappingStatus[] | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits }: GatewayContext,
  ): Promise<SegmentConnectionObject> {
    checkFirst(first, limits);
    checkText('text', text);
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
