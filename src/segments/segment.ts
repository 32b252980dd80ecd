/** Whether a segment is still sent to a destination, according to Audience Manager or to a manual entry. */
export type SegmentStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/** Where a segment's metadata comes from. */
export type MetadataSource = 'AUDIENCE_MANAGER' | 'MANUAL';

/**
 * Audience Manager's object that ties a segment to a destination, with our field names.
 * Source: "Retrieve destinations", Return destination mappings.
 */
export interface Mapping {
  /** `destinationMappingId`, also spelled `mappingId` or `traitToDataOrderId`. */
  readonly id: string;
  /** The segment's ID in the customer's Audience Manager account. */
  readonly sid: string | null;
  /** `traitAlias` or `valueAlias`: the customer's own key or value. */
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
