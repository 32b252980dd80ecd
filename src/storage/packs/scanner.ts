import kernel from './kernel.wat';

/** Maximum number of rows in a block. */
export const MAX_BLOCK_ROWS = 4_096;

/** Maximum length of the terms of a search together, in bytes. */
const MAX_TERM_BYTES = 32 * 1_024;

/** Places in the memory of the kernel: what it writes, terms, and the block that it looks through. */
const FOUND_AT = 0;
const TERM_TABLE_AT = MAX_BLOCK_ROWS * 4;
const TERMS_AT = TERM_TABLE_AT + MAX_TERM_BYTES * 8;
const BLOCK_AT = TERMS_AT + MAX_TERM_BYTES;

/** The kernel reads up to 16 bytes and a term behind the end of a text. */
const MARGIN = 16 + MAX_TERM_BYTES;
const PAGE_BYTES = 65_536;

/** Segments in the form that the kernel takes: where their texts begin, statuses, and texts. */
export interface Block {
  readonly rows: number;
  readonly bytes: Buffer;
}

/** Terms and statuses that are looked for. */
export interface Wanted {
  /** In UTF-8, none of them empty. */
  readonly terms: readonly Uint8Array[];
  /** A bit for each status. */
  readonly statusBits: number;
}

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  scan(
    rows: number,
    starts: number,
    statuses: number,
    allowed: number,
    terms: number,
    count: number,
    out: number,
  ): number;
}

/** Makes a block. @param texts none of them with a line break at the end, which is added */
export function blockOf(texts: readonly string[], statusBits: readonly number[]): Block {
  const rows = texts.length;
  const textsAt = textsOffset(rows);
  const lengths = texts.map((text) => Buffer.byteLength(text) + 1);
  const bytes = Buffer.allocUnsafeSlow(textsAt + lengths.reduce((sum, length) => sum + length, 0));
  const starts = new Uint32Array(bytes.buffer, 0, rows + 1);
  bytes.set(statusBits, statusesOffset(rows));
  let at = textsAt;
  for (const [row, text] of texts.entries()) {
    starts[row] = BLOCK_AT + at;
    at += bytes.write(text, at);
    // No term has one, so none is found across two rows.
    bytes[at++] = 0x0a;
  }
  starts[rows] = BLOCK_AT + at;
  return { rows, bytes };
}

/** The first bytes of the text of a row. */
export function textOf({ bytes }: Block, row: number, length: number): Buffer {
  const start = bytes.readUint32LE(row * 4) - BLOCK_AT;
  return bytes.subarray(start, start + length);
}

/** Finds rows of blocks. */
export class Scanner {
  readonly #kernel: Kernel;
  #bytes: Uint8Array;
  #words: Uint32Array;

  constructor() {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(kernel, 'base64')));
    this.#kernel = instance.exports as Kernel;
    this.#bytes = new Uint8Array(this.#kernel.memory.buffer);
    this.#words = new Uint32Array(this.#kernel.memory.buffer);
  }

  /**
   * The rows of a block that have all terms and one of the statuses. Valid until the next call.
   *
   * @throws RangeError if the terms are too long together
   */
  find({ rows, bytes }: Block, { terms, statusBits }: Wanted): Uint32Array {
    if (terms.reduce((sum, { length }) => sum + length, 0) > MAX_TERM_BYTES) {
      throw new RangeError('the terms are too long for search packs');
    }
    this.#makeRoom(BLOCK_AT + bytes.length + MARGIN);
    let at = TERMS_AT;
    for (const [index, term] of terms.entries()) {
      this.#words.set([at, term.length], TERM_TABLE_AT / 4 + index * 2);
      this.#bytes.set(term, at);
      at += term.length;
    }
    // Without a term, nobody reads the texts.
    this.#bytes.set(terms.length === 0 ? bytes.subarray(0, textsOffset(rows)) : bytes, BLOCK_AT);
    const found = this.#kernel.scan(
      rows,
      BLOCK_AT,
      BLOCK_AT + statusesOffset(rows),
      statusBits,
      TERM_TABLE_AT,
      terms.length,
      FOUND_AT,
    );
    return this.#words.subarray(0, found);
  }

  #makeRoom(length: number): void {
    if (length <= this.#bytes.length) return;
    this.#kernel.memory.grow(Math.ceil((length - this.#bytes.length) / PAGE_BYTES));
    this.#bytes = new Uint8Array(this.#kernel.memory.buffer);
    this.#words = new Uint32Array(this.#kernel.memory.buffer);
  }
}

function statusesOffset(rows: number): number {
  return (rows + 1) * 4;
}

function textsOffset(rows: number): number {
  return statusesOffset(rows) + rows;
}
