import { setImmediate } from 'node:timers/promises';
import type { Transport } from '@modelcontextprotocol/server';
import { withTimeout, type Clock } from '../base/clock.js';

type Message = Parameters<Transport['send']>[0];

/** How long answers are waited for, in milliseconds. Nobody may be there any more to read them. */
const MAX_WAIT_MS = 30_000;

/** The requests of a connection that have no answer yet. */
export class OpenRequests {
  readonly #clock: Clock;
  /** How many there are of each ID: nothing keeps a client from giving the same one twice. */
  readonly #counts = new Map<unknown, number>();
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Follows what is received and sent. To be called when the transport has its handlers. */
  follow(transport: Transport): void {
    const { onmessage } = transport;
    const send = transport.send.bind(transport);
    transport.onmessage = (message, extra) => {
      if ('method' in message && 'id' in message) this.#add(message.id);
      if (isCancellation(message)) this.#settle(message.params?.['requestId']);
      onmessage?.(message, extra);
    };
    transport.send = async (message, options) => {
      await send(message, options);
      if (!('method' in message)) this.#settle(message.id);
    };
  }

  /** Resolves when all requests that have arrived are answered, after 30 s at the latest. */
  async answered(): Promise<void> {
    // What the stream has passed on just now has not reached the transport yet.
    await setImmediate();
    const settled = new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#look();
    });
    await withTimeout(this.#clock, settled, MAX_WAIT_MS, () => undefined);
  }

  #add(id: unknown): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  #settle(id: unknown): void {
    const left = (this.#counts.get(id) ?? 0) - 1;
    if (left > 0) this.#counts.set(id, left);
    else this.#counts.delete(id);
    this.#look();
  }

  #look(): void {
    if (this.#counts.size === 0) this.#wake?.();
  }
}

/** Whether the library takes this for a cancellation, so that a request gets no answer. */
function isCancellation(message: Message): message is Extract<Message, { method: string }> {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return false;
  return ['undefined', 'string'].includes(typeof message.params?.['reason']);
}
