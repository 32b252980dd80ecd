/** A line of a file of Audience Manager: a user, whose ID is long, and lists of digits. */
const LINE = /^\s*[\w-]{20,}[\t ]+(?=.*\d)([\d\t ,;:&]+)$/;

/** An item of type, ID, status and time. */
const ITEM = /^\d,\d+,[01],\d{6,}$/;

/** The type of items that are segments. Others, such as traits, have IDs of their own. */
const SEGMENT_TYPE = '5';

/** The IDs in lines of a file that Audience Manager sends; `null` if most of the lines are none of such a file. */
export function idsOfDelivery(lines: readonly string[]): string[] | null {
  const lists = lines.map((line) => LINE.exec(line)?.[1]).filter((list) => list !== undefined);
  if (lists.length === 0 || lists.length * 2 < lines.length) return null;
  return lists.flatMap((list) =>
    list
      .trim()
      .split(/[\t ]+/)
      .flatMap(idsOfField),
  );
}

function idsOfField(field: string): string[] {
  const items = field.split('&');
  if (items.every((item) => ITEM.test(item))) {
    return items
      .map((item) => item.split(','))
      .flatMap(([type, id]) => (type === SEGMENT_TYPE ? [id ?? ''] : []));
  }
  const numbers = field.split(/[,;:]/);
  const types = numbers.filter((_, index) => index % 2 === 0);
  const hasTypes =
    numbers.length % 2 === 0 && types.every((type) => type.length === 1) && types.includes(SEGMENT_TYPE);
  return hasTypes
    ? numbers.filter((_, index) => index % 2 === 1 && numbers[index - 1] === SEGMENT_TYPE)
    : numbers;
}
