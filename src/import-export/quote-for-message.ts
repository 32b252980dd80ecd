/** Maximum number of characters (code points) of a cell that an error message shows. */
const MAX_SHOWN_LENGTH = 40;

/** Quotes a cell for an error message: on one line, with escapes, shortened to 40 characters. */
export function quoteForMessage(cell: string): string {
  // Two code units per character are enough to see whether the cell is too long.
  const characters = Array.from(cell.slice(0, 2 * MAX_SHOWN_LENGTH + 2));
  const isShortened = characters.length > MAX_SHOWN_LENGTH;
  return JSON.stringify(
    isShortened ? `${characters.slice(0, MAX_SHOWN_LENGTH).join('')}…` : characters.join(''),
  );
}
