import type { Path } from './message-format.js';

/** A mistake in a configuration, as a check reports it. */
export interface Mistake {
  /** The key that the mistake is about; empty for the whole file. */
  readonly path: Path;
  /** What is wrong and the remedy, without the path. */
  readonly message: string;
}
