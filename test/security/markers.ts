/** Tells whose data a text holds: every planted piece is unlike any other, and belongs to one owner. */
export class Markers {
  readonly #owners = new Map<string, string>();
  #last = 0;

  /** A word that stands nowhere else. */
  word(owner: string): string {
    return this.#plant(owner, `zq${this.#next().toString(36).padStart(4, '0')}qz`);
  }

  /** The same for identifiers that are numbers: nine digits. */
  number(owner: string): number {
    return Number(this.#plant(owner, String(710_000_000 + this.#next())));
  }

  /** All that belong to `owner`. */
  of(owner: string): string[] {
    return [...this.#owners].filter(([, each]) => each === owner).map(([marker]) => marker);
  }

  /** The markers in a text, in its cursors too, with their owners. */
  in(text: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [marker] of `${text}\n${decodedCursors(text)}`.matchAll(/zq\w{4}qz|71\d{7}/g)) {
      const owner = this.#owners.get(marker);
      if (owner !== undefined) found.set(marker, owner);
    }
    return found;
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  #plant(owner: string, marker: string): string {
    this.#owners.set(marker, owner);
    return marker;
  }
}

/** What stands in a text as Base64url of a JSON list: where pages go on. */
function decodedCursors(text: string): string {
  return Array.from(text.matchAll(/WyJ[\w-]+/g), ([cursor]) =>
    Buffer.from(cursor, 'base64url').toString(),
  ).join('\n');
}
