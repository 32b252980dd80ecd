import { Worker } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import { vi } from 'vitest';
import type { Realm, TestRequest, TestResponse } from './realm.js';

/** Turns of the event loop in which nothing goes to the storage, after which nothing will. */
const QUIET_TURNS = 3;

/** Watches what goes to threads: SQLite's, and those that call Audience Manager. */
export class StorageWatch {
  #sent = 0;
  /** Of each thread, what it has not answered yet; what was sent before the watch began is none of its business. */
  readonly #open = new Map<Worker, Set<number>>();

  constructor() {
    const post = Object.getOwnPropertyDescriptor(Worker.prototype, 'postMessage')
      ?.value as Worker['postMessage'];
    const sent = (worker: Worker, { id }: Message): void => {
      this.#sent += 1;
      let open = this.#open.get(worker);
      if (open === undefined) {
        const fresh = new Set<number>();
        worker.on('message', (answer: Message) => fresh.delete(answer.id));
        this.#open.set(worker, (open = fresh));
      }
      open.add(id);
    };
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (
      this: Worker,
      message: Message,
      transfer,
    ) {
      sent(this, message);
      post.call(this, message, transfer);
    });
  }

  /** How many statements there were, once all that is under way has ended. */
  async statements(): Promise<number> {
    for (let quiet = 0, before = this.#sent; quiet < QUIET_TURNS; before = this.#sent) {
      await setImmediate();
      quiet = this.#isIdle && this.#sent === before ? quiet + 1 : 0;
    }
    return this.#sent;
  }

  get #isIdle(): boolean {
    for (const open of this.#open.values()) if (open.size > 0) return false;
    return true;
  }
}

interface Message {
  readonly id: number;
}

/** An answer and what it took. */
export interface Measured {
  readonly response: TestResponse;
  /** What went to threads, most of it statements to SQLite; and calls to Audience Manager. */
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
