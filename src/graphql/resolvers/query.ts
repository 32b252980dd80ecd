import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { MappingStatus } from '../../audience-manager/index.js';
import { fold, searchTerms } from '../../base/text.js';
import type { DestinationType, SegmentIdType } from '../../config/index.js';
import { compareCustomers, pageOf, type Customer, type Destination } from '../../directory/index.js';
import { checkFirst, checkId, checkSearchText } from '../arguments.js';
import { parseCustomerCursor, parseSegmentCursor } from '../cursors.js';
import { keyResult, lookUp, lookUpKeys, lookUpOne, type LookupKey } from '../lookups.js';
import { ANYONE } from '../request/caller.js';
import type { GatewayContext } from '../request/context.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import type { ListItem } from '../request/long-lists.js';
import { selects } from '../request/selections.js';
import {
  AfterArg,
  AtArg,
  CustomerIdArg,
  DestinationIdArg,
  DestinationTypesArg,
  FirstArg,
  IdTypeArg,
  SegmentIdArg,
  SegmentIdsArg,
  SegmentKeysArg,
  StatusArg,
} from '../types/arguments.js';
import { CustomerConnectionObject } from '../types/customer-connection.js';
import { CustomerObject } from '../types/customer.js';
import { DestinationObject } from '../types/destination.js';
import { GatewayObject } from '../types/gateway.js';
import { ID } from '../types/id.js';
import { SegmentSearchConnectionObject } from '../types/segment-connection.js';
import { SegmentLookupObject } from '../types/segment-lookup.js';
import { SegmentObject, segmentObject, segmentObjects } from '../types/segment.js';
import { ViewerObject } from '../types/viewer.js';
import { lookupObjects } from './lookup-objects.js';
import { namedDestinations, ofTypes } from './named-destinations.js';

/** The query type. */
@Resolver()
export class QueryResolver {
  @Query(() => ViewerObject, { description: 'The caller of this request.' })
  viewer(@Ctx() { caller, loader }: GatewayContext): ViewerObject {
    loader.readSet.unrepeatable();
    return new ViewerObject(caller, loader.customers().length);
  }

  @Query(() => GatewayObject, { description: 'This gateway: its version and limits.' })
  gateway(@Ctx() { caller, limits, loader }: GatewayContext): GatewayObject {
    loader.readSet.unrepeatable();
    return new GatewayObject(limits, caller.id !== ANYONE.id);
  }

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
    nullable: true,
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
  async destination(
    @CustomerIdArg() customerId: string | null,
    @DestinationIdArg() destinationId: string,
    @Ctx() { loader }: GatewayContext,
  ): Promise<DestinationObject | null> {
    checkPlace(customerId, destinationId);
    await loader.lookFor([{ customerId, destinationId }]);
    const destination = loader.foundDestination(customerId, destinationId);
    return destination === null ? null : new DestinationObject(destination);
  }

