import type { FileId, FileRow } from './types.js';

/**
 * Marks the identifiers that several rows have, such as an alias that the customer gave to several segments: no segment
 * must be found by them. The first identifier of a row never is one, and a segment may be mapped several times under
 * its sid. Rows with the same first identifier are about one segment.
 */
export class SharedIds {
  /** The first identifier of the row that has an identifier. */
  readonly #seen = new Map<string, string>();
  readonly #shared = new Set<string>();

  add(row: FileRow): void {
    const [main] = row.ids;
    const mainKey = main === undefined ? '' : keyOf(main);
    for (const id of row.ids) {
      if (id.idType === 'SID') continue;
      const key = keyOf(id);
      const first = this.#seen.get(key);
      if (first === undefined) this.#seen.set(key, mainKey);
      else if (first !== mainKey) this.#shared.add(key);
    }
  }

  mark(row: FileRow): FileRow {
    if (row.ids.length < 2 || this.#shared.size === 0) return row;
    const ids = row.ids.map((id, index): FileId =>
      index > 0 && this.#shared.has(keyOf(id)) ? { ...id, shared: true } : id,
    );
    return { ...row, ids };
  }
}

function keyOf({ idType, id }: FileId): string {
  return `${idType ?? ''} ${id}`;
}
