/** A place in the configuration: keys and list indexes, from the top level down. */
export type Path = readonly PropertyKey[];

/** Maximum length of a value or key in a message, in characters. */
const MAX_SHOWN_LENGTH = 60;

/**
 * Escapes characters that would disturb a terminal or a log line: control, format and line separator
 * characters.
 */
export function escapeInvisible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Formats a value for a message: at most 60 characters, escaped, in quotes unless it is one plain word. */
export function quoteValue(text: string): string {
  if (text === '') return 'empty';
  const characters = Array.from(text.slice(0, 2 * (MAX_SHOWN_LENGTH + 1)));
  const isTooLong = characters.length > MAX_SHOWN_LENGTH;
  const shown = isTooLong ? `${characters.slice(0, MAX_SHOWN_LENGTH).join('')}…` : text;
  return /^[\w.:/+-]+$/.test(shown) ? shown : `"${escapeInvisible(shown)}"`;
}

/** Formats a path for a message, such as `customers[1].destinations[0].id`; '' for the whole file. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(String(segment)) && String(segment).length <= MAX_SHOWN_LENGTH) {
      text += text === '' ? String(segment) : `.${String(segment)}`;
    } else text += `[${quoteKey(String(segment))}]`;
  }
  return text;
}

function quoteKey(key: string): string {
  const shown = quoteValue(key);
  return shown.startsWith('"') ? shown : `"${key === '' ? '' : shown}"`;
}
