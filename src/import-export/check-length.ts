/** Why a text is too long, and the remedy; `null` if it is not. Counts characters (code points), not UTF-16 code units. */
export function checkLength(text: string | null, field: string, maxLength: number): string | null {
  if (text === null || text.length <= maxLength) return null;
  const length = Array.from(text).length;
  if (length <= maxLength) return null;
  return `the ${field} has ${length} characters, but at most ${maxLength} are allowed; shorten it`;
}
