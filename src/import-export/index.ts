export { inChunks } from './chunks.js';
export { decodeText } from './decode-text.js';
export { csvLines, ndjsonLines } from './export-lines.js';
export { FileError } from './file-error.js';
export { MAX_FILE_ROWS } from './file-row-collector.js';
export { quoteForMessage } from './quote-for-message.js';
export { readIds } from './read-ids.js';
export { readSegments } from './read-segments.js';
export type { ExportedSegment, FileRowMistake, ParsedFile } from './types.js';
