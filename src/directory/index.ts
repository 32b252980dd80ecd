export { SnapshotChanges, type ChangesParts, type SnapshotUpdate } from './snapshot/snapshot-update.js';
export { Customer } from './customer.js';
export { Destination, destinationKey, type Found } from './destination.js';
export { Directory, type CustomerSetup, type DirectoryOptions } from './directory.js';
export { importFile, setSegment, unsetSegment, type ImportOptions, type ImportOutcome } from './manual/editing.js';
export { DirectoryError, type DirectoryErrorCode } from './errors.js';
export { exportRows } from './query/export.js';
export type { Freshness } from './sync/freshness.js';
export { inlineDiffer, diffListing, type ListingDiffer } from './snapshot/diff-listing.js';
export type { Authorship, ManualEntry } from './snapshot/manual-layer.js';
export type { ImportMode } from './manual/entries.js';
export {
  compareCustomers,
  compareSegments,
  sortByName,
  type CustomerPosition,
  type SegmentPosition,
} from './snapshot/name-order.js';
export { findAt } from './query/find-at.js';
export { pageOf, type Page } from './snapshot/paging.js';
export {
  positionOf,
  searchSnapshots,
  type Located,
  type LocatedSnapshot,
  type SegmentFilter,
} from './query/search.js';
export type { MetadataSource, Segment } from './snapshot/segment.js';
export { Snapshot, type SnapshotParts } from './snapshot/snapshot.js';
export type { SyncError, SyncState, SyncStatus } from './sync/state.js';
export type { RevisionKind, RevisionPage, StoredRevision } from '../storage/index.js';
