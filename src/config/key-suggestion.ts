/** Longer keys are not compared: no known key is nearly as long. */
const MAX_KEY_LENGTH = 64;

/** @returns the known key that a misspelt key probably means; `undefined` if none is similar enough */
export function suggestKey(key: string, known: readonly string[]): string | undefined {
  if (key.length > MAX_KEY_LENGTH) return undefined;
  const simplified = simplify(key);
  const maxDistance = simplified.length < 4 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = maxDistance + 1;
  for (const candidate of known) {
    const distance = editDistance(simplified, simplify(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Removes the differences between `page_size`, `page-size`, `PageSize` and `pageSize`. */
function simplify(key: string): string {
  return key.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** The Levenshtein distance: the number of characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let line = 1; line <= a.length; line += 1) {
    const current = [line];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[line - 1] === b[column - 1] ? 0 : 1);
      const deleted = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, deleted, inserted));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
