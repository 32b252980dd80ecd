/** This many characters of a text cost as much as one value. */
const CHARACTERS_PER_VALUE = 1_000;

/** Size of arguments, in values: the items of lists and objects, and long texts. */
export function argumentValues(value: unknown): number {
  if (typeof value === 'string') return Math.floor(value.length / CHARACTERS_PER_VALUE);
  if (typeof value !== 'object' || value === null || value instanceof Date) return 0;
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value);
  // The arguments of a field are few, so they do not count themselves.
  return items.reduce<number>((size, item) => size + sizeOfItem(value, item), 0);
}

function sizeOfItem(container: object, item: unknown): number {
  return (Array.isArray(container) ? 1 : 0) + argumentValues(item);
}
