/** A text, a number, or a sign of JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/g;

/**
 * The numbers of a JSON object as they are written, by the keys that have them; nested ones are left out. `JSON.parse`
 * makes the same of `14395`, `14395.0` and `1.4395E+4`, which people do not.
 *
 * @param text one valid JSON object
 */
export function numbersOf(text: string): ReadonlyMap<string, string> {
  const numbers = new Map<string, string>();
  let depth = 0;
  let key = '';
  let isValue = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth !== 1) continue;
    else if (token === ':') isValue = true;
    else if (token === ',') isValue = false;
    else if (!isValue) key = JSON.parse(token) as string;
    else if (!token.startsWith('"')) numbers.set(key, token);
  }
  return numbers;
}
