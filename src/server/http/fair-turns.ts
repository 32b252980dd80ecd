import { performance } from 'node:perf_hooks';
import type { Clock } from '../../base/clock.js';
import { Presence } from './presence.js';
import type { Taker } from './taker.js';

/** What takes a turn: a request, or a part of its work. */
export interface Turn {
  readonly taker: Taker;
  /** How much is held of the request's body while it waits, in bytes. */
  readonly bytes: number;
  /** How much of a body will be read if it begins, in bytes. Left out: nothing. */
  readonly unread?: number;
  readonly begin: () => void;
  /** Refuses the request. Left out: it is not refused, however long it waits. Must not hold the body. */
  readonly refuse?: () => void;
}

/** What waits of one caller, the next one first. */
interface Lane {
  readonly key: string;
  readonly taker: Taker;
  readonly waiting: Turn[];
  /** Size of what waits, in bytes. */
  bytes: number;
  /** The next turn begins no earlier, by `elapsed()`. */
  restsUntil: number;
}

/** Requests with longer bodies, in bytes, ask for so many IDs that their answers take milliseconds. */
const LONG_REQUEST_BYTES = 8 * 1024;

/** Longer bodies, in bytes, do not arrive together with their headers: reading them takes a turn of the event loop. */
const LONG_BODY_BYTES = 64 * 1024;

/** Maximum size of all requests that wait, in bytes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** How much is begun before the gateway looks what has arrived meanwhile: for so long, in milliseconds, and so many requests. */
const LOOP_TURN_MS = 2;
const LOOP_TURN_REQUESTS = 64;

/** A turn that took the thread for so long, in milliseconds, is costly: its lane rests before the next one. */
const COSTLY_MS = 2;

/** A lane rests for the duration of its costly turn multiplied by this. So it gets a third of the thread at most. */
const REST_FACTOR = 2;

/** Whether a request probably takes long, judged by the length of its body in bytes. */
export function isLongRequest(bytes: number): boolean {
  return bytes > LONG_REQUEST_BYTES;
}

/** Whether reading a body takes long, judged by its length in bytes. */
export function isLongBody(unread: number): boolean {
  return unread > LONG_BODY_BYTES;
}

/**
 * Shares the thread between callers, however many connections each of them has. Short requests are begun at once until they
 * have filled a turn of the event loop. The others wait in the lanes of their callers, which take turns. A caller has a
 * lane for short requests and one for long ones, so that the short ones wait for no others.
 *
 * While other callers are there, a lane rests after a turn that has taken long.
 */
export class FairTurns {
  readonly #clock: Clock;
  readonly #presence = new Presence();
  /** Lanes in which requests wait, or that rest, or whose turn is running. The next one comes first. */
  readonly #lanes = new Map<string, Lane>();
  #waitingBytes = 0;
  /** When and in which turn of the event loop the first of those was begun that fill one, and how many there are. */
  #begunAt = -Infinity;
  #begunIn = 0;
  #begun = 0;
  /** Whether the end of this turn of the event loop will be noticed. */
  #isFollowed = false;
  /** The waiting turn that was begun last, until its duration is known. */
  #running: { readonly lane: Lane; readonly since: number } | null = null;
  #cancelWaking: (() => void) | null = null;

  /** @param clock only its `elapsed` and its timers are used */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a short request. @returns whether it begins at once; if not, it has to `wait` */
  beginsAtOnce(taker: Taker): boolean {
    const now = this.#clock.elapsed();
    if (taker.isKnown) this.#presence.see(taker.id, now);
    return this.#lanes.size === 0 && this.#hasTime(now);
  }

  /**
   * Has a request wait for its turn. Long ones do so always, because the duration of one that begins at once could not be told
   * from that of what the event loop does next.
   *
   * @returns whether there is room for it; if not, it is refused when its turn has come, so that repeating it at once gains
   *   nothing
   */
  wait(turn: Turn): boolean {
    const { taker, bytes, unread = 0, refuse } = turn;
    if (taker.isKnown) this.#presence.see(taker.id, this.#clock.elapsed());
    const key = `${isLongRequest(bytes) || isLongBody(unread) ? 'long' : 'short'} ${taker.id}`;
    const lane = this.#lanes.get(key) ?? { key, taker, waiting: [], bytes: 0, restsUntil: 0 };
    this.#lanes.set(key, lane);
    const hasRoom = refuse === undefined || this.#hasRoom(lane, bytes);
    const waiting = hasRoom ? turn : { taker, bytes: 0, begin: refuse, refuse };
    lane.waiting.push(waiting);
    this.#addBytes(lane, waiting.bytes);
    this.#follow();
    return hasRoom;
  }

