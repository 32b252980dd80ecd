import type { Customer as CustomerOf } from './customer.js';
import type { Destination } from './destination.js';

/** A customer with its destinations. */
export type Customer = CustomerOf<Destination>;
export type { Destination } from './destination.js';
export { Directory, type CustomerSetup } from './directory.js';
export { isSelected } from './discovery/selection.js';
export { DirectoryError, storageMessage, type DirectoryErrorCode } from './errors.js';
export type { Candidate, Found, FoundId, LookupStatus } from './lookup/found.js';
export { ambiguousIdError } from './lookup/ambiguity.js';
export { resultOf } from './lookup/found.js';
export { IdEvidenceCounter, type IdCount, type IdEvidence } from './lookup/id-evidence.js';
export { purgeSegment, setSegment, unsetSegment } from './manual/editing.js';
export {
  importCounts,
  type ImportChange,
  type ImportChangeKind,
  type ImportMode,
  type ImportOptions,
  type ImportOutcome,
} from './manual/import-types.js';
export { importContent } from './manual/importing.js';
export {
  undoImport,
  unknownImport,
  type ImportRecord,
  type KeptChange,
  type UndoOutcome,
} from './manual/undoing.js';
export { exportRows, type ExportSelection } from './query/export.js';
export { findAt } from './query/find-at.js';
export { changesOfDays, startOfDays, type DayOfChanges } from './query/changes-of-days.js';
export type { FoundAnywhere } from './query/directory-find.js';
export { NOTHING as NO_FINDING, type IdFinding, type IdMatch } from './query/id-findings.js';
export type { FoundPage, SearchOptions } from './query/directory-search.js';
export {
  positionOf,
  searchSnapshots,
  type Located,
  type MatchPage,
  type SegmentFilter,
  type SnapshotFilter,
} from './query/search.js';
export { confirmedAtOf } from './snapshot/confirmation.js';
export { identifierOf, type Match } from './snapshot/identify.js';
export { kindsFor, type IdKinds } from './snapshot/id-kinds.js';
export { diffListing, inlineDiffer, type ListingDiffer } from './snapshot/diff-listing.js';
export { mappingIdOf, type Authorship, type ManualEntry } from './snapshot/manual-layer.js';
export {
  compareCustomers,
  compareSegments,
  isAfterCustomer,
  isAfterDestination,
  isAfterSegment,
  sortByName,
  sortDestinations,
  type CustomerPosition,
  type DestinationPosition,
  type SegmentPosition,
} from './snapshot/name-order.js';
export { pageOf, type Page } from './snapshot/paging.js';
export type { MetadataSource, Segment } from './snapshot/segment.js';
export { SnapshotChanges, type ChangesParts, type SnapshotUpdate } from './snapshot/snapshot-update.js';
export { Snapshot, type SnapshotParts } from './snapshot/snapshot.js';
export type { Freshness } from './sync/freshness.js';
export type { SyncError, SyncState, SyncStatus } from './sync/sync-state.js';
export type { ImportPage, RevisionKind, RevisionPage, StoredRevision } from '../storage/index.js';
export type { SharedDemand } from './refresh/leases.js';
export type { SharedWriteTurns } from './storing/write-turns.js';
