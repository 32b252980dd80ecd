import type { Serializable } from 'node:child_process';

/** The end of a channel between two processes of a gateway. */
export interface ChannelEnd {
  send(message: Serializable, callback: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** What one side may ask of the other: functions by name. */
export type Requests = Readonly<Record<string, (argument: never) => unknown>>;

/** How the other side's requests are answered. */
export type Handlers<TRequests extends Requests> = {
  readonly [Name in keyof TRequests]: (
    argument: Parameters<TRequests[Name]>[0],
  ) => ReturnType<TRequests[Name]> | Promise<ReturnType<TRequests[Name]>>;
};

/** The messages. Only some of the fields are there. */
interface Message {
  /** The name of a request. */
  readonly ask?: string;
  readonly argument?: unknown;
  /** The number of a request that waits for its answer. */
  readonly id?: number;
  /** The number of the request that this answers. */
  readonly answers?: number;
  readonly result?: unknown;
  /** What the answer failed with. */
  readonly failure?: string;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The other process has ended, or an answer failed there. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code = 'CHANNEL_FAILED';
}

/** Requests and answers between two processes, in both directions, in order. */
export class Channel<TTheirs extends Requests, TOurs extends Requests> {
  readonly #end: ChannelEnd;
  readonly #handlers: Handlers<TOurs>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosed = false;

  constructor(end: ChannelEnd, handlers: Handlers<TOurs>) {
    this.#end = end;
    this.#handlers = handlers;
    end.on('message', (message) => void this.#take(message as Message));
  }

  /** Asks the other side. @throws ChannelError */
  call<Name extends keyof TTheirs & string>(
    name: Name,
    argument: Parameters<TTheirs[Name]>[0],
  ): Promise<ReturnType<TTheirs[Name]>> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new ChannelError('the other process has ended'));
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#send({ ask: name, argument, id });
    });
  }

  /** Tells the other side something. Nobody learns whether it arrives. */
  tell<Name extends keyof TTheirs & string>(name: Name, argument: Parameters<TTheirs[Name]>[0]): void {
    if (!this.#isClosed) this.#send({ ask: name, argument });
  }

  /** Fails everything that waits for the other side. Called when that has ended. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(new ChannelError('the other process has ended'));
    this.#waiting.clear();
  }

  #send(message: Message): void {
    this.#end.send(message, (error) => {
      // Whoever waits for the answer learns of the end by `close`.
      if (error !== null && message.id !== undefined) this.#settle(message.id)?.reject(error);
    });
  }

  async #take(message: Message): Promise<void> {
    const { ask, argument, id, answers, result, failure } = message;
    if (answers !== undefined) {
      const waiting = this.#settle(answers);
      if (failure === undefined) waiting?.resolve(result);
      else waiting?.reject(new ChannelError(failure));
      return;
    }
    // Messages of Node.js itself, and of other versions.
    const handler = ask === undefined ? undefined : this.#handlers[ask];
    if (handler === undefined) return;
    try {
      const answer = await handler(argument as never);
      if (id !== undefined && !this.#isClosed) this.#send({ answers: id, result: answer });
    } catch (error) {
      if (id === undefined) throw error;
      if (!this.#isClosed) this.#send({ answers: id, failure: (error as Error).message });
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
