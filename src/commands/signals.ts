/** How long the process may go on after it has stopped, in milliseconds. */
const LAST_GRACE_MS = 500;

/** What signals ask for. */
interface SignalListener {
  /** Called once, for the first SIGTERM or SIGINT. */
  readonly onStop: (signal: NodeJS.Signals) => void;
  /** Called for SIGHUP. `null`: SIGHUP stops the process. */
  readonly onReload: (() => void) | null;
}

/**
 * The signals of a long-running command, from its first moment on: what arrives before the command listens is kept until
 * it does. A second SIGTERM or SIGINT exits the process at once.
 */
export class Signals {
  readonly #stopping = new AbortController();
  #stopSignal: NodeJS.Signals | null = null;
  #reloadRequested = false;
  #listener: SignalListener | null = null;

  constructor() {
    process.on('SIGTERM', (signal) => this.#stop(signal));
    process.on('SIGINT', (signal) => this.#stop(signal));
    process.on('SIGHUP', (signal) => this.#hangUp(signal));
  }

  /** Aborted when the process is told to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Waits for something that may be given up. @returns `null` if the process is told to stop before it is done */
  async unlessStopped<T>(work: Promise<T>): Promise<T | null> {
    const { signal } = this.#stopping;
    if (signal.aborted) return null;
    let stop = (): void => undefined;
    const stopped = new Promise<null>((resolve) => {
      stop = () => resolve(null);
    });
    signal.addEventListener('abort', stop);
    try {
      return await Promise.race([work, stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Takes over from now on; signals that were kept are passed on at once. */
  listen(listener: SignalListener): void {
    this.#listener = listener;
    const { onStop, onReload } = listener;
    if (this.#stopSignal !== null) onStop(this.#stopSignal);
    else if (this.#reloadRequested && onReload !== null) onReload();
    else if (this.#reloadRequested) this.#stop('SIGHUP');
  }

  #stop(signal: NodeJS.Signals): void {
    if (this.#stopSignal !== null) process.exit(1);
    this.#stopSignal = signal;
    this.#stopping.abort(new Error(`stopped by ${signal}`));
    this.#listener?.onStop(signal);
  }

  #hangUp(signal: NodeJS.Signals): void {
    if (this.#listener === null) this.#reloadRequested = true;
    else if (this.#listener.onReload === null) this.#stop(signal);
    else this.#listener.onReload();
  }
}

/** Ends the process soon, even if something that was given up, such as a database that hangs, would keep it alive. */
export function endSoon(): void {
  setTimeout(() => process.exit(), LAST_GRACE_MS).unref();
}