  /** Refuses everything that waits and can be refused. */
  end(): void {
    const refusals: (() => void)[] = [];
    for (const lane of this.#lanes.values()) {
      lane.restsUntil = 0;
      for (const turn of lane.waiting.splice(0)) {
        if (turn.refuse === undefined) lane.waiting.push(turn);
        else {
          this.#addBytes(lane, -turn.bytes);
          refusals.push(turn.refuse);
        }
      }
    }
    for (const refuse of refusals) refuse();
    this.#follow();
  }

  /** Counts what begins. @returns whether it may begin in this turn of the event loop */
  #hasTime(now: number): boolean {
    if (this.#begun >= LOOP_TURN_REQUESTS || now - this.#begunAt >= LOOP_TURN_MS) {
      // Only now, because it takes longer than the rest. Those counted may have filled parts of several turns.
      const loopTurn = currentLoopTurn();
      if (loopTurn === this.#begunIn) return false;
      this.#begunIn = loopTurn;
      this.#begunAt = now;
      this.#begun = 0;
    }
    this.#begun += 1;
    return true;
  }

  /** Leaves the rest of this turn of the event loop to what is read in it. */
  #fill(): void {
    this.#begunIn = currentLoopTurn();
    this.#begun = LOOP_TURN_REQUESTS;
  }

  /** A caller always leaves room for others: alone it gets half of it, two get a third each. */
  #hasRoom(lane: Lane, bytes: number): boolean {
    return bytes === 0 || lane.bytes + bytes <= MAX_WAITING_BYTES - this.#waitingBytes;
  }

  #addBytes(lane: Lane, bytes: number): void {
    lane.bytes += bytes;
    this.#waitingBytes += bytes;
  }

  /** Notices the end of this turn of the event loop. */
  #follow(): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const now = this.#clock.elapsed();
    this.#measure(now);
    this.#isFollowed = false;
    this.#cancelWaking?.();
    this.#cancelWaking = null;
    const steps = this.#countReady(now);
    if (steps > 0) {
      // One after the other. In between, Node.js runs the promises of each, which belong to its duration.
      for (let step = 0; step < steps; step += 1) setImmediate(this.#step);
      this.#follow();
    } else if (this.#lanes.size > 0) {
      this.#cancelWaking = this.#clock.schedule(() => this.#follow(), this.#shortestRest(now));
    }
  };

  readonly #step = (): void => {
    const now = this.#clock.elapsed();
    this.#measure(now);
    const lane = this.#firstReady(now);
    if (lane === undefined || !this.#hasTime(now)) return;
    const turn = lane.waiting.shift() as Turn;
    this.#lanes.delete(lane.key);
    this.#lanes.set(lane.key, lane);
    this.#addBytes(lane, -turn.bytes);
    this.#running = { lane, since: now };
    if (isLongBody(turn.unread ?? 0)) this.#fill();
    turn.begin();
  };

  /** Has a lane rest whose turn is over, if it took long and others are there. */
  #measure(now: number): void {
    if (this.#running === null) return;
    const { lane, since } = this.#running;
    this.#running = null;
    const tookMs = now - since;
    if (tookMs >= COSTLY_MS && this.#presence.hasOthers(lane.taker.id, now)) {
      lane.restsUntil = now + tookMs * REST_FACTOR;
    }
  }

  /** Forgets lanes that are idle. @returns how many turns may begin now, within the bound of a turn of the event loop */
  #countReady(now: number): number {
    let ready = 0;
    for (const { key, waiting, restsUntil } of this.#lanes.values()) {
      if (restsUntil > now) continue;
      if (waiting.length === 0) this.#lanes.delete(key);
      ready += waiting.length;
      if (ready >= LOOP_TURN_REQUESTS) return LOOP_TURN_REQUESTS;
    }
    return ready;
  }

  #firstReady(now: number): Lane | undefined {
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length > 0 && lane.restsUntil <= now) return lane;
    }
    return undefined;
  }

  #shortestRest(now: number): number {
    let shortest = Infinity;
    for (const { restsUntil } of this.#lanes.values()) shortest = Math.min(shortest, restsUntil - now);
    return Math.max(1, Math.ceil(shortest));
  }
}

/** The number of the turn of the event loop. */
function currentLoopTurn(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}
