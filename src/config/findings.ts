import type { Path } from './printing.js';

/** A mistake as it is found, before the mistakes are put into the order of the file. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}
