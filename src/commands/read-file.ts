import { readFile, stat } from 'node:fs/promises';
import {
  FileError,
  MAX_FILE_BYTES,
  readFileContent,
  SPLIT_IT,
  type FileContent,
  type FileOptions,
} from '../import-export/index.js';
import { CommandError } from './command-error.js';

/** What a command's flags say about how to read a file. */
export type ReadFlags = Pick<FileOptions, 'encoding' | 'sheet'>;

/** How a file is called in messages. @param file its path; `-` for standard input */
export function nameOfFile(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/**
 * Reads a file that a customer has sent: a text or a workbook, packed or not.
 *
 * @param file its path; `-` for standard input, which is read up to its end
 * @throws {CommandError} if it cannot be read
 */
export async function readCustomerFile(file: string, flags: ReadFlags = {}): Promise<FileContent> {
  try {
    const bytes = file === '-' ? await readStandardInput() : await readBytes(file);
    return await readFileContent(bytes, { fileName: file === '-' ? null : file, ...flags });
  } catch (error) {
    if (error instanceof FileError) throw new CommandError(`${nameOfFile(file)}: ${error.message}`);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new CommandError(
      `${nameOfFile(file)} cannot be read (${code}): check the path and its permissions.`,
    );
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  // Refused before it is read: a wrong path may lead to a file of any size.
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw tooLarge();
  return await readFile(file);
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): FileError {
  const max = MAX_FILE_BYTES / (1024 * 1024);
  return new FileError(null, `The file is larger than ${max} MiB. ${SPLIT_IT}`);
}
