export { hashText } from './hash.js';
export { IdentifierIndex, type IndexParts } from './identifier-index.js';
export { manualOnlyId, parseManualOnlyId, type ManualId } from './manual-id.js';
export { NameKeys } from './name-keys.js';
export { PackedRevisions } from './packed-revisions.js';
export { PackedSegments, SegmentPacker, buffersOf, type List, type PackedParts } from './packed-segments.js';
export { bitsOf, type Occasion, type Revision, type RevisionKind } from './revision.js';
export type {
  IdentifierType,
  ManualLayer,
  Mapping,
  MetadataSource,
  Provenance,
  Segment,
  SegmentIdType,
  SegmentStatus,
} from './segment.js';
