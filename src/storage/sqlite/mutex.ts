/** A lock that is handed over in the order of the calls. */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Waits for the lock. @returns the function that releases it */
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
