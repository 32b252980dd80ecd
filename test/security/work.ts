import { Worker } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import { vi } from 'vitest';
import type { Realm, TestRequest, TestResponse } from './realm.js';

/** Turns of the event loop in which nothing goes to the storage, after which nothing will. */
const QUIET_TURNS = 3;

/** Watches what goes to the threads of SQLite. */
export class StorageWatch {
  #sent = 0;
  #answered = 0;

  constructor() {
    const watched = new WeakSet<Worker>();
    const post = Object.getOwnPropertyDescriptor(Worker.prototype, 'postMessage')
      ?.value as Worker['postMessage'];
    const received = (): void => {
      this.#answered += 1;
    };
    const sent = (worker: Worker): void => {
      this.#sent += 1;
      if (!watched.has(worker)) worker.on('message', received);
      watched.add(worker);
    };
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      sent(this);
      post.call(this, message);
    });
  }

  /** How many statements there were, once all that is under way has ended. */
  async statements(): Promise<number> {
    for (let quiet = 0, before = this.#sent; quiet < QUIET_TURNS; before = this.#sent) {
      await setImmediate();
      quiet = this.#sent === this.#answered && this.#sent === before ? quiet + 1 : 0;
    }
    return this.#sent;
  }
}

/** An answer and what it took. */
export interface Measured {
  readonly response: TestResponse;
  /** Statements to SQLite, and calls to Audience Manager. */
  readonly work: { readonly statements: number; readonly calls: number };
}

/** Sends a request and waits until nothing is done for it any more. */
export async function measure(
  realm: Realm,
  storage: StorageWatch,
  request: TestRequest,
  key: string,
): Promise<Measured> {
  const before = { statements: await storage.statements(), calls: realm.upstreamCalls };
  const response = await realm.send(request, key);
  const statements = (await storage.statements()) - before.statements;
  return { response, work: { statements, calls: realm.upstreamCalls - before.calls } };
}
