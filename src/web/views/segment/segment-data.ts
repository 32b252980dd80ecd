import type { SegmentPartsFragment } from '../../generated/operations.js';

/** A segment, with what the gateway knows of it. */
export type SegmentData = SegmentPartsFragment;

/** What was done to the segment just now. */
export type Done = 'saved' | 'takenBack' | 'purged';
