/** Number of lines that a note names. */
const MAX_LINES = 5;
/** Maximum number of texts that a note shows. */
const MAX_SHOWN = 10;

/** The lines of a file that have something in common: how many, and the first of them. */
export class Lines {
  readonly #first: number[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(line: number): void {
    this.#count++;
    if (this.#first.length < MAX_LINES) this.#first.push(line);
  }

  /** Such as `lines 3, 5 and 200 more`. */
  get text(): string {
    const more = this.#count - this.#first.length;
    const shown = this.#first.join(', ');
    if (more > 0) return `lines ${shown} and ${more} more`;
    return this.#count === 1 ? `line ${shown}` : `lines ${shown}`;
  }
}

/** Joins texts for a note, the first ten of them. */
export function listed(texts: readonly string[]): string {
  const more = texts.length - MAX_SHOWN;
  return `${texts.slice(0, MAX_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
