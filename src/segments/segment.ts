/** Whether a segment is still sent to a destination, as Audience Manager or the customer says. */
export type SegmentStatus = 'ACTIVE' | 'INACTIVE' | 'DELETED' | 'UNKNOWN';

/** Where a segment's metadata comes from. */
export type MetadataSource = 'AUDIENCE_MANAGER' | 'MANUAL';

/**
 * AAM's row that ties a segment to a destination, in our own terms.
 * Source: "Retrieve destinations", Return destination mappings.
 */
export interface Mapping {
  /** `destinationMappingId`, also spelled `mappingId` or `traitToDataOrderId`. */
  readonly id: string;
  /** The segment's own ID in the customer's account. */
  readonly sid: string | null;
  /** `traitAlias` or `valueAlias`: the customer's own key or value. */
  readonly alias: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SegmentStatus;
  /** YYYY-MM-DD. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
}

/** What was entered by hand for a segment; `null` fields leave Audience Manager's word. */
export interface ManualLayer {
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SegmentStatus | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The caller who did it. */
  readonly by: string;
  /** What Audience Manager says underneath; `null` where it has no such segment. */
  readonly base: {
    readonly name: string | null;
    readonly description: string | null;
    readonly status: SegmentStatus;
  } | null;
}

/** Whose word a segment's metadata is. */
export interface Provenance {
  readonly source: MetadataSource;
  /**
   * When it was last confirmed, in milliseconds since the epoch; `null`: with the last listing, which is so for
   * all but those that a listing left in doubt.
   */
  readonly confirmedAt: number | null;
  /** What was entered by hand and wins over what Audience Manager says; `null`: nothing. */
  readonly manual: ManualLayer | null;
}

/** A mapping as we serve it: three identifiers, name, description, status, dates, source. */
export interface Segment extends Mapping, Provenance {}
