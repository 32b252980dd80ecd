import { realpathSync, statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { filesMatching } from './glob.js';
import { readTextSync } from './text-files.js';

/** A pattern of `include`. */
export interface SourcePattern {
  readonly pattern: string;
  /** The folder of the file that has the pattern. */
  readonly folder: string;
  /** What it matched. */
  readonly files: readonly string[];
}

/** Everything whose change may change a configuration. */
export interface ConfigSources {
  /** All files that were read or looked for: their absolute paths, and what `stampOf` said before they were read. */
  readonly files: ReadonlyMap<string, string>;
  readonly patterns: readonly SourcePattern[];
  /** The folders in which the patterns have looked, in the same form. */
  readonly folders: ReadonlyMap<string, string>;
}

/** Reads the files of one configuration, and remembers which. */
export class SourceFiles {
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  readonly #patterns: SourcePattern[] = [];

  /** @throws UnreadableFileError */
  read(path: string, maxBytes: number): string {
    this.add(path);
    return readTextSync(path, maxBytes);
  }

  /** Remembers a file that is about to be read elsewhere. */
  add(path: string): void {
    if (!this.#files.has(path)) this.#files.set(path, stampOfSync(path));
  }

  /** @throws UnreadableFileError, as `filesMatching` */
  find(pattern: string, folder: string): readonly string[] {
    const files = filesMatching(pattern, folder, (each) => {
      if (!this.#folders.has(each)) this.#folders.set(each, stampOfSync(each));
    });
    this.#patterns.push({ pattern, folder, files });
    return files;
  }

  get sources(): ConfigSources {
    return { files: this.#files, patterns: this.#patterns, folders: this.#folders };
  }
}

/** What tells files apart, whatever links lead to them. */
export function identityOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * A text that is another one after a file was written, replaced, deleted or created. Symbolic links are followed, so that
 * one that leads elsewhere is a change too.
 */
export async function stampOf(path: string): Promise<string> {
  try {
    return stampFrom(await stat(path, { bigint: true }));
  } catch (error) {
    return stampWithout(error);
  }
}

/** `stampOf` without a promise. */
export function stampOfSync(path: string): string {
  try {
    return stampFrom(statSync(path, { bigint: true }));
  } catch (error) {
    return stampWithout(error);
  }
}

function stampFrom({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function stampWithout(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
