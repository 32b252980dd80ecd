/** A file that a person has chosen, as it was then. */
export interface ChosenFile {
  readonly file: File;
  /** What the preview and the import are of, whatever becomes of the file on the disk. */
  readonly bytes: ArrayBuffer;
}

/** Why a file was not taken. */
export interface FileMistake {
  readonly why: 'empty' | 'tooLarge' | 'unreadable';
  readonly name: string;
  readonly size: number;
}

/** Reads a file that was chosen. */
export async function readChosen(file: File, maxBytes: number): Promise<ChosenFile | FileMistake> {
  const { name, size } = file;
  if (size > maxBytes) return { why: 'tooLarge', name, size };
  try {
    const bytes = await file.arrayBuffer();
    return bytes.byteLength === 0 ? { why: 'empty', name, size } : { file, bytes };
  } catch {
    return { why: 'unreadable', name, size };
  }
}

/** Whether a file is still as it was when it was chosen. Browsers refuse to read one that is not. */
export async function isUnchanged({ file }: ChosenFile): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
