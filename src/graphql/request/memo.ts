import type { LongLists } from './long-lists.js';

/** Results of one request by what they were computed from, so that equal fields of equal objects are computed once. */
export class RequestMemo {
  readonly #results = new Map<string, unknown>();
  readonly #lists: Pick<LongLists, 'spreadResults'>;

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
    const text = JSON.stringify(key);
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

  /** Forgets all results: something has changed. */
  clear(): void {
    this.#results.clear();
  }
}
