import type { RowOwner } from './parse-file-row.js';
import { quoteForMessage } from './quote-for-message.js';
import type { DestinationKey } from './types.js';

/** The destinations that the rows of a file name. */
export class RowOwners {
  readonly #target: DestinationKey | null;
  readonly #named = new Map<string, DestinationKey>();

  /** @param target the destination to import into; `null` accepts the rows of every destination */
  constructor(target: DestinationKey | null) {
    this.#target = target;
  }

  /** Records the owner that a row names. @returns a text that tells it from others; empty if the row names none */
  add(owner: RowOwner | null): string {
    const key = this.#keyOf(owner);
    if (key === null) return '';
    const text = textOf(key);
    if (!this.#named.has(text)) this.#named.set(text, key);
    return text;
  }

  /** The one destination that all rows name which name one, if it is not the target. */
  get foreign(): DestinationKey | null {
    const [only] = this.#named.values();
    if (only === undefined || this.#target === null || this.#named.size > 1) return null;
    return textOf(only) === textOf(this.#target) ? null : only;
  }

  /** From a file that names several destinations, each takes only its own rows. @returns why it does not take a row */
  check(owner: RowOwner | null): string | null {
    const key = this.#keyOf(owner);
    if (key === null || this.#target === null || this.#named.size < 2) return null;
    if (textOf(key) === textOf(this.#target)) return null;
    const { customerId, destinationId } = key;
    return `belongs to destination ${quoteForMessage(destinationId)} of customer ${quoteForMessage(customerId)}; import it there`;
  }

  /** A file that names no customer is about the one into whose destination it is imported. */
  #keyOf(owner: RowOwner | null): DestinationKey | null {
    const customerId = owner?.customerId ?? this.#target?.customerId;
    if (owner === null || customerId === undefined) return null;
    return { customerId, destinationId: owner.destinationId };
  }
}

function textOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
