/** Number of keys that are remembered: a power of two. Four bytes each. */
const SLOTS = 2 ** 16;

/** The first bytes of a key, which are Base64 of a hash, that decide about its slot and tell it from others. */
const LENGTH = 8;

/**
 * Remembers which keys of responses it has seen, by the first bits of their hashes, in a table of 256 KiB. A key is
 * forgotten when another one takes its place. If another key is taken for it, which happens by accident once in four
 * billion times, a response is cached too early.
 */
export class SeenKeys {
  readonly #hashes = new Int32Array(SLOTS);

  /** Notes a key. @returns whether it is new */
  add(key: string): boolean {
    const hash = Buffer.from(key.slice(0, LENGTH), 'base64').readInt32LE();
    const slot = hash & (SLOTS - 1);
    const isNew = this.#hashes[slot] !== hash;
    this.#hashes[slot] = hash;
    return isNew;
  }
}
