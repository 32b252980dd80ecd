import type { ExportedSegment, FileId, ParsedFile } from '../../src/import-export/index.js';
import { FileError, readSegments } from '../../src/import-export/index.js';

/** The `FileError` that reading a file throws. Fails if there is none. */
export async function fileErrorOf(read: () => Promise<ParsedFile> | string): Promise<FileError> {
  try {
    await read();
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  throw new Error('The file was read without a FileError.');
}

/** The `FileError` that reading a text throws. */
export const textErrorOf = (text: string): Promise<FileError> => fileErrorOf(() => readSegments(text));

export async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** A segment of an export; `fields` replace default values. */
export function exportedSegment(fields: Partial<ExportedSegment> = {}): ExportedSegment {
  return {
    id: '14395',
    sid: '80920',
    alias: null,
    value: null,
    url: null,
    secureUrl: null,
    isTrait: false,
    name: 'sample pixel',
    description: 'Migration Pixel',
    status: 'ACTIVE',
    source: 'AUDIENCE_MANAGER',
    customerId: 'acme',
    destinationId: '314',
    startDate: '2010-11-15',
    endDate: null,
    asOf: '2026-01-15T12:00:00.000Z',
    ...fields,
  };
}

/** The first identifier of each row of a file. */
export const mainIds = (file: Pick<ParsedFile, 'rows'>): FileId[] =>
  file.rows.flatMap(({ ids }) => ids.slice(0, 1));

/** The first identifier of each row of a file, without its type. */
export const idsOf = (file: Pick<ParsedFile, 'rows'>): string[] => mainIds(file).map(({ id }) => id);
