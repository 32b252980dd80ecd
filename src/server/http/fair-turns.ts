import type { Caller } from '../../graphql/index.js';

interface Task {
  readonly run: () => void;
  readonly bytes: number;
}

/** Requests with longer bodies, in bytes, ask for so many IDs that their answers take milliseconds. */
const LONG_REQUEST_BYTES = 8 * 1024;

/** Maximum size of all requests that wait, in bytes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Whether a request probably takes long, judged by the length of its body in bytes. */
export function isLongRequest(bytes: number): boolean {
  return bytes > LONG_REQUEST_BYTES;
}

/** The lane of a request: short requests of a caller do not wait for its long ones. */
export function laneOf(caller: Pick<Caller, 'id'>, bytes: number): string {
  return `${isLongRequest(bytes) ? 'long' : 'short'} ${caller.id}`;
}

/**
 * Begins one request in each turn of the event loop, and lets callers take turns. Otherwise all requests that arrive at
 * the same time would be executed one after the other, before anybody else gets an answer.
 */
export class FairTurns {
  /** Waiting tasks by lane. The first lane is the next one. */
  readonly #lanes = new Map<string, Task[]>();
  #waitingBytes = 0;
  #isTaken = false;

  /**
   * Runs a task at once, or in a later turn if another one was run in this turn.
   *
   * @param lane tasks of different lanes take turns
   * @param bytes size of the request, which is kept while it waits
   * @returns whether the task was run or will be; `false` if too much is waiting
   */
  run(lane: string, bytes: number, task: () => void): boolean {
    if (!this.#isTaken) {
      this.#isTaken = true;
      setImmediate(this.#next);
      task();
      return true;
    }
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) return false;
    this.#waitingBytes += bytes;
    const tasks = this.#lanes.get(lane) ?? [];
    tasks.push({ run: task, bytes });
    this.#lanes.set(lane, tasks);
    return true;
  }

  readonly #next = (): void => {
    const [first] = this.#lanes;
    if (first === undefined) {
      this.#isTaken = false;
      return;
    }
    const [lane, tasks] = first;
    const task = tasks.shift();
    this.#lanes.delete(lane);
    if (tasks.length > 0) this.#lanes.set(lane, tasks);
    setImmediate(this.#next);
    if (task === undefined) return;
    this.#waitingBytes -= task.bytes;
    task.run();
  };
}
