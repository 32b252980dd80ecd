import { quoteForMessage } from './quote-for-message.js';
import type { FileId, FileRow } from './types.js';

interface DuplicateCheck {
  readonly isRepeated: boolean;
  readonly reason: string | null;
}

interface DuplicateOptions {
  /** Whether several mappings of a segment may have different names. */
  readonly isExact: boolean;
  /** Whether the row says nothing of its segment. */
  readonly isIdAlone: boolean;
}

const FIRST: DuplicateCheck = { isRepeated: false, reason: null };

/** Finds rows about the same segment. */
export class Duplicates {
  /** The first row with each identifier. */
  readonly #byId = new Map<string, FileRow>();
  /** The first row with each sid that has a name, whether or not the sid is its first identifier. */
  readonly #bySid = new Map<string, FileRow>();
  /** The first row with each identifier that says nothing else: it contradicts no other row. */
  readonly #alone = new Map<string, FileRow>();

  /**
   * Records a row, valid or not: only the customer knows which of two is right.
   *
   * @param owner what else belongs to the identifier: the destination that the row names
   * @returns whether the row says word for word what another one says, or what is wrong with it
   */
  add(row: FileRow, owner: string, { isExact, isIdAlone }: DuplicateOptions): DuplicateCheck {
    const [main] = row.ids;
    if (main === undefined) return FIRST;
    const rows = isIdAlone ? this.#alone : this.#byId;
    const key = keyOf(main, owner);
    const first = rows.get(key);
    if (first === undefined) rows.set(key, row);
    else if (isSame(first, row)) return { isRepeated: true, reason: null };
    if (isIdAlone) return FIRST;
    if (first !== undefined) {
      const id = quoteForMessage(main.id);
      return { isRepeated: false, reason: `the ID ${id} is also on line ${first.line}; keep one of the two` };
    }
    return isExact ? FIRST : { isRepeated: false, reason: this.#checkSid(row, owner) };
  }

  /** A segment may be mapped several times, but it has one name. */
  #checkSid(row: FileRow, owner: string): string | null {
    const sid = row.ids.find(({ idType }) => idType === 'SID');
    if (sid === undefined || row.name === null) return null;
    const key = keyOf(sid, owner);
    const first = this.#bySid.get(key);
    if (first === undefined) this.#bySid.set(key, row);
    if (first === undefined || first.name === row.name) return null;
    return `the sid ${quoteForMessage(sid.id)} is also on line ${first.line}, with another name; give both the same name`;
  }
}

function keyOf({ idType, id }: FileId, owner: string): string {
  return `${idType ?? ''} ${owner} ${id}`;
}

function isSame(a: FileRow, b: FileRow): boolean {
  return (
    a.name === b.name &&
    a.description === b.description &&
    a.status === b.status &&
    a.ids.length === b.ids.length &&
    a.ids.every(({ idType, id }, index) => b.ids[index]?.idType === idType && b.ids[index].id === id)
  );
}