  @Query(() => SegmentObject, {
    nullable: true,
    description:
      'The segment with this ID; null if the destination has no such segment. An ID that stands for several segments is an AMBIGUOUS_ID error, whose message says what helps.',
  })
  async segment(
    @CustomerIdArg() customerId: string | null,
    @DestinationIdArg() destinationId: string,
    @SegmentIdArg() segmentId: string,
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<SegmentObject | null> {
    const destination = await requireDestination(loader, customerId, destinationId);
    return segmentObject(await lookUpOne(loader, destination, segmentId, { idType, at }));
  }

  @Query(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description:
      'Segments of one destination by ID, in the order of `segmentIds`; null for each ID without a segment. An ID that stands for several segments is null and has an AMBIGUOUS_ID error with its path.',
  })
  async segments(
    @CustomerIdArg() customerId: string | null,
    @DestinationIdArg() destinationId: string,
    @SegmentIdsArg() segmentIds: string[],
    @IdTypeArg() idType: SegmentIdType | null,
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<readonly ListItem<SegmentObject | Error | null>[]> {
    const destination = await requireDestination(loader, customerId, destinationId);
    return segmentObjects(await lookUp(loader, destination, segmentIds, { idType, at }), loader.lists);
  }

  @Query(() => [SegmentObject], {
    nullable: 'itemsAndList',
    description:
      'Segments of any customers and destinations by ID, in the order of `keys`; null for each key without a segment. A key that fails is null and has an error with its path; the other keys are not affected.',
  })
  async segmentsByKey(
    @SegmentKeysArg() keys: LookupKey[],
    @AtArg() at: Date | null,
    @Ctx() { loader }: GatewayContext,
  ): Promise<readonly ListItem<SegmentObject | Error | null>[]> {
    const outcomes = await lookUpKeys(loader, keys, at);
    return segmentObjects(
      outcomes.map((outcome) => keyResult(outcome, at)),
      loader.lists,
    );
  }

  @Query(() => [SegmentLookupObject], {
    nullable: true,
    description:
      'Like `segmentsByKey`, with all that was found out: one result for each key, in the order of `keys`. Made for programs: what goes wrong with a key is in its result and not in `errors`.',
  })
  async lookupSegments(
    @SegmentKeysArg() keys: LookupKey[],
    @AtArg() at: Date | null,
    @Ctx() context: GatewayContext,
  ): Promise<readonly ListItem<SegmentLookupObject>[]> {
    return lookupObjects(await lookUpKeys(context.loader, keys, at), at, context);
  }

  @Query(() => SegmentSearchConnectionObject, {
    nullable: true,
    description:
      'Full-text search in name, description and identifiers of all segments that the caller may see. Segments that have the whole text as an identifier (mapping ID, sid, alias or value) come first, unless more than 1,000 have it; then all others. Both are sorted by name. Destinations that cannot be read are left out, see `unread`; if `destinationId` names only one destination, the search fails instead.',
  })
  async searchSegments(
    @Arg('text', () => String, {
      description:
        'Words that must all occur. Case and accents are ignored, and `strasse` finds `Straße`. An empty text matches every segment.',
    })
    text: string,
    @Arg('customerId', () => ID, { nullable: true, description: 'Return only segments of this customer.' })
    customerId: string | null,
    @Arg('destinationId', () => ID, {
      nullable: true,
      description: 'Return only segments of destinations with this ID.',
    })
    destinationId: string | null,
    @DestinationTypesArg() type: DestinationType[] | null,
    @StatusArg() status: MappingStatus[] | null,
    @FirstArg() first: number,
    @AfterArg() after: string | null,
    @Ctx() { loader, limits }: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SegmentSearchConnectionObject> {
    const withTotal = selects(info, ['totalCount']);
    const withPrevious = selects(info, ['pageInfo', 'hasPreviousPage']);
    const search = [text, customerId, destinationId, type, status, first, after, withTotal, withPrevious];
    const key = ['searchSegments', ...search];
    return await loader.memo.once(key, async () => {
      checkFirst(first, limits);
      checkSearchText('text', text);
      const options = {
        first,
        after: parseSegmentCursor(after),
        isNamed: typeof destinationId === 'string',
        withTotal,
        withPrevious,
      };
      const named = await namedDestinations(loader, customerId, destinationId);
      const destinations = ofTypes(named, type);
      const page = await loader.search(destinations, { text, status }, options);
      return new SegmentSearchConnectionObject(page, loader.lists);
    });
  }
}

function checkPlace(customerId: string | null | undefined, destinationId: string): void {
  if (typeof customerId === 'string') checkId('customerId', customerId);
  checkId('destinationId', destinationId);
}

async function requireDestination(
  loader: DestinationLoader,
  customerId: string | null | undefined,
  destinationId: string,
): Promise<Destination> {
  checkPlace(customerId, destinationId);
  await loader.lookFor([{ customerId, destinationId }]);
  return loader.requireDestination(customerId, destinationId);
}

function matchingCustomers(customers: Customer[], search: string | null | undefined): Customer[] {
  const terms = searchTerms(search ?? '');
  if (terms.length === 0) return customers;
  return customers.filter((customer) => {
    const haystack = fold(`${customer.name}\n${customer.id}`);
    return terms.every((term) => haystack.includes(term));
  });
}
