import type { DestinationKey } from '../../storage/index.js';

/** As `WriteTurns`, of all processes of a gateway. */
export interface SharedWriteTurns {
  /** Waits for the end of all turns at the destination. */
  free(key: DestinationKey): Promise<void>;
  /** Waits for a turn, in the order of the calls. @returns the function that ends it */
  take(key: DestinationKey): Promise<() => void>;
}

/**
 * Lets one writer of this process go ahead at a destination, while the others wait. Nobody takes a turn without need: only
 * who was overtaken while a change was made ready, as a large import is again and again where others edit; and who locks the
 * destination for long.
 */
export class WriteTurns implements SharedWriteTurns {
  /** The end of the last turn of each destination at which there are any. */
  readonly #ends = new Map<string, Promise<void>>();

  /** Whether somebody goes ahead at the destination. */
  isTaken(key: DestinationKey): boolean {
    return this.#ends.has(nameOf(key));
  }

  async free(key: DestinationKey): Promise<void> {
    for (let end = this.#ends.get(nameOf(key)); end !== undefined; end = this.#ends.get(nameOf(key)))
      await end;
  }

  async take(key: DestinationKey): Promise<() => void> {
    const name = nameOf(key);
    const before = this.#ends.get(name);
    const turn = { end: (): void => undefined };
    const ended = new Promise<void>((resolve) => {
      turn.end = resolve;
    });
    this.#ends.set(name, ended);
    await before;
    return () => {
      if (this.#ends.get(name) === ended) this.#ends.delete(name);
      turn.end();
    };
  }
}

function nameOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
