import { hashText } from '../../segments/index.js';

/** Number of texts that are remembered: a power of two. Four bytes each. */
const SLOTS = 2 ** 16;

/**
 * Remembers which texts it has seen, by their hashes, in a table of 256 KiB. A text is forgotten when another one takes
 * its place. Another text is taken for it once in four billion times.
 */
export class SeenTexts {
  readonly #hashes = new Uint32Array(SLOTS);

  /** Notes a text. @returns whether it is new */
  add(text: string): boolean {
    const hash = hashText(text, 0);
    const slot = hash & (SLOTS - 1);
    const isNew = this.#hashes[slot] !== hash;
    this.#hashes[slot] = hash;
    return isNew;
  }
}
