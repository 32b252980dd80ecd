import type { ExportRow, ReadFile } from '../../src/import-export/index.js';
import { FileMistake, readSegments } from '../../src/import-export/index.js';

/** The file mistake that reading ends with; fails when it ends otherwise. */
export async function fileMistake(reading: () => Promise<ReadFile> | string): Promise<FileMistake> {
  try {
    await reading();
  } catch (error) {
    if (error instanceof FileMistake) return error;
    throw error;
  }
  throw new Error('The file was read without a FileMistake.');
}

export const mistakeOf = (text: string): Promise<FileMistake> => fileMistake(() => readSegments(text));

export async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

export function exportRow(fields: Partial<ExportRow> = {}): ExportRow {
  return {
    id: '14395',
    sid: '80920',
    alias: null,
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
