import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { FileError, decodeText } from '../import-export/index.js';
import { CommandError } from './command-error.js';

/** Reads a text file. @throws {CommandError} if it cannot be read, or is not a text file */
export async function readText(file: string): Promise<string> {
  return await read(file, () => readFile(file));
}

/** The same for standard input, up to its end. */
export async function readStandardInput(): Promise<string> {
  return await read('standard input', () => buffer(process.stdin));
}

async function read(name: string, bytes: () => Promise<Uint8Array>): Promise<string> {
  try {
    return decodeText(await bytes());
  } catch (error) {
    if (error instanceof FileError) throw new CommandError(`${name}: ${error.message}`);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new CommandError(`${name} cannot be read (${code}): check the path and its permissions.`);
  }
}
