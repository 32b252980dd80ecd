/**
 * The one operation that the client sends. It selects no more than a {@link Name} has. A gateway that takes only trusted
 * documents needs this text in its manifest.
 */
export const LOOK_UP_NAMES: string = /* GraphQL */ `
  query LookUpNames($keys: [SegmentKey!]!) {
    lookupSegments(keys: $keys) {
      status
      segment {
        label
        name
        description
        status
        asOf
        stale
      }
      error {
        code
        message
      }
    }
  }
`;
