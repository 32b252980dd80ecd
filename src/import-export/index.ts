export { inChunks } from './chunks.js';
export { decodeText } from './decode.js';
export { FileMistake } from './file-mistake.js';
export { readSegments, type ReadOptions } from './read.js';
export { MAX_IMPORT_ROWS } from './rows.js';
export type { ExportRow, ImportIdType, ImportRow, ImportStatus, ReadFile, RowMistake } from './types.js';
export { csvLines, ndjsonLines } from './write.js';
