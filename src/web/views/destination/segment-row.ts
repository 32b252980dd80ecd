import type { DestinationSegmentsQuery } from '../../generated/operations.js';

/** A segment in the table. */
export type SegmentRow = NonNullable<
  NonNullable<DestinationSegmentsQuery['destination']>['segments']
>['nodes'][number];
