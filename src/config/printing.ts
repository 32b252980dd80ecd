/** A place in the configuration: keys and list indexes from the top. */
export type Path = readonly PropertyKey[];

const SHOWN_CHARACTERS = 60;

/** `text` with whatever would disturb a terminal or a log line (control and format characters) escaped. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** `text` for a message: shortened to 60 characters, escaped, and in quotes unless it is one plain word. */
export function quote(text: string): string {
  if (text === '') return 'empty';
  const characters = Array.from(text.slice(0, 2 * (SHOWN_CHARACTERS + 1)));
  const short = characters.length > SHOWN_CHARACTERS;
  const shown = short ? `${characters.slice(0, SHOWN_CHARACTERS).join('')}…` : text;
  return /^[\w.:/+-]+$/.test(shown) ? shown : `"${printable(shown)}"`;
}

/** A path as messages write it: `customers[1].destinations[0].id`, and '' for the whole file. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(String(segment)) && String(segment).length <= SHOWN_CHARACTERS) {
      text += text === '' ? String(segment) : `.${String(segment)}`;
    } else text += `[${quoteKey(String(segment))}]`;
  }
  return text;
}

function quoteKey(key: string): string {
  const shown = quote(key);
  return shown.startsWith('"') ? shown : `"${key === '' ? '' : shown}"`;
}
