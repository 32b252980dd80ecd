/** The JSON object, or list, that a text is; `null` if it is none. For answers of servers that may be others than expected. */
export function jsonObjectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
