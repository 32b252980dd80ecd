const MAX_LENGTH = 40;

/** A cell as a message quotes it: on one line and short. */
export function excerpt(cell: string): string {
  const characters = Array.from(cell.slice(0, 2 * MAX_LENGTH + 2));
  return JSON.stringify(
    characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : characters.join(''),
  );
}
