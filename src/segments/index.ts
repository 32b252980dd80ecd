export { AsciiText } from './ascii-text.js';
export { IdentifierIndex, type IndexParts } from './identifier-index.js';
export { NameKeys } from './name-keys.js';
export { PackedSegments, SegmentPacker, type List, type PackedParts } from './packed-segments.js';
export type { TextField } from './record-format.js';
export type { ManualLayer, Mapping, MetadataSource, Provenance, Segment, SegmentStatus } from './segment.js';
