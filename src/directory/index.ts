export { Customer } from './customer.js';
export { Destination, destinationKey, type Found, type Freshness } from './destination.js';
export { Directory, type CustomerSetup, type DirectoryOptions } from './directory.js';
export { DirectoryError, type DirectoryErrorCode } from './errors.js';
export {
  compareCustomers,
  compareSegments,
  sortByName,
  type CustomerPosition,
  type SegmentPosition,
} from './order.js';
export { pageOf, type Page } from './paging.js';
export {
  positionOf,
  searchSnapshots,
  type Located,
  type LocatedSnapshot,
  type SegmentFilter,
} from './search.js';
export type { MetadataSource, Segment } from './segment.js';
export { Snapshot } from './snapshot.js';
export type { SyncError, SyncState, SyncStatus } from './sync-state.js';
export { fold, searchTerms } from '../text.js';
