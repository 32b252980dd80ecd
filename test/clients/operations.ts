/** Fields of a destination, as clients select them. */
const DESTINATION = `
  id destinationId name description type active segmentIdType
  customer { id name }`;

/** Fields of a segment, as clients select them. */
const SEGMENT = `
  id mappingId sid alias value url secureUrl name label description status
  startDate endDate createdAt updatedAt source asOf stale
  destination { ${DESTINATION} }
  customer { id name }`;

/** Fields of a revision, as clients select them. */
const REVISION = 'id at kind name description status source segmentId by';

/** Fields of a page. */
const PAGE = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

/**
 * The operations of all clients: no fragments, because Relay hides the fields of a fragment from the one who sent the
 * query, and with names as Relay wants them.
 */
export const DOCUMENTS = {
  sideBySide: `query ClientsSideBySideQuery($destinationId: ID!, $ids: [ID!]!, $at: DateTime!) {
    acme: segments(customerId: "acme", destinationId: $destinationId, segmentIds: $ids) { ${SEGMENT} }
    globex: segments(customerId: "globex", destinationId: $destinationId, segmentIds: $ids) { ${SEGMENT} }
    acmeThen: segments(customerId: "acme", destinationId: $destinationId, segmentIds: $ids, at: $at) {
      ${SEGMENT}
    }
    globexThen: segments(customerId: "globex", destinationId: $destinationId, segmentIds: $ids, at: $at) {
      ${SEGMENT}
    }
  }`,

  segment: `query ClientsSegmentQuery(
    $customerId: ID, $destinationId: ID!, $segmentId: ID!, $idType: SegmentIdType, $at: DateTime
  ) {
    segment(
      customerId: $customerId, destinationId: $destinationId, segmentId: $segmentId, idType: $idType, at: $at
    ) {
      ${SEGMENT}
      history(first: 10) { totalCount nodes { ${REVISION} } edges { cursor } ${PAGE} }
    }
  }`,

  segments: `query ClientsSegmentsQuery($customerId: ID, $destinationId: ID!, $ids: [ID!]!, $at: DateTime) {
    segments(customerId: $customerId, destinationId: $destinationId, segmentIds: $ids, at: $at) { ${SEGMENT} }
  }`,

  byKey: `query ClientsByKeyQuery($keys: [SegmentKey!]!, $at: DateTime) {
    segmentsByKey(keys: $keys, at: $at) { ${SEGMENT} }
  }`,

  lookup: `query ClientsLookupQuery($keys: [SegmentKey!]!, $at: DateTime) {
    lookupSegments(keys: $keys, at: $at) {
      customerId destinationId segmentId status idType
      segment { ${SEGMENT} }
      candidates { ${SEGMENT} }
      error { code message }
    }
  }`,

  tree: `query ClientsTreeQuery($ids: [ID!]!, $at: DateTime!) {
    customers {
      totalCount
      nodes {
        id name
        destinations {
          ${DESTINATION}
          sync { status segmentCount lastSuccessAt }
          segments(first: 20) { totalCount nodes { ${SEGMENT} } ${PAGE} }
          now: segmentsById(segmentIds: $ids) { ${SEGMENT} }
          then: segmentsById(segmentIds: $ids, at: $at) { ${SEGMENT} }
        }
      }
    }
  }`,

  destination: `query ClientsDestinationQuery(
    $customerId: ID!, $destinationId: ID!, $segmentId: ID!, $at: DateTime!, $since: DateTime!
  ) {
    customer(id: $customerId) {
      id name
      destination(destinationId: $destinationId) {
        ${DESTINATION}
        now: segment(segmentId: $segmentId) { ${SEGMENT} }
        then: segment(segmentId: $segmentId, at: $at) { ${SEGMENT} }
      }
    }
    destination(customerId: $customerId, destinationId: $destinationId) {
      ${DESTINATION}
      changes(since: $since, first: 100) { totalCount nodes { ${REVISION} } edges { cursor } ${PAGE} }
    }
  }`,

  search: `query ClientsSearchQuery($text: String!, $first: Int!, $after: String) {
    searchSegments(text: $text, first: $first, after: $after) {
      totalCount
      edges { cursor node { ${SEGMENT} } }
      nodes { id name }
      unread { ${DESTINATION} }
      ${PAGE}
    }
  }`,

  customerNodes: `query ClientsCustomerNodesQuery($ids: [ID!]!) {
    nodes(ids: $ids) { id ... on Customer { name } }
  }`,

  destinationNodes: `query ClientsDestinationNodesQuery($ids: [ID!]!) {
    nodes(ids: $ids) { id ... on Destination { ${DESTINATION} } }
  }`,

  segmentNodes: `query ClientsSegmentNodesQuery($ids: [ID!]!) {
    nodes(ids: $ids) { id ... on Segment { ${SEGMENT} } }
  }`,

  revisionNodes: `query ClientsRevisionNodesQuery($ids: [ID!]!) {
    nodes(ids: $ids) { id ... on SegmentRevision { ${REVISION} } }
  }`,

  segmentNode: `query ClientsSegmentNodeQuery($id: ID!) {
    node(id: $id) { id ... on Segment { ${SEGMENT} } }
  }`,

  viewer: `query ClientsViewerQuery { viewer { name permissions customerCount } }`,

  setSegment: `mutation ClientsSetSegmentMutation($key: SegmentKey!, $name: String, $description: String) {
    setSegment(key: $key, name: $name, description: $description) { ${SEGMENT} }
  }`,
} as const;

/** The name of the operation in a document. */
export function operationNameOf(document: string): string {
  return /^(?:query|mutation) (\w+)/.exec(document)![1]!;
}
