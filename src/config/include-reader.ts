import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { ValueCounter, readDocument, unparsedDocument, type ConfigDocument } from './config-document.js';
import { isPattern } from './glob.js';
import { escapeInvisible, quoteValue, type Path } from './message-format.js';
import type { Mistake } from './mistake.js';
import { createResolver } from './references.js';
import { identityOf, type SourceFiles } from './source-files.js';
import { UnreadableFileError } from './text-files.js';

/**
 * Maximum size of one file of a configuration, in bytes. While it is parsed, a file takes a hundred times its size in
 * memory.
 */
export const MAX_FILE_BYTES = 16 * 2 ** 20;

/** Maximum size of all files of a configuration together, in bytes. */
const MAX_CONFIG_BYTES = 64 * 2 ** 20;

/** Maximum number of files of a configuration. */
const MAX_FILES = 10_000;

const TOO_LARGE = `is too large: a file may have ${MAX_FILE_BYTES / 2 ** 20} MiB, and all files of a configuration ${MAX_CONFIG_BYTES / 2 ** 20} MiB; split it with include`;

/** One file of a configuration. */
export interface ConfigFile {
  /** Absolute path. */
  readonly path: string;
  /** The name for messages: relative to the folder of the first file, unless it is elsewhere. */
  readonly name: string;
  readonly document: ConfigDocument;
}

/** A mistake and the file that it is in. */
export interface PlacedMistake {
  readonly file: ConfigFile;
  readonly mistake: Mistake;
}

/** Reads files and those that they include, depth first. */
export class IncludeReader {
  readonly files: ConfigFile[] = [];
  readonly mistakes: PlacedMistake[] = [];
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #source: SourceFiles;
  readonly #values = new ValueCounter();
  readonly #read = new Set<string>();
  /** The file that is being read and those that include it. */
  readonly #open = new Set<string>();
  readonly #section: string | undefined;
  #bytes = 0;
  #isFull = false;

  /** @param section nothing more is included once a file has this section */
  constructor(folder: string, env: NodeJS.ProcessEnv, source: SourceFiles, section?: string) {
    this.#section = section;
    this.#folder = folder;
    this.#env = env;
    this.#source = source;
  }

  read(path: string, text: string): void {
    const identity = identityOf(path);
    const fromHere = relative(this.#folder, path);
    const isElsewhere = fromHere.startsWith('..') || isAbsolute(fromHere);
    const bytes = Buffer.byteLength(text);
    this.#bytes += bytes;
    const isTooLarge = bytes > MAX_FILE_BYTES || this.#bytes > MAX_CONFIG_BYTES;
    const resolver = createResolver(path, this.#env, (named, maxBytes) => this.#source.read(named, maxBytes));
    const file: ConfigFile = {
      path,
      name: isElsewhere ? path : fromHere || basename(path),
      document: isTooLarge
        ? unparsedDocument([{ path: [], message: TOO_LARGE }])
        : readDocument(text, resolver, this.#values),
    };
    this.files.push(file);
    this.#read.add(identity);
    this.#open.add(identity);
    this.#include(file);
    this.#open.delete(identity);
  }

  #include(file: ConfigFile): void {
    const include = file.document.data?.['include'];
    if (include === undefined || include === '' || this.#hasSection()) return;
    if (!Array.isArray(include)) {
      this.#report(file, ['include'], 'must be a list of files or patterns such as customers/*.yaml');
      return;
    }
    for (const [index, pattern] of include.entries()) {
      const path = ['include', index];
      if (file.document.isUnresolved(path)) continue;
      if (typeof pattern !== 'string' || pattern === '' || /[\p{Cc}\p{Surrogate}]/u.test(pattern)) {
        this.#report(file, path, 'must be the path of a file or a pattern such as customers/*.yaml');
      } else {
        for (const found of this.#find(file, path, pattern)) {
          if (this.#hasSection()) return;
          this.#includeFile(file, path, pattern, found);
        }
      }
    }
  }

  #hasSection(): boolean {
    const section = this.#section;
    return section !== undefined && this.files.some(({ document }) => section in (document.data ?? {}));
  }

  #find(file: ConfigFile, path: Path, pattern: string): readonly string[] {
    const folder = dirname(file.path);
    if (!isPattern(pattern)) return [resolve(folder, pattern)];
    try {
      return this.#source.find(pattern, folder);
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      const message = `the folder of the pattern ${quoteValue(pattern)} ${error.message}; correct it, or create the folder`;
      this.#report(file, path, message);
      return [];
    }
  }

  #includeFile(by: ConfigFile, path: Path, pattern: string, found: string): void {
    const identity = identityOf(found);
    const name = `the file ${escapeInvisible(found)}`;
    if (this.#open.has(identity)) {
      const isItself = identity === identityOf(by.path);
      const remedy = isPattern(pattern)
        ? 'put the files to include into a folder of their own'
        : 'remove one of the lines';
      this.#report(
        by,
        path,
        isItself
          ? `includes this file itself; ${isPattern(pattern) ? remedy : 'remove the line'}`
          : `includes ${name}, which includes this one; ${remedy}`,
      );
      return;
    }
    // Named twice, also through a link, it counts once, at its first place.
    if (this.#read.has(identity)) return;
    this.#read.add(identity);
    if (this.files.length >= MAX_FILES) {
      if (!this.#isFull) this.#report(by, path, `includes more than ${MAX_FILES} files; join some of them`);
      this.#isFull = true;
      return;
    }
    try {
      this.read(found, this.#source.read(found, MAX_FILE_BYTES));
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      const remedy = isPattern(pattern) ? 'correct it, or move it away' : 'correct the path or the file';
      const message = `${name} ${error.message}; ${remedy}`;
      this.#report(by, path, message);
    }
  }

  #report(file: ConfigFile, path: Path, message: string): void {
    this.mistakes.push({ file, mistake: { path, message } });
  }
}
