/** Lets one at a time through, in the order in which they came. */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is one's turn, with what to call afterwards. */
  async lock(): Promise<() => void> {
    const before = this.#last;
    let unlock!: () => void;
    this.#last = new Promise((resolve) => {
      unlock = resolve;
    });
    await before;
    return unlock;
  }
}
