import { seeded, shuffled, zipf } from '../support/random.mjs';
import { storedSegment } from '../support/segments.mjs';

const REQUESTS = 2_000;
const REPORTS = 200;
const PAGE = 50;

/** What stands before the first two IDs of a request for many. */
const FIRST_IDS = ['"segmentIds":["', '","'];

/** The same of a request with keys. */
const FIRST_KEYS = ['"segmentId":"', '"segmentId":"'];

/** Three customers with two destinations each; the first of all is the one that most workloads ask. */
export function peersCustomers(scale) {
  const sizes = [20_000, 5_000, 10_000, 5_000, 10_000, 5_000].map(scale);
  return [0, 1, 2].map((customer) => ({
    id: `customer-${customer}`,
    name: `Customer ${customer}`,
    destinations: [0, 1].map((destination) => {
      const place = customer * 2 + destination;
      const first = sizes.slice(0, place).reduce((sum, size) => sum + size, 0);
      return { id: 1_000 + place, name: `Destination ${place}`, first, size: sizes[place] };
    }),
  }));
}

/**
 * What is asked, what of it in which order, and what is to be reached: a share of the bare server's requests a
 * second, and of the best peer's (where it says so, of the best one in JavaScript).
 *
 * `variables` of each request; a server whose own cursors are needed is asked for them by `ask(query, variables)`.
 * Where there is `fresh`, its `values` take the places of what is behind its `markers` whenever a request is sent, so
 * that each is new; else the same ones are sent again and again.
 */
export function workloads(customers, scale) {
  const places = placesOf(customers);
  const [big] = places;
  const many = zipf(shuffled(big.ids, seeded(1)), seeded(2));
  const { customerId, destinationId } = big;
  const repeated = { customerId, destinationId, segmentIds: many(100) };
  const varied = times(scale(REQUESTS), () => ({ customerId, destinationId, segmentIds: many(100) }));
  const random = seeded(3);
  const single = times(scale(REQUESTS), () => {
    return { customerId, destinationId, segmentId: oneOf(big.ids, random) };
  });
  const reports = times(scale(REPORTS), () => ({ keys: reportKeys(places, random) }));
  const fixed = (variables) => () => Promise.resolve(variables);
  return [
    { name: 'repeat-100', query: MANY, variables: fixed([repeated]), goal: { bare: 0.6, peer: 3 } },
    {
      name: 'vary-100',
      query: MANY,
      variables: fixed(varied),
      fresh: { markers: FIRST_IDS, values: big.ids },
      goal: { bare: 0.25, peer: 2.5 },
    },
    { name: 'one', query: ONE, variables: fixed(single), goal: { bare: 0.45, peer: 1, javascript: true } },
    { name: 'report', query: REPORT, variables: fixed(reports), goal: { bare: 0.25, peer: 2 } },
    { name: 'page', query: PAGES, variables: (ask) => pages(big, ask), goal: { bare: 0.4, peer: 2 } },
  ];
}

/** The requests of vary-100, and the same IDs as keys of `lookupSegments`, which the gateway alone has. */
export function lookupWorkloads(customers, scale) {
  const varied = workloads(customers, scale).find(({ name }) => name === 'vary-100');
  const { values } = varied.fresh;
  return [
    varied,
    {
      name: 'lookup-100',
      query: LOOKUPS,
      variables: async (ask) =>
        (await varied.variables(ask)).map(({ segmentIds, ...place }) => ({
          keys: segmentIds.map((segmentId) => ({ ...place, segmentId })),
        })),
      fresh: { markers: FIRST_KEYS, values },
    },
  ];
}

/** Requests for 100 names, each of one of many destinations; texts, ready to be sent. */
export function variedBodies(customers, count) {
  const random = seeded(4);
  const draws = placesOf(customers).map(({ ids, ...place }) => {
    const draw = zipf(shuffled(ids, random), random);
    return () => ({ ...place, segmentIds: draw(100) });
  });
  return times(count, () => bodyOf(MANY, oneOf(draws, random)()));
}

/** The variables come last: that is where requests differ. */
export function bodyOf(query, variables) {
  return JSON.stringify({ query, variables });
}

const MANY = `query Names($customerId: ID!, $destinationId: ID!, $segmentIds: [ID!]!) {
  segments(customerId: $customerId, destinationId: $destinationId, segmentIds: $segmentIds) {
    mappingId name description status
  }
}`;

const LOOKUPS = `query Lookups($keys: [SegmentKey!]!) {
  lookupSegments(keys: $keys) { status segment { mappingId name description status } }
}`;

const ONE = `query Name($customerId: ID!, $destinationId: ID!, $segmentId: ID!) {
  segment(customerId: $customerId, destinationId: $destinationId, segmentId: $segmentId) {
    mappingId name description status
  }
}`;

const REPORT = `query Report($keys: [SegmentKey!]!) {
  segmentsByKey(keys: $keys) { mappingId name destination { name } customer { name } }
}`;

const PAGES = `query Page($customerId: ID!, $destinationId: ID!, $first: Int!, $after: String) {
  destination(customerId: $customerId, destinationId: $destinationId) {
    segments(first: $first, after: $after) {
      nodes { mappingId name description status }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }
}`;

/** A request a page, with the cursors that this server gives. */
async function pages({ customerId, destinationId, ids }, ask) {
  const requests = [];
  let after = null;
  for (let page = 0; page < Math.ceil(ids.length / PAGE); page++) {
    const variables = { customerId, destinationId, first: PAGE, after };
    requests.push(variables);
    const { destination } = await ask(PAGES, variables);
    after = destination.segments.pageInfo.endCursor;
  }
  return requests;
}

/** 50 of each destination, mixed as the rows of a report are. */
function reportKeys(places, random) {
  const keys = places.flatMap(({ customerId, destinationId, ids }) =>
    times(50, () => ({ customerId, destinationId, segmentId: oneOf(ids, random) })),
  );
  return shuffled(keys, random);
}

function placesOf(customers) {
  return customers.flatMap(({ id: customerId, destinations }) =>
    destinations.map(({ id, first, size }) => ({
      customerId,
      destinationId: String(id),
      ids: times(size, (index) => storedSegment(first + index).id),
    })),
  );
}

function oneOf(items, random) {
  return items[Math.floor(random() * items.length)];
}

function times(count, make) {
  return Array.from({ length: count }, (_, index) => make(index));
}
