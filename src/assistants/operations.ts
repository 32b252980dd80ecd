/**
 * The operations that the tools execute. They are fixed, so a gateway that takes only trusted documents takes them as well, and
 * everything that an operation is subject to holds for the tools too.
 */

const SEGMENT = /* GraphQL */ `
  fragment ToolSegment on Segment {
    customer {
      id
      name
    }
    destination {
      destinationId
      name
    }
    label
    name
    description
    status
    sid
    mappingId
    alias
    value
    isTrait
    source
    stale
    asOf
  }
`;

const UNREAD = /* GraphQL */ `
  fragment ToolUnread on Destination {
    customer {
      id
    }
    destinationId
    sync {
      status
      lastError {
        code
        message
      }
    }
  }
`;

const CHANGES = /* GraphQL */ `
  fragment ToolChanges on Destination {
    customer {
      id
      name
    }
    destinationId
    name
    changes(since: $since, first: $first, after: $after, order: OLDEST_FIRST) {
      completeSince
      edges {
        cursor
        node {
          at
          kind
          segmentId
          name
          description
          status
          source
          by
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`;

export const LOOK_UP_IN_DESTINATION: string = /* GraphQL */ `
  query LookUpInDestination($keys: [SegmentKey!]!) {
    lookupSegments(keys: $keys) {
      segmentId
      status
      idType
      segment {
        ...ToolSegment
      }
      candidates {
        ...ToolSegment
      }
      error {
        code
        message
      }
    }
  }
  ${SEGMENT}
`;

export const LOOK_UP_EVERYWHERE: string = /* GraphQL */ `
  query LookUpEverywhere($customerId: ID, $segmentIds: [ID!]!, $matches: Int!) {
    findSegments(customerId: $customerId, segmentIds: $segmentIds) {
      results {
        segmentId
        segmentCount
        matchCount
        matches(first: $matches) {
          idType
          segment {
            ...ToolSegment
          }
        }
        error {
          code
          message
        }
      }
      unread {
        ...ToolUnread
      }
    }
  }
  ${SEGMENT}
  ${UNREAD}
`;

export const SEARCH: string = /* GraphQL */ `
  query SearchForAssistant(
    $text: String!
    $customerId: ID
    $destinationId: ID
    $status: [SegmentStatus!]
    $first: Int!
    $after: String
  ) {
    searchSegments(
      text: $text
      customerId: $customerId
      destinationId: $destinationId
      status: $status
      first: $first
      after: $after
    ) {
      totalCount
      edges {
        cursor
        node {
          ...ToolSegment
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
      unread {
        ...ToolUnread
      }
    }
  }
  ${SEGMENT}
  ${UNREAD}
`;

export const LIST_DESTINATIONS: string = /* GraphQL */ `
  query ListDestinations($customerId: ID, $search: String, $first: Int!, $after: String) {
    destinations(customerId: $customerId, search: $search, first: $first, after: $after) {
      totalCount
      edges {
        cursor
        node {
          customer {
            id
            name
          }
          destinationId
          name
          description
          type
          active
          segmentIdType
          sync {
            status
            segmentCount
            lastSuccessAt
            lastError {
              at
              code
              message
            }
          }
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`;

export const CHANGES_OF_DESTINATION: string = /* GraphQL */ `
  query ChangesOfDestination(
    $customerId: ID
    $destinationId: ID!
    $since: DateTime!
    $first: Int!
    $after: String
  ) {
    destination(customerId: $customerId, destinationId: $destinationId) {
      ...ToolChanges
    }
  }
  ${CHANGES}
`;

export const CHANGES_OF_DESTINATIONS: string = /* GraphQL */ `
  query ChangesOfDestinations(
    $customerId: ID
    $destinations: Int!
    $afterDestination: String
    $since: DateTime!
    $first: Int!
    $after: String
  ) {
    destinations(customerId: $customerId, first: $destinations, after: $afterDestination) {
      nodes {
        ...ToolChanges
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
  ${CHANGES}
`;

/** The texts of all operations of the tools. */
export const TOOL_OPERATIONS: readonly string[] = [
  LOOK_UP_IN_DESTINATION,
  LOOK_UP_EVERYWHERE,
  SEARCH,
  LIST_DESTINATIONS,
  CHANGES_OF_DESTINATION,
  CHANGES_OF_DESTINATIONS,
];
