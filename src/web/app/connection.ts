import { Store } from './store.js';

/** Whether the gateway can be reached. */
export type Connection = 'ok' | 'offline' | 'gone';

/** How often a gateway that does not answer is asked again, in milliseconds. */
const CHECK_MS = 2_000;

/** Follows whether the gateway can be reached, and notices when it is back. */
export class ConnectionWatch {
  readonly state = new Store<Connection>('ok');
  /** Goes up whenever the gateway is back. What failed meanwhile is asked for again then. */
  readonly returns = new Store(0);
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Begins to follow what the browser says of the network. */
  start(): void {
    addEventListener('offline', () => this.failed());
    addEventListener('online', () => void this.#check());
  }

  /** Notes that a request got no answer. */
  failed(): void {
    this.state.set(navigator.onLine ? 'gone' : 'offline');
    this.#timer ??= setTimeout(() => void this.#check(), CHECK_MS);
  }

  /** Notes that a request got an answer. */
  answered(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.state.value === 'ok') return;
    this.state.set('ok');
    this.returns.set(this.returns.value + 1);
  }

  async #check(): Promise<void> {
    this.#timer = null;
    try {
      // Answers without a key, and is not counted.
      const response = await fetch('/healthz', { cache: 'no-store' });
      // A proxy whose gateway is down, or the page of a network that wants a log-in, may answer anything, also with status 200.
      const { status } = (await response.json()) as { readonly status?: unknown };
      if (response.ok && status === 'ok') this.answered();
      else this.failed();
    } catch {
      this.failed();
    }
  }
}
