import {
  FileError,
  readFileContent,
  type FileContent,
  type FileOptions,
} from '../../src/import-export/index.js';

type Options = Partial<FileOptions>;

/** The `FileError` that reading the content of a file throws. Fails if there is none. */
export async function contentErrorOf(bytes: Uint8Array, options: Options = {}): Promise<FileError> {
  try {
    await readFileContent(bytes, { fileName: null, ...options });
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  throw new Error('The file was read without a FileError.');
}

/** The text of a file. Fails if it is a workbook. */
export async function textOf(bytes: Uint8Array, options: Options = {}): Promise<string> {
  const content = await readFileContent(bytes, { fileName: null, ...options });
  if (content.kind === 'text') return content.text;
  throw new Error('The file is a workbook.');
}

/** The cells of the rows of a workbook. Fails if it is a text. */
export function cellsOf(content: FileContent): readonly (readonly string[])[] {
  if (content.kind === 'rows') return content.rows.map(({ cells }) => cells);
  throw new Error('The file is a text.');
}
