import type { Clock } from '../../base/clock.js';
import { Presence } from './presence.js';

/** What takes a turn: a request, or a part of its work. */
export interface Turn {
  /** Who sent the request. Callers take turns. */
  readonly caller: string;
  /** How much is held of the request's body while it waits, in bytes. */
  readonly bytes: number;
  /** How much of a body will be read if it begins, in bytes. Left out: nothing. */
  readonly unread?: number;
  readonly begin: () => void;
  /** Refuses the request. Left out: it is not refused, however long it waits. Must not hold the body. */
  readonly refuse?: () => void;
}

/** A turn that waits. */
interface Waiting extends Turn {
  /** By `elapsed()`. */
  readonly since: number;
}

/** What waits of one caller, the next one first. */
interface Lane {
  readonly key: string;
  readonly caller: string;
  readonly waiting: Waiting[];
  /** Size of what waits, in bytes. */
  bytes: number;
  /** The next turn begins no earlier, by `elapsed()`. */
  restsUntil: number;
}

/** Requests with longer bodies, in bytes, ask for so many IDs that their answers take milliseconds. */
const LONG_REQUEST_BYTES = 8 * 1024;

/** Longer bodies, in bytes, do not arrive together with their headers: reading them takes a turn of the event loop. */
const LONG_BODY_BYTES = 64 * 1024;

/** Maximum size of all requests that wait, in bytes, and of those of one lane. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_LANE_BYTES = MAX_WAITING_BYTES / 2;

/** How much is begun in one turn of the event loop. Then what has arrived meanwhile is read. */
interface LoopTurn {
  /** After so long, in milliseconds, no more is begun. */
  readonly ms: number;
  /** Maximum number of requests, however short they are. */
  readonly requests: number;
  /** So many are begun before the end of the turn is looked for, which costs a tenth of a short request. */
  readonly unfollowed: number;
}

/** While several callers are there, so that nobody waits long. */
const SHARED: LoopTurn = { ms: 0.5, requests: 16, unfollowed: 0 };

/** While one caller is there. Shorter turns would cost it a fifth of its speed. */
const ALONE: LoopTurn = { ms: 5, requests: 256, unfollowed: 32 };

/** A turn that took the thread for so long, in milliseconds, is costly: its lane rests before the next one. */
const COSTLY_MS = 2;

/** A lane rests for the duration of its costly turn multiplied by this. So it gets a third of the thread at most. */
const REST_FACTOR = 2;

/** A long request that has waited for so long is refused, in milliseconds. */
const MAX_WAIT_MS = 1_500;

/** How long a refusal for lack of room is held back, in milliseconds, so that a client cannot repeat itself at once. */
const MIN_HOLD_BACK_MS = 500;
const MAX_HOLD_BACK_MS = 1_000;

/** Whether a request probably takes long, judged by the length of its body in bytes. */
export function isLongRequest(bytes: number): boolean {
  return bytes > LONG_REQUEST_BYTES;
}

/**
 * Shares the thread between callers, however many connections each of them has. Requests are begun at once until they
 * have filled a turn of the event loop. The others wait in the lanes of their callers, which take turns. A caller has a
 * lane for short requests, one for long ones, and one for bodies to be read, so that the short ones wait for no others.
 *
 * While other callers are there, a lane rests after a turn that has taken long, and long requests that have waited too
 * long are refused.
 */
export class FairTurns {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #presence = new Presence();
  /** Lanes in which requests wait, or that rest, or whose turn is running. The next one comes first. */
  readonly #lanes = new Map<string, Lane>();
  #waitingBytes = 0;
  /** When the first request was begun in this turn of the event loop, by `elapsed()`; `null`: none was begun. */
  #begunAt: number | null = null;
  /** How many were begun at once in this turn of the event loop. */
  #begun = 0;
  /** Whether the end of this turn of the event loop will be noticed. */
  #isFollowed = false;
  /** The waiting turn that was begun last, until its duration is known. */
  #running: { readonly lane: Lane; readonly since: number } | null = null;
  /** Refusals that are held back, and what cancels their timers. */
  readonly #heldBack = new Map<() => void, () => void>();
  #cancelWaking: (() => void) | null = null;

