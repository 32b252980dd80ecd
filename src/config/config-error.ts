import { basename } from 'node:path';
import { escapeInvisible } from './message-format.js';
import type { ConfigSources } from './source-files.js';

/** A mistake in a configuration, ready to be shown. */
export interface ConfigProblem {
  /** The file that it is in, relative to the folder of the configuration file unless it is elsewhere. */
  readonly file: string;
  /** The key that it is about, such as `customers[1].destinations[0].id`; '' for the whole file. */
  readonly path: string;
  /** What is wrong and the remedy, on one line. Never contains a secret. */
  readonly message: string;
}

/**
 * A configuration that cannot be used. Lists all mistakes in the order of the file, and of the files that it includes.
 * Never contains a secret.
 */
export class ConfigError extends Error {
  /** The configuration file. */
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  // Private, so that it is in no dump: a key in the place of its path would be looked for as a file.
  readonly #sources: ConfigSources;

  /** @param sources what was read; the configuration may be right when one of these changes */
  constructor(file: string, problems: readonly ConfigProblem[], sources: ConfigSources) {
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
    const isOne = problems.every((problem) => problem.file === basename(file));
    const subject = isOne
      ? `${escapeInvisible(file)} has`
      : `${escapeInvisible(file)} and the files that it includes have`;
    const lines = problems.map((problem) => {
      const parts = [isOne ? '' : escapeInvisible(problem.file), problem.path, problem.message];
      return `  ${parts.filter((part) => part !== '').join(': ')}`;
    });
    super([`${subject} ${count}:`, ...lines].join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
    this.#sources = sources;
  }

  /** Everything that was read or looked for until the configuration was refused. */
  get sources(): ConfigSources {
    return this.#sources;
  }
}
