export { hasControlCharacter } from './cell-values.js';
export { inChunks } from './chunks.js';
export { isLargerUnpacked, MAX_FILE_BYTES, readFileContent, type FileOptions } from './file-content.js';
export { csvLines, ndjsonLines } from './export-lines.js';
export { FileError, HeaderError, SPLIT_IT, type WorkbookSheets } from './file-error.js';
export { MAX_FILE_ROWS } from './file-row-collector.js';
export { quoteForMessage } from './quote-for-message.js';
export { readIds } from './read-ids.js';
export { readSegments } from './read-segments.js';
export type {
  ColumnUse,
  DestinationKey,
  ExportedSegment,
  FileCells,
  FileColumn,
  FileContent,
  FileId,
  FileRow,
  FileRowMistake,
  FileRowWarning,
  ImportStatus,
  ParsedFile,
} from './types.js';
