import { setTimeout as wait } from 'node:timers/promises';
import { ThreadHold } from './thread-hold.js';

/** What an operation says when it asks for a turn. */
export interface TurnRequest {
  /** Name of the caller. Callers get their turns one after the other. */
  readonly caller: string;
  /** Estimated memory that the operation takes while it waits, in bytes. */
  readonly bytes: number;
  /** Ends the waiting, and the turn. */
  readonly signal: AbortSignal;
}

/** The right to run, until `end` is called or the signal of the request is aborted. */
export interface HeavyTurn {
  /** Says that the operation is over. Only the first call counts. */
  end(): void;
}

/** How many operations may wait, with how many bytes, and how many may have begun. */
export interface TurnLimits {
  readonly operations: number;
  readonly bytes: number;
  readonly running: number;
}

/** Nobody can wait any more: the queue is full. */
export class QueueFullError extends Error {}

/** An operation that waits. */
interface Waiting extends TurnRequest {
  readonly begin: () => void;
}

/** What the turns work with. */
export interface HeavyTurnsOptions {
  readonly limits: TurnLimits;
  /** Resolves after some milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Measures one turn. `onIdle` is called when the turn's operation waits for something else. */
  readonly measure: (onIdle: () => void) => Pick<ThreadHold, 'end'>;
}

const DEFAULTS: HeavyTurnsOptions = {
  limits: { operations: 1_000, bytes: 64 * 1024 * 1024, running: 8 },
  pause: (ms) => wait(ms, undefined, { ref: false }),
  measure: (onIdle) => new ThreadHold(onIdle),
};

/** One caller may fill this part of the queue, so that there is room for others. */
const CALLER_SHARE = 0.5;

/** Maximum pause after a turn, in milliseconds. */
const MAX_PAUSE_MS = 1_000;

/**
 * Lets heavy operations run one after the other. The callers that wait take turns, so that one with many operations
 * does not hold up the others.
 *
 * After each turn there is a pause. It is as long as the longest time for which the turn kept the thread to itself, so
 * that everything else is answered in between.
 *
 * An operation during whose turn the thread was mostly idle waits for Audience Manager or the storage. Then the next one
 * begins beside it, as long as there are few.
 */
export class HeavyTurns {
  readonly #options: HeavyTurnsOptions;
  /** By caller, the next one first. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Number of operations that have begun and not ended. */
  #running = 0;
  /** Whether an operation has its turn, or a pause is being made. */
  #isTaken = false;

  constructor(options: Partial<HeavyTurnsOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /**
   * Waits for a turn.
   *
   * @throws QueueFullError
   * @throws the reason of the signal if it is aborted before the turn begins
   */
  async begin(request: TurnRequest): Promise<HeavyTurn> {
    request.signal.throwIfAborted();
    if (this.#mayBegin) this.#take();
    else await this.#wait(request);
    const turn = this.#start(request.signal);
    if (request.signal.aborted) turn.end();
    request.signal.throwIfAborted();
    return turn;
  }

  get #mayBegin(): boolean {
    return !this.#isTaken && this.#running < this.#options.limits.running;
  }

  #take(): void {
    this.#isTaken = true;
    this.#running += 1;
  }

  #start(signal: AbortSignal): HeavyTurn {
    let hasTurn = true;
    let isRunning = true;
    const giveUpTurn = (): void => {
      if (!hasTurn) return;
      hasTurn = false;
      void this.#pause(hold.end());
    };
    const end = (): void => {
      if (!isRunning) return;
      isRunning = false;
      signal.removeEventListener('abort', end);
      this.#running -= 1;
      if (hasTurn) giveUpTurn();
      else this.#next();
    };
    const hold = this.#options.measure(giveUpTurn);
    signal.addEventListener('abort', end, { once: true });
    return { end };
  }

  async #pause(heldMs: number): Promise<void> {
    await this.#options.pause(Math.min(heldMs, MAX_PAUSE_MS));
    this.#isTaken = false;
    this.#next();
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined || !this.#mayBegin) return;
    const [caller, queue] = first;
    // The caller goes to the end of the line.
    this.#waiting.delete(caller);
    const waiting = queue.shift();
    if (queue.length > 0) this.#waiting.set(caller, queue);
    this.#take();
    waiting?.begin();
  }

  #wait(request: TurnRequest): Promise<void> {
    const { caller, signal } = request;
    if (!this.#hasRoomFor(request)) throw new QueueFullError('Too many operations wait for their turn.');
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const queue = (this.#waiting.get(caller) ?? []).filter((other) => other !== waiting);
        if (queue.length > 0) this.#waiting.set(caller, queue);
        else this.#waiting.delete(caller);
        reject(signal.reason as Error);
      };
      const begin = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting: Waiting = { ...request, begin };
      signal.addEventListener('abort', leave, { once: true });
      const queue = this.#waiting.get(caller);
      if (queue === undefined) this.#waiting.set(caller, [waiting]);
      else queue.push(waiting);
    });
  }

  #hasRoomFor({ caller, bytes }: TurnRequest): boolean {
    const all = sizeOf([...this.#waiting.values()].flat());
    const own = sizeOf(this.#waiting.get(caller) ?? []);
    const fits = (size: QueueSize, share: number): boolean =>
      size.operations + 1 <= this.#options.limits.operations * share &&
      size.bytes + bytes <= this.#options.limits.bytes * share;
    return fits(all, 1) && fits(own, CALLER_SHARE);
  }
}

type QueueSize = Pick<TurnLimits, 'operations' | 'bytes'>;

function sizeOf(queue: readonly Waiting[]): QueueSize {
  return { operations: queue.length, bytes: queue.reduce((sum, { bytes }) => sum + bytes, 0) };
}
