import { Turns } from '../../base/turns.js';
import type { Deadline } from './deadline.js';

/** Number of list items of one request that are executed at once. The items of all lists beyond it are executed in turns. */
const MAX_AT_ONCE = 250;

/**
 * Number of fields that may wait for the storage before no further list items are executed. A waiting field takes some
 * kilobytes of memory.
 */
const MAX_WAITING_FIELDS = 10_000;

/** An item of a list as graphql-js takes it. */
export type ListItem<T> = T | Promise<T>;

/**
 * Lets the items of long lists be executed in turns. graphql-js executes the fields of an item as soon as it has the item,
 * so a list of promises is executed item by item, as they are fulfilled. All lists of a request take turns together.
 */
export class LongLists {
  readonly #deadline: Pick<Deadline, 'signal'>;
  #room = MAX_AT_ONCE;
  /** Each fulfils the promise of one list item. */
  readonly #items = new Queue();
  /** Each fulfils the promise of one result that fields wait for. */
  readonly #results = new Queue();
  #waitingFields = 0;
  #isPaused = false;
  #running: Promise<void> | null = null;
  /** Waits for `finished`. */
  #onFinished: (() => void)[] = [];

  constructor(deadline: Pick<Deadline, 'signal'>) {
    this.#deadline = deadline;
  }

  /**
   * The items of a list, for a resolver to return at once: as they are, or as promises if they are many. After the
   * deadline or the end of the request, the remaining promises reject.
   */
  spread<T>(items: readonly T[]): readonly ListItem<T>[] {
    return this.#inTurns(items, this.#items);
  }

  /** The same for results that fields wait for. They come before further list items. */
  spreadResults<T>(results: readonly T[]): readonly ListItem<T>[] {
    return this.#inTurns(results, this.#results);
  }

  /** Waits for a result on behalf of a field. While many fields wait, no further list items are executed. */
  async waitingFor<T>(result: Promise<T>): Promise<T> {
    this.#waitingFields += 1;
    try {
      return await result;
    } finally {
      this.#waitingFields -= 1;
      // Only when all have their results, so that the fields of the next items wait for one result together.
      if (this.#isPaused && this.#waitingFields === 0) {
        this.#isPaused = false;
        this.#start();
      }
    }
  }

  /** Resolves when no list item can be executed before waiting fields have their results. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Resolves when all items of all lists have been executed. */
  async finished(): Promise<void> {
    while (this.hasItems) await new Promise<void>((resolve) => this.#onFinished.push(resolve));
  }

  /** Whether items of a list have not been executed yet. */
  get hasItems(): boolean {
    return this.#running !== null || this.#isPaused;
  }

  #inTurns<T>(items: readonly T[], queue: Queue): readonly ListItem<T>[] {
    if (items.length <= this.#room) {
      this.#room -= items.length;
      return items;
    }
    const promises = items.map(
      (item) =>
        new Promise<T>((resolve, reject) => {
          queue.add(() => {
            const { signal } = this.#deadline;
            if (signal.aborted) reject(signal.reason as Error);
            else resolve(item);
          });
        }),
    );
    this.#start();
    return promises;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    const turns = new Turns(undefined, undefined, 1);
    // graphql-js takes the list before the first turn. Otherwise it would find all promises fulfilled.
    await turns.next();
    for (let fulfil = this.#next(); fulfil !== undefined; fulfil = this.#next()) {
      fulfil();
      // graphql-js executes the item in the microtasks before this one.
      await Promise.resolve();
      if (turns.isOver) await turns.next();
    }
    this.#running = null;
    if (this.#isPaused) return;
    const callbacks = this.#onFinished;
    this.#onFinished = [];
    for (const callback of callbacks) callback();
  }

  #next(): (() => void) | undefined {
    const result = this.#results.take();
    if (result !== undefined) return result;
    this.#isPaused = this.#items.length > 0 && this.#waitingFields >= MAX_WAITING_FIELDS;
    return this.#isPaused ? undefined : this.#items.take();
  }
}

/** What is to be done, in order. */
class Queue {
  #entries: (() => void)[] = [];
  #taken = 0;

  get length(): number {
    return this.#entries.length - this.#taken;
  }

  add(entry: () => void): void {
    this.#entries.push(entry);
  }

  take(): (() => void) | undefined {
    const entry = this.#entries[this.#taken];
    if (entry === undefined) {
      this.#entries = [];
      this.#taken = 0;
    } else this.#taken += 1;
    return entry;
  }
}
