const LONGEST = 40;

/** A cell as a message quotes it: on one line and short. */
export function excerpt(cell: string): string {
  const characters = Array.from(cell.slice(0, 2 * LONGEST + 2));
  return JSON.stringify(
    characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : characters.join(''),
  );
}
