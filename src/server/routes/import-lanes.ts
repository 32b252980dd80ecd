import { isLargerUnpacked } from '../../import-export/index.js';
import { FewAtOnce } from '../http/few-at-once.js';

/**
 * Files that are larger when they are unpacked, in bytes, are imported one after the other: the rows of the largest take
 * hundreds of megabytes, and a minute. Smaller ones do not wait for them.
 */
const LARGE_FILE_BYTES = 256 * 1024;

/** How many smaller files are imported at the same time. */
const MAX_SMALL_IMPORTS = 4;

/** How many large files of one caller, and how many smaller ones, wait for their turn. */
export const MAX_WAITING_OF_CALLER = 10;

/** Gives imports their turns: large files are imported one after the other, a few smaller ones at the same time. */
export class ImportLanes {
  readonly #large = new FewAtOnce(1, MAX_WAITING_OF_CALLER);
  readonly #small = new FewAtOnce(MAX_SMALL_IMPORTS, MAX_WAITING_OF_CALLER);

  /** The turns that a file has to wait for. What it holds decides, not how well it is packed. */
  async of(bytes: Uint8Array): Promise<FewAtOnce> {
    return (await isLargerUnpacked(bytes, LARGE_FILE_BYTES)) ? this.#large : this.#small;
  }
}
