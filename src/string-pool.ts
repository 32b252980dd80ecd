/** Gives equal texts as one: what comes from JSON or a database has a copy for each place it stands in. */
export class StringPool {
  readonly #texts = new Map<string, string>();

  share<T extends string | null>(text: T): T {
    if (text === null) return text;
    const known = this.#texts.get(text);
    // Equal to the text, so of its type.
    if (known !== undefined) return known as T;
    this.#texts.set(text, text);
    return text;
  }
}