  /** @param clock only its `elapsed` and its timers are used */
  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Begins a turn, at once or later.
   *
   * @returns whether there is room for it; if not, it is refused later
   */
  run(turn: Turn): boolean {
    const now = this.#clock.elapsed();
    this.#presence.see(turn.caller, now);
    const kind = kindOf(turn);
    // A long one is not begun here, because its duration could not be told from that of what the event loop does next.
    if (kind === 'short' && this.#lanes.size === 0 && this.#hasTime(now)) {
      turn.begin();
      return true;
    }
    const key = `${kind} ${turn.caller}`;
    const lane = this.#lanes.get(key) ?? { key, caller: turn.caller, waiting: [], bytes: 0, restsUntil: 0 };
    if (turn.refuse !== undefined && !this.#hasRoom(lane, turn.bytes)) {
      this.#refuseLater(turn.refuse);
      return false;
    }
    this.#lanes.set(key, lane);
    lane.waiting.push({ ...turn, since: now });
    this.#addBytes(lane, turn.bytes);
    this.#follow();
    return true;
  }

  /** Refuses everything that waits and can be refused. */
  end(): void {
    const refusals = [...this.#heldBack.keys()];
    for (const cancel of this.#heldBack.values()) cancel();
    this.#heldBack.clear();
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

  /** Counts a request. @returns whether it may be begun in this turn of the event loop */
  #hasTime(now: number): boolean {
    const { ms, requests, unfollowed } = this.#loopTurn(now);
    this.#begun += 1;
    if (this.#begun <= unfollowed) return true;
    this.#follow();
    this.#begunAt ??= now;
    return this.#begun <= requests && now - this.#begunAt < ms;
  }

  #loopTurn(now: number): LoopTurn {
    return this.#presence.areSeveral(now) ? SHARED : ALONE;
  }

  #hasRoom(lane: Lane, bytes: number): boolean {
    return this.#waitingBytes + bytes <= MAX_WAITING_BYTES && lane.bytes + bytes <= MAX_LANE_BYTES;
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
    this.#begunAt = null;
    this.#begun = 0;
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
    if (!this.#hasTime(now)) return;
    const lane = this.#firstReady(now);
    const turn = lane?.waiting.shift();
    if (lane === undefined || turn === undefined) return;
    this.#lanes.delete(lane.key);
    this.#lanes.set(lane.key, lane);
    this.#addBytes(lane, -turn.bytes);
    this.#running = { lane, since: now };
    // The rest of this turn of the event loop is for reading it.
    if (isLongBody(turn)) this.#begun = Infinity;
    const isLate = isLongRequest(turn.bytes) && now - turn.since > MAX_WAIT_MS;
    if (isLate && turn.refuse !== undefined && this.#presence.hasOthers(turn.caller, now)) turn.refuse();
    else turn.begin();
  };

  /** Has a lane rest whose turn is over, if it took long and others are there. */
  #measure(now: number): void {
    if (this.#running === null) return;
    const { lane, since } = this.#running;
    this.#running = null;
    const tookMs = now - since;
    if (tookMs >= COSTLY_MS && this.#presence.hasOthers(lane.caller, now)) {
      lane.restsUntil = now + tookMs * REST_FACTOR;
    }
  }

  /** Forgets lanes that are idle. @returns how many turns may begin now, within the bound of a turn of the event loop */
  #countReady(now: number): number {
    const { requests } = this.#loopTurn(now);
    let ready = 0;
    for (const { key, waiting, restsUntil } of this.#lanes.values()) {
      if (restsUntil > now) continue;
      if (waiting.length === 0) this.#lanes.delete(key);
      ready += waiting.length;
      if (ready >= requests) return requests;
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

  #refuseLater(refuse: () => void): void {
    const ms = MIN_HOLD_BACK_MS + this.#random() * (MAX_HOLD_BACK_MS - MIN_HOLD_BACK_MS);
    const cancel = this.#clock.schedule(() => {
      this.#heldBack.delete(refuse);
      refuse();
    }, ms);
    this.#heldBack.set(refuse, cancel);
  }
}

function kindOf(turn: Turn): 'short' | 'long' | 'body' {
  if (isLongBody(turn)) return 'body';
  return isLongRequest(turn.bytes) ? 'long' : 'short';
}

function isLongBody({ unread = 0 }: Turn): boolean {
  return unread > LONG_BODY_BYTES;
}
