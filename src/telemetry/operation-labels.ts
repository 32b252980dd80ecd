/** Maximum number of names that get a label because one caller uses them. */
const MAX_NAMES_PER_CALLER = 100;

/** Maximum number of names that get a label because callers use them. Each is a histogram of its own. */
const MAX_NAMES = 1_000;

/** Maximum number of names of trusted documents that get a label. */
const MAX_TRUSTED_NAMES = 1_000;

/** Maximum length of a name that gets a label, in characters. */
const MAX_NAME_LENGTH = 100;

/** The label of all names that get none of their own. */
const OTHER = '(other)';

/**
 * Chooses the labels for operation names, which clients choose. The names of trusted documents have labels, and so do the
 * first 100 names of each caller. One caller that invents names takes no labels away from the others.
 */
export class OperationLabels {
  #trusted: ReadonlySet<string> = new Set();
  readonly #used = new Set<string>();
  /** How many of the used names each caller was the first to use. */
  readonly #counts = new Map<string, number>();

  /** Replaces the names of trusted documents, when the configuration is loaded. */
  trust(names: Iterable<string>): void {
    const trusted = new Set<string>();
    for (const name of names) {
      if (trusted.size === MAX_TRUSTED_NAMES) break;
      if (name.length <= MAX_NAME_LENGTH) trusted.add(name);
    }
    this.#trusted = trusted;
  }

  /**
   * @param name the operation's name; `null` or empty: it has none
   * @param callerId tells callers apart
   * @returns the name, `(anonymous)` without one, `(other)` for a name without a label
   */
  labelOf(name: string | null, callerId: string): string {
    if (name === null || name === '') return '(anonymous)';
    if (this.#used.has(name) || this.#trusted.has(name)) return name;
    const count = this.#counts.get(callerId) ?? 0;
    const isFull = this.#used.size >= MAX_NAMES || count >= MAX_NAMES_PER_CALLER;
    if (isFull || name.length > MAX_NAME_LENGTH) return OTHER;
    this.#used.add(name);
    this.#counts.set(callerId, count + 1);
    return name;
  }
}
