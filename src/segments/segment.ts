/** Whether a segment is still sent to a destination, according to Audience Manager or to a manual entry. */
export type SegmentStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/**
 * The kinds of identifiers by which data name a segment. Which of them a destination receives depends on its type and
 * set-up. Source: "Retrieve destinations", Return destination mappings.
 *
 * - SID: the segment's own ID (`sid`).
 * - MAPPING_ID: the ID of the mapping (`destinationMappingId`).
 * - ALIAS: what the customer typed for it (`traitAlias`).
 * - VALUE: the value of a cookie destination (`valueAlias`).
 * - KEY_VALUE: key and value of a cookie destination with several keys (`traitAlias`, its `keySeparator`, `valueAlias`).
 * - URL: the address of a URL destination that is not serialized (`url` or `secureUrl`).
 */
export type IdentifierType = 'SID' | 'MAPPING_ID' | 'ALIAS' | 'VALUE' | 'KEY_VALUE' | 'URL';

/** How an ID is to be understood; AUTO: as whichever of the kinds it is. */
export type SegmentIdType = 'AUTO' | IdentifierType;

/** Where a segment's metadata comes from. */
export type MetadataSource = 'AUDIENCE_MANAGER' | 'MANUAL';

/**
 * Audience Manager's object that ties a segment to a destination, with our field names.
 * Source: "Retrieve destinations", Return destination mappings.
 */
export interface Mapping {
  /**
   * The gateway's key of the segment, unique within the destination: the mapping ID (`destinationMappingId`, also spelled
   * `mappingId` or `traitToDataOrderId`). For a segment that is only known by a manual entry under another identifier:
   * the kind and the identifier, such as `sid:80920`.
   */
  readonly id: string;
  /** The segment's ID in the customer's Audience Manager account. */
  readonly sid: string | null;
  /** `traitAlias`: the key or text that the customer typed. */
  readonly alias: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SegmentStatus;
  /** YYYY-MM-DD. */
  readonly startDate: string | null;
  /** YYYY-MM-DD. */
  readonly endDate: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number | null;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number | null;
  /** `valueAlias`: the value of a cookie destination. */
  readonly value: string | null;
  /** `url`: the address that a URL destination calls, with macros. */
  readonly url: string | null;
  /** `secureUrl`: the same for secure pages. */
  readonly secureUrl: string | null;
  /** Whether the mapping is of a trait (`traitType`), whose `sid` is the ID of the trait and not of a segment. */
  readonly isTrait: boolean;
}

/** The manual entry for a segment. A field that is `null` is not overridden. */
export interface ManualLayer {
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SegmentStatus | null;
  /** Time of the last manual change, in milliseconds since the epoch. */
  readonly at: number;
  /** The caller who made the last manual change. */
  readonly by: string;
  /** Audience Manager's metadata below the manual layer; `null` if Audience Manager has no such segment. */
  readonly base: {
    readonly name: string | null;
    readonly description: string | null;
    readonly status: SegmentStatus;
    /** When they were last confirmed, if that was not with the last listing, which left open whether there is the segment. */
    readonly confirmedAt?: number | undefined;
  } | null;
}

/** Where a segment's metadata comes from and when it was confirmed. */
export interface Provenance {
  readonly source: MetadataSource;
  /**
   * When the metadata was last confirmed, in milliseconds since the epoch. `null` means "with the last listing", which
   * holds for all segments but manual ones and those whose presence the last listing left open.
   */
  readonly confirmedAt: number | null;
  /** The manual entry, which takes precedence over Audience Manager's metadata; `null` if there is none. */
  readonly manual: ManualLayer | null;
}

/** A mapping as the gateway serves it. */
export interface Segment extends Mapping, Provenance {}
