export { SnapshotChanges, type ChangesParts, type Successor } from './changes.js';
export { Customer } from './customer.js';
export { Destination, destinationKey, type Found } from './destination.js';
export { Directory, type CustomerSetup, type DirectoryOptions } from './directory.js';
export { importFile, setSegment, unsetSegment, type ImportOptions, type ImportOutcome } from './editing.js';
export { DirectoryError, type DirectoryErrorCode } from './errors.js';
export { exportRows } from './export.js';
export type { Freshness } from './freshness.js';
export { directMaker, snapshotOf, type SnapshotMaker } from './listed.js';
export type { Authorship, ManualEntry } from './manual-layer.js';
export type { ImportMode } from './manual.js';
export {
  compareCustomers,
  compareSegments,
  sortByName,
  type CustomerPosition,
  type SegmentPosition,
} from './order.js';
export { findAt } from './past.js';
export { pageOf, type Page } from './paging.js';
export {
  positionOf,
  searchSnapshots,
  type Located,
  type LocatedSnapshot,
  type SegmentFilter,
} from './search.js';
export type { MetadataSource, Segment } from './segment.js';
export { Snapshot, type SnapshotParts } from './snapshot.js';
export type { SyncError, SyncState, SyncStatus } from './sync-state.js';
export type { RevisionKind, RevisionPage, StoredRevision } from '../storage/index.js';
