/** A value that has no values inside: a string, a number, `true`, `false` or `null`. */
export interface JsonScalar {
  readonly kind: 'string' | 'number' | 'other';
  /** Where it begins and ends in the text. */
  readonly start: number;
  readonly end: number;
}

/** Follows the values of a JSON text in their order. */
export interface JsonVisitor {
  /** @param key of the member that the value belongs to; `null` in a list, and at the top */
  open(kind: 'object' | 'list', key: string | null): void;
  scalar(value: JsonScalar, key: string | null): void;
  /** @param end where the object or list ends in the text */
  close(end: number): void;
}

/** The text nests objects and lists deeper than allowed. */
export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';
}

const BACKSLASH = 0x5c;

/**
 * Walks through a JSON text without parsing its values, so that a caller can change the text itself: numbers keep their
 * digits, and everything else its place.
 *
 * @param text must be valid JSON; anything else gives undefined results
 * @throws {TooDeepError}
 */
export function walkJson(text: string, visitor: JsonVisitor, maxDepth: number): void {
  /** For each open object `true`, for each open list `false`. */
  const open: boolean[] = [];
  let key: string | null = null;
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    switch (character) {
      case '{':
      case '[': {
        if (open.length >= maxDepth) throw new TooDeepError();
        visitor.open(character === '{' ? 'object' : 'list', key);
        open.push(character === '{');
        key = null;
        position += 1;
        break;
      }
      case '}':
      case ']': {
        open.pop();
        key = null;
        position += 1;
        visitor.close(position);
        break;
      }
      case '"': {
        const end = endOfString(text, position);
        if (open.at(-1) === true && key === null) key = decode(text, position, end);
        else {
          visitor.scalar({ kind: 'string', start: position, end }, key);
          key = null;
        }
        position = end;
        break;
      }
      case ' ':
      case '\t':
      case '\n':
      case '\r':
      case ':':
      case ',':
        position += 1;
        break;
      default: {
        const end = endOfWord(text, position);
        const kind = character === '-' || (character >= '0' && character <= '9') ? 'number' : 'other';
        visitor.scalar({ kind, start: position, end }, key);
        key = null;
        position = end;
      }
    }
  }
}

/** The text of a string between these places, which include its quotes. */
export function decode(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1);
  return inside.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inside;
}

function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    // An even number: each of them is escaped by the one before, and the quote by none.
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** Where a number, `true`, `false` or `null` ends. */
function endOfWord(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length && !' \t\n\r,]}'.includes(text.charAt(position))) position += 1;
  return position;
}
