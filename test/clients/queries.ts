import type { Operation } from './client.js';
import { DOCUMENTS } from './operations.js';
import { idsIn, overTheWire } from './wire.js';
import { CUSTOMERS, DESTINATIONS, SEGMENTS, type World } from './world.js';

/** A query, and what came over the wire for it. */
export interface Answered extends Operation {
  readonly wire: unknown;
}

/** Both customers' segments of one destination, now and earlier, in one document. */
export function sideBySide(world: World): Operation {
  const variables = { destinationId: '314', ids: SEGMENTS, at: world.then };
  return { document: DOCUMENTS.sideBySide, variables };
}

/** Queries of all kinds for the same segments, one after the other, with their answers. */
export async function ask(world: World): Promise<Answered[]> {
  const operations = [
    sideBySide(world),
    ...lookups(world),
    ...inside(world),
    ...(await searchPages(world)),
    { document: DOCUMENTS.viewer, variables: {} },
  ];
  const answered: Answered[] = [];
  for (const operation of operations) {
    answered.push({ ...operation, wire: await overTheWire(world.url, operation) });
  }
  for (const operation of await nodes(world, idsIn(answered.map(({ wire }) => wire)))) {
    answered.push({ ...operation, wire: await overTheWire(world.url, operation) });
  }
  return answered;
}

/** Lookups of the same IDs for each customer, destination and time. */
function lookups({ first, then }: World): Operation[] {
  const places = CUSTOMERS.flatMap((customerId) =>
    DESTINATIONS.map((destinationId) => ({ customerId, destinationId })),
  );
  const times = [{}, { at: then }, { at: first }];
  const keys = places.flatMap((place) =>
    [...SEGMENTS, '2002', 'nobody'].map((segmentId) => ({ ...place, segmentId })),
  );
  return [
    ...times.flatMap((time) =>
      places.map((place) => ({
        document: DOCUMENTS.segments,
        variables: { ...place, ids: SEGMENTS, ...time },
      })),
    ),
    ...places.flatMap((place) =>
      [
        { segmentId: '1001', idType: 'MAPPING_ID' },
        { segmentId: '5001', idType: 'SID' },
        { segmentId: 'cart', idType: 'ALIAS', at: then },
        { segmentId: '80920', at: first },
      ].map((key) => ({ document: DOCUMENTS.segment, variables: { ...place, ...key } })),
    ),
    ...times.flatMap((time) => [
      { document: DOCUMENTS.lookup, variables: { keys, ...time } },
      {
        document: DOCUMENTS.byKey,
        variables: { keys: keys.filter(({ segmentId }) => segmentId !== '2002'), ...time },
      },
    ]),
  ];
}

/** Segments below destinations below customers. */
function inside({ first, then }: World): Operation[] {
  return [
    { document: DOCUMENTS.tree, variables: { ids: SEGMENTS, at: then } },
    ...CUSTOMERS.flatMap((customerId) =>
      DESTINATIONS.map((destinationId) => ({
        document: DOCUMENTS.destination,
        variables: { customerId, destinationId, segmentId: '1001', at: then, since: first },
      })),
    ),
  ];
}

/** The pages of a search over both customers. */
export async function searchPages(world: World, text = 'segment', first = 5): Promise<Operation[]> {
  const pages: Operation[] = [];
  for (let after: string | null = null; ;) {
    const page: Operation = { document: DOCUMENTS.search, variables: { text, first, after } };
    pages.push(page);
    const { searchSegments } = (await overTheWire(world.url, page)) as SearchPage;
    if (!searchSegments.pageInfo.hasNextPage) return pages;
    after = searchSegments.pageInfo.endCursor;
  }
}

/** An answer of `DOCUMENTS.search`, in part. */
export interface SearchPage {
  readonly searchSegments: {
    readonly totalCount: number;
    readonly edges: readonly { readonly node: { readonly id: string; readonly name: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/**
 * Queries that find objects again by their `id`, one query for each type: urql does not know which types there are, and
 * cannot tell whether a fragment on one type is meant for another as well.
 */
async function nodes(world: World, ids: readonly string[]): Promise<Operation[]> {
  const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
  const found = (await overTheWire(world.url, { document, variables: { ids } })) as {
    nodes: { __typename: keyof typeof NODES; id: string }[];
  };
  return Object.entries(NODES).map(([type, document]) => ({
    document,
    variables: { ids: found.nodes.filter(({ __typename }) => __typename === type).map(({ id }) => id) },
  }));
}

/** The documents that find objects of each type. */
const NODES = {
  Customer: DOCUMENTS.customerNodes,
  Destination: DOCUMENTS.destinationNodes,
  Segment: DOCUMENTS.segmentNodes,
  SegmentRevision: DOCUMENTS.revisionNodes,
};
