import type { LongLists } from './long-lists.js';

/** A longer text in a key is named by a number, in characters. */
const MAX_TEXT_LENGTH = 1_000;

/** Results of one request by what they were computed from, so that equal fields of equal objects are computed once. */
export class RequestMemo {
  readonly #results = new Map<string, unknown>();
  readonly #lists: Pick<LongLists, 'spreadResults'>;
  /** The numbers of long texts. A short request can name one many times, so that keys would become too long to write. */
  readonly #longTexts = new Map<string, number>();

  /** @param lists hands a result that many fields wait for out in turns */
  constructor(lists: Pick<LongLists, 'spreadResults'>) {
    this.#lists = lists;
  }

  /**
   * The result of the first computation with this key. A rejected promise is kept as well.
   *
   * @param key what the result depends on; has to be JSON
   */
  once<T>(key: readonly unknown[], compute: () => T): T {
    const text = JSON.stringify(key.map((part) => this.#short(part)));
    if (this.#results.has(text)) {
      const known = this.#results.get(text);
      if (!(known instanceof Promise)) return known as T;
      // All fields that wait for a promise would go on at once when it is fulfilled.
      return known.then((result: unknown) => this.#lists.spreadResults([result])[0]) as T;
    }
    const result = compute();
    this.#results.set(text, result);
    return result;
  }

  #short(part: unknown): unknown {
    if (isLong(part)) return this.#numberOf(part);
    if (!Array.isArray(part) || !part.some(isLong)) return part;
    return part.map((each: unknown) => (isLong(each) ? this.#numberOf(each) : each));
  }

  #numberOf(text: string): { readonly longText: number } {
    const number = this.#longTexts.get(text) ?? this.#longTexts.size;
    this.#longTexts.set(text, number);
    return { longText: number };
  }

  /** Forgets all results: something has changed. */
  clear(): void {
    this.#results.clear();
  }
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > MAX_TEXT_LENGTH;
}
