/** Bytes that are collected for the output. */
export class OutputBuffer {
  bytes: Buffer;
  length = 0;
  readonly #usual: number;

  /** @param size how many bytes are written at once, unless one line is longer */
  constructor(size: number) {
    this.#usual = size;
    this.bytes = Buffer.allocUnsafe(size + size / 4);
  }

  /** Whether it is time to write. */
  get isFull(): boolean {
    return this.length >= this.#usual;
  }

  /** The collected bytes. They stay as they are until `clear`. */
  taken(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    // A single long line must not keep its memory.
    if (this.bytes.length > 4 * this.#usual) this.bytes = Buffer.allocUnsafe(this.#usual + this.#usual / 4);
  }

  add(text: Uint8Array): void {
    const end = this.length + text.length;
    if (end > this.bytes.length) this.#grow(end);
    this.bytes.set(text, this.length);
    this.length = end;
  }

  /** Adds a part of other bytes, without making an object for it if it is short. */
  addPart(bytes: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (this.length + count > this.bytes.length) this.#grow(this.length + count);
    if (count > MAX_COPIED_SINGLY) {
      this.bytes.set(bytes.subarray(start, end), this.length);
      this.length += count;
      return;
    }
    const target = this.bytes;
    let to = this.length;
    for (let from = start; from < end; from++) target[to++] = bytes[from] ?? 0;
    this.length = to;
  }

  /** Adds UTF-8 as the inside of a JSON string. */
  addJsonText(bytes: Uint8Array, start: number, end: number): void {
    // An escape has six characters at most.
    if (this.length + 6 * (end - start) > this.bytes.length) this.#grow(this.length + 6 * (end - start));
    const target = this.bytes;
    let to = this.length;
    for (let from = start; from < end; from++) {
      const byte = bytes[from] ?? 0;
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
        target[to++] = byte;
      } else if (byte >= 0x20) {
        target[to++] = BACKSLASH;
        target[to++] = byte;
      } else {
        to += target.write(`\\u00${byte < 16 ? '0' : ''}${byte.toString(16)}`, to, 'latin1');
      }
    }
    this.length = to;
  }

  /** Adds a cell of a CSV file, in quotes where it needs them. @param separator of the file */
  addCell(bytes: Uint8Array, start: number, end: number, separator: number): void {
    if (this.length + 2 * (end - start) + 2 > this.bytes.length)
      this.#grow(this.length + 2 * (end - start) + 2);
    if (!needsQuotes(bytes, start, end, separator)) {
      this.addPart(bytes, start, end);
      return;
    }
    const target = this.bytes;
    let to = this.length;
    target[to++] = QUOTE;
    for (let from = start; from < end; from++) {
      const byte = bytes[from] ?? 0;
      if (byte === QUOTE) target[to++] = QUOTE;
      target[to++] = byte;
    }
    target[to++] = QUOTE;
    this.length = to;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafe(Math.max(least, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Below, a loop is faster than making a view. */
const MAX_COPIED_SINGLY = 48;

function needsQuotes(bytes: Uint8Array, start: number, end: number, separator: number): boolean {
  for (let index = start; index < end; index++) {
    const byte = bytes[index];
    if (byte === separator || byte === QUOTE || byte === 10 || byte === 13) return true;
  }
  return false;
}
