import { quoteForMessage } from './quote-for-message.js';
import type { FileRow, FileRowWarning } from './types.js';

/** How many numbers there must be for each other ID, so that these are questioned. */
const RARE = 5;
/** Number of numbers at which a single other ID is questioned. */
const MIN_NUMBERS = 3;

const NUMBER = /^\d+$/;

/** Where a row stands. */
interface Place {
  /** The row directly above, if a line break in a cell may have made two rows of one. */
  readonly above: FileRow | null;
  /** Whether blank rows separate it from the segments above: it may be a note below the list. */
  readonly isBelowGap: boolean;
}

/** An ID that is not a number. */
interface OddId extends Place {
  readonly row: FileRow;
}

/** Finds the IDs that are no numbers where nearly all are, and those that may be notes below the list. */
export class OddIds {
  readonly #odd: OddId[] = [];
  #numbers = 0;
  #isBelowGap = false;

  /** @param place its `isBelowGap` says whether there are blank rows right above */
  add(row: FileRow, place: Place): void {
    if (isNumber(row)) {
      this.#numbers++;
      this.#isBelowGap = false;
      return;
    }
    // A note may have several lines.
    this.#isBelowGap ||= place.isBelowGap;
    const isBelowGap = this.#isBelowGap;
    this.#odd.push({ row, above: isBelowGap ? null : place.above, isBelowGap });
  }

  /** The IDs to question. Those that are no exception are not, unless they may be notes. */
  get questioned(): readonly OddId[] {
    const count = this.#odd.length;
    const isRare = count * RARE <= this.#numbers || (count === 1 && this.#numbers >= MIN_NUMBERS);
    if (isRare) return this.#odd;
    const areMostlyNumbers = count <= this.#numbers;
    return this.#odd.filter(({ row, isBelowGap }) => isBelowGap && (areMostlyNumbers || isLikeNote(row)));
  }
}

function isNumber({ ids }: FileRow): boolean {
  return NUMBER.test(ids[0]?.id ?? '');
}

/** Whether a row has nothing but a text of several words. */
function isLikeNote({ ids, name, description, status }: FileRow): boolean {
  return name === null && description === null && status === null && /\s/.test(ids[0]?.id ?? '');
}

/** The warning about an ID that is no number. */
export function questionOf({ line, ids }: FileRow, isBelowGap: boolean): FileRowWarning {
  const id = quoteForMessage(ids[0]?.id ?? '');
  return {
    line,
    reason: isBelowGap
      ? `the ID ${id} is not a number and stands below blank rows; check whether it is an ID, and remove the row if it is a note`
      : `the ID ${id} is not a number, as nearly all others are; check whether it is an ID`,
  };
}
