import { useEffect, useState } from 'preact/hooks';

/** A value that changes, and that components follow. */
export class Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls a function after each change. @returns ends that */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The value of a store. The component is rendered again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState({ current: store.value });
  useEffect(() => {
    const update = (): void => setValue({ current: store.value });
    // It may have changed between rendering and this effect.
    update();
    return store.subscribe(update);
  }, [store]);
  return value.current;
}
