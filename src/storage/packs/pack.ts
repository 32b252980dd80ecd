import type { SegmentStatus } from '../../segments/index.js';
import type { PackRow } from './protocol.js';
import { blockOf, MAX_BLOCK_ROWS, textOf, type Block } from './scanner.js';

/** So much text fits into the cache of a processor's core, while the kernel looks through it. */
const BLOCK_BYTES = 64 * 1_024;

/** What a row takes beside its block: primary key and length of the name. */
const ROW_BYTES = 8 + 4;

/** The bit of each status. */
export const STATUS_BITS: Readonly<Record<SegmentStatus, number>> = {
  ACTIVE: 1,
  INACTIVE: 2,
  DELETED: 4,
  UNKNOWN: 8,
};

/** Some segments of a pack. */
export interface PackBlock extends Block {
  readonly pks: Float64Array;
  readonly nameBytes: Int32Array;
}

/** The folded name of a segment: compares as the name does. `null`: it has none, and comes last. */
export type NameKey = Buffer | null;

/** The texts that a search looks through, of all segments of a destination, in the order of their names. */
export class Pack {
  readonly blocks: PackBlock[] = [];
  #bytes = 0;

  /** Memory that the pack takes, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param rows follow those that are there */
  add(rows: readonly PackRow[]): void {
    let begin = 0;
    let length = 0;
    for (const [index, [, , , text]] of rows.entries()) {
      length += text.length;
      const isLast = index === rows.length - 1;
      if (!isLast && length < BLOCK_BYTES && index + 1 - begin < MAX_BLOCK_ROWS) continue;
      this.#addBlock(rows.slice(begin, index + 1));
      begin = index + 1;
      length = 0;
    }
  }

  /** The number of the row with a primary key. @returns the number of all rows if there is none */
  rowOf(pk: number): number {
    let before = 0;
    for (const { pks } of this.blocks) {
      const row = pks.indexOf(pk);
      if (row >= 0) return before + row;
      before += pks.length;
    }
    return before;
  }

  #addBlock(rows: readonly PackRow[]): void {
    const block = blockOf(
      rows.map(([, , , text]) => text),
      rows.map(([, status]) => STATUS_BITS[status]),
    );
    this.blocks.push({
      ...block,
      pks: Float64Array.from(rows, ([pk]) => pk),
      nameBytes: Int32Array.from(rows, ([, , nameBytes]) => nameBytes),
    });
    this.#bytes += block.bytes.length + rows.length * ROW_BYTES;
  }
}

/** The key of a segment's name. */
export function nameKey(block: PackBlock, row: number): NameKey {
  const length = block.nameBytes[row] ?? -1;
  return length < 0 ? null : textOf(block, row, length);
}

export function compareNameKeys(a: NameKey, b: NameKey): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Buffer.compare(a, b);
}
