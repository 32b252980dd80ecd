import { escapeInvisible } from './message-format.js';

/** A mistake in a configuration, ready to be shown. */
export interface ConfigProblem {
  /** The key that it is about, such as `customers[1].destinations[0].id`; '' for the whole file. */
  readonly path: string;
  /** What is wrong and the remedy, on one line. Never contains a secret. */
  readonly message: string;
}

/**
 * A configuration that cannot be used. Lists all mistakes in the order of the file. Never contains a secret.
 */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
    const lines = problems.map(({ path, message }) =>
      path === '' ? `  ${message}` : `  ${path}: ${message}`,
    );
    super([`${escapeInvisible(file)} has ${count}:`, ...lines].join('\n'));
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}
