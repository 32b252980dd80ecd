import { printable } from './printing.js';

/** One mistake in a configuration. */
export interface ConfigProblem {
  /** The key it is about, such as `customers[1].destinations[0].id`; '' for the whole file. */
  readonly path: string;
  /** What is wrong and what to do about it, in one line. Never holds a secret. */
  readonly message: string;
}

/** A configuration that cannot be used, with all of its mistakes in the order of the file. Holds no secret. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
    const lines = problems.map(({ path, message }) =>
      path === '' ? `  ${message}` : `  ${path}: ${message}`,
    );
    super([`${printable(file)} has ${count}:`, ...lines].join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}
