import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.js';
import { ClientLeft, FileRefusal } from '../http/receive-file.js';

/** How long an import may take from when its turn has come until it is stored. */
const MAX_IMPORT_MINUTES = 15;

/** Ends an import that has stored nothing yet: when its client leaves, or when it has taken too long. */
export class ImportEnd {
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  #cancelTimer: (() => void) | null = null;

  /** @param response the client has left when it is closed */
  constructor(response: ServerResponse, clock: Clock) {
    this.#clock = clock;
    // One for each read that is under way. Node.js warns of more than ten.
    setMaxListeners(0, this.#ending.signal);
    // Node.js warns of more listeners than usual, and the hooks of the server have some already.
    response.setMaxListeners(response.getMaxListeners() + 1);
    response.once('close', () => this.#ending.abort(new ClientLeft()));
  }

  /** Aborted at the end; its reason is a `ClientLeft`, or the `FileRefusal` that says how long it has taken. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Counts the time from now on. Before, the import waits for others, which is not its fault. */
  startTime(): void {
    const end = (): void => this.#ending.abort(tookTooLong());
    this.#cancelTimer = this.#clock.schedule(end, MAX_IMPORT_MINUTES * 60_000);
  }

  /** Counts the time no longer, because the import is done. */
  stopTime(): void {
    this.#cancelTimer?.();
  }
}

function tookTooLong(): FileRefusal {
  return new FileRefusal(
    503,
    'IMPORT_TIMEOUT',
    `The import took more than ${MAX_IMPORT_MINUTES} minutes and was ended; nothing was imported. Try again when the gateway has less to do.`,
  );
}
