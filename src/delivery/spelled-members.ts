/** A member that says one thing, such as a segment's ID, under one of several names. */
export interface SpelledMember {
  /** As it is written. */
  readonly key: string;
  /** Which of the names it is; of several ranks in one object, the lowest counts. */
  readonly rank: number;
  /** `null`: what stands there can be no ID. */
  readonly value: string | null;
  /** Where it ends in the text; 0 for an object or a list. */
  readonly end: number;
}

/** The members of one object that say the same thing. An object of a stranger may have tens of thousands. */
export class SpelledMembers {
  readonly #byKey = new Map<string, SpelledMember>();

  /** Notes a member. Of two with the same key the last one counts, as for all who parse JSON. */
  add(member: SpelledMember): void {
    this.#byKey.delete(member.key);
    this.#byKey.set(member.key, member);
  }

  /** Forgets a member, because one with the same key follows that says nothing. */
  remove(key: string): void {
    this.#byKey.delete(key);
  }

  /** Those of the lowest rank, in the order of the text: several if the name is there in several spellings. */
  best(): readonly SpelledMember[] {
    const members = [...this.#byKey.values()];
    if (members.length <= 1) return members;
    const rank = members.reduce((least, each) => Math.min(least, each.rank), Infinity);
    return members.filter((each) => each.rank === rank);
  }
}
