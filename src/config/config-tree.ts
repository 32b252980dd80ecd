import { dirname, resolve } from 'node:path';
import type { ConfigProblem } from './config-error.js';
import { IncludeReader, type ConfigFile, type PlacedMistake } from './include-reader.js';
import { escapeInvisible, formatPath, type Path } from './message-format.js';
import type { Mistake } from './mistake.js';
import type { SourceFiles } from './source-files.js';

/** A value of a configuration: the file that it is in, and its path there. */
interface Place {
  readonly file: ConfigFile;
  readonly path: Path;
}

/**
 * A configuration of one or several files as one: the lists of customers one after the other, every other section from
 * the file that has it.
 */
export class ConfigTree {
  /** The first file, then the included ones in their order. */
  readonly files: readonly ConfigFile[];
  /** All sections, without `include`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Mistakes in the syntax, the references and the includes. */
  readonly mistakes: readonly PlacedMistake[];
  /** Whether all files could be read and parsed. If not, a key that is missing may be in one of the others. */
  readonly isComplete: boolean;
  readonly #owners = new Map<string, ConfigFile>();
  /** The files with customers, and the index of the first one of each. */
  readonly #lists: { readonly file: ConfigFile; readonly from: number }[] = [];

  private constructor(files: readonly ConfigFile[], mistakes: readonly PlacedMistake[]) {
    this.files = files;
    this.isComplete = mistakes.length === 0 && files.every(({ document }) => document.data !== undefined);
    const merging: PlacedMistake[] = [];
    this.data = this.#merge(merging);
    this.mistakes = [
      ...files.flatMap((file) => file.document.mistakes.map((mistake) => ({ file, mistake }))),
      ...mistakes,
      ...merging,
    ];
  }

  /**
   * Reads a configuration and the files that it includes.
   *
   * @param text the text of the first file
   * @param file the path of the first file
   * @param section nothing more is included once a file has this section
   */
  static read(
    text: string,
    file: string,
    env: NodeJS.ProcessEnv,
    source: SourceFiles,
    section?: string,
  ): ConfigTree {
    const reader = new IncludeReader(dirname(resolve(file)), env, source, section);
    reader.read(resolve(file), text);
    return new ConfigTree(reader.files, reader.mistakes);
  }

  /** The file that a section is in; the first one if the section is missing. */
  fileOf(section: string): ConfigFile {
    return this.#owners.get(section) ?? this.#first;
  }

  /** @returns the value formatted for a message; a phrase instead of a value that may be secret */
  show(path: Path): string {
    const { file, path: local } = this.#place(path);
    return file.document.show(local);
  }

  /** Whether the value could not be resolved. */
  isUnresolved(path: Path): boolean {
    const { file, path: local } = this.#place(path);
    return file.document.isUnresolved(local);
  }

  /** @returns how a message about the value at `from` names the one at `path`, such as `customers[0].id in acme.yaml` */
  refer(path: Path, from: Path): string {
    const { file, path: local } = this.#place(path);
    const isElsewhere = file !== this.#place(from).file;
    return `${formatPath(local)}${isElsewhere ? ` in ${escapeInvisible(file.name)}` : ''}`;
  }

  /**
   * All mistakes in the order of the files and of their places there.
   *
   * @param mistakes with paths of `data`
   * @param unknown the unknown keys; what else is wrong inside them is left out
   */
  problems(mistakes: readonly Mistake[], unknown: readonly Mistake[]): ConfigProblem[] {
    const ranks = new Map(this.files.map((file, index) => [file, index]));
    const place = ({ path, message }: Mistake): PlacedMistake => {
      const { file, path: local } = this.#place(path);
      return { file, mistake: { path: local, message } };
    };
    const keyOf = (file: ConfigFile, path: Path): string => `${ranks.get(file) ?? 0} ${formatPath(path)}`;
    const unknownKeys = unknown.map(place);
    const names = new Set(unknownKeys.map(({ file, mistake }) => keyOf(file, mistake.path)));
    const isInside = ({ file, mistake: { path } }: PlacedMistake): boolean =>
      path.some((_, index) => names.has(keyOf(file, path.slice(0, index + 1))));
    return [
      ...this.mistakes.filter((each) => names.size === 0 || !isInside(each)),
      ...unknownKeys,
      ...mistakes.map(place),
    ]
      .map(({ file, mistake: { path, message } }) => ({
        rank: ranks.get(file) ?? 0,
        offset: file.document.offset(path),
        problem: { file: file.name, path: formatPath(path), message },
      }))
      .sort((a, b) => a.rank - b.rank || a.offset - b.offset)
      .map(({ problem }) => problem);
  }

  get #first(): ConfigFile {
    const [first] = this.files;
    if (first === undefined) throw new Error('bug: a configuration has no file');
    return first;
  }

  #place(path: Path): Place {
    const [section, index] = path;
    if (section === 'customers' && typeof index === 'number') {
      const list = this.#lists.findLast(({ from }) => from <= index);
      if (list !== undefined) {
        return { file: list.file, path: [section, index - list.from, ...path.slice(2)] };
      }
    }
    return { file: this.fileOf(String(section)), path };
  }

  #merge(mistakes: PlacedMistake[]): Record<string, unknown> {
    const data = Object.create(null) as Record<string, unknown>;
    const customers: unknown[] = [];
    const report = (file: ConfigFile, path: Path, message: string): void => {
      mistakes.push({ file, mistake: { path, message } });
    };
    for (const file of this.files) {
      for (const [key, value] of Object.entries(file.document.data ?? {})) {
        if (key === 'include') continue;
        const owner = this.#owners.get(key);
        if (owner === undefined) {
          this.#owners.set(key, file);
          data[key] = value;
        } else if (key !== 'customers') {
          const first = `line ${owner.document.line([key])} of ${escapeInvisible(owner.name)}`;
          const second = `line ${file.document.line([key])} of ${escapeInvisible(file.name)}`;
          report(file, [key], `is given twice, at ${first} and at ${second}; keep one`);
        }
        if (key !== 'customers') continue;
        if (Array.isArray(value)) {
          this.#lists.push({ file, from: customers.length });
          // One by one: as arguments of one call, a hundred thousand customers would not fit on the stack.
          for (const customer of value as unknown[]) customers.push(customer);
        } else if (owner !== undefined && !file.document.isUnresolved([key])) {
          report(file, [key], 'must be a list of customers');
        }
      }
    }
    // What is no list in the first file that has customers is reported by the schema.
    if (this.#lists.length > 0 && Array.isArray(data['customers'])) data['customers'] = customers;
    return data;
  }
}
