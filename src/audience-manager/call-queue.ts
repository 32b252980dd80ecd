import type { Clock } from '../base/clock.js';
import type { CallVerdict, Host, HostRefusal } from './host.js';
import { PRIORITIES, type Priority, type RefreshPriority } from './priority.js';

/** The memory that a listing takes. Its first call begins only when there is room for it. */
export interface ListingRoom {
  /** Whether the listing may begin with this priority. */
  hasRoom(priority: Priority): boolean;
  /** Whether the listing has its room: it keeps it while it makes its first call again. */
  readonly isTaken: boolean;
  /** Takes the room. Called when the first call of the listing begins. */
  take(): void;
}

/** A call that wants to be made. */
export interface CallRequest {
  /** Name and port of the host. */
  readonly host: string;
  readonly priority: RefreshPriority;
  /** Of the first call of a listing; default: the call takes no room of its own, or has it already. */
  readonly room?: ListingRoom | undefined;
  readonly signal: AbortSignal;
}

/** A call whose turn it is. */
export interface Turn {
  /** Must be called once, when the call has ended. @returns why the calls that wait for this host fail now, if they do */
  end(verdict: CallVerdict): HostRefusal | null | Promise<HostRefusal | null>;
}

/** Decides when calls are made: for this process alone, or for several that call Audience Manager together. */
export interface CallTurns {
  /** Number of calls of this process that wait for their turn, by priority. */
  readonly waiting: Readonly<Record<Priority, number>>;
  /** Waits until a call may be made. @returns why it is not made, if the host or its caller has given up */
  enter(entering: CallRequest): Promise<Turn | HostRefusal | 'aborted'>;
  /** Looks again for calls that may be made: there is room for listings. */
  wake(): void;
}

export interface CallQueueOptions {
  /** Maximum number of calls under way. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** Called once for each host. */
  readonly createHost: (host: string) => Host;
}

/** Of so many calls, one goes to who has waited longest among those with a lower priority. */
const TURNS_OF_THE_URGENT = 9;

interface Waiting extends CallRequest {
  /** Settles the promise of `enter`. */
  readonly settle: (outcome: Turn | HostRefusal | 'aborted') => void;
  /** Grows with the time at which the call came, or was raised. */
  order: number;
}

/** Calls of one priority to one host, in the order of their turns. */
interface Lane {
  /** Calls that belong to something that has begun. They come first, so that what is begun is ended. */
  readonly begun: Set<Waiting>;
  /** First calls of listings, which wait for room. */
  readonly first: Set<Waiting>;
}

interface HostLanes {
  readonly host: Host;
  readonly lanes: Readonly<Record<Priority, Lane>>;
}

/** A host, and what it said when it was asked for its wait. */
interface LookedAt {
  readonly at: HostLanes;
  readonly waitMs: number;
}

/**
 * The calls that wait to be made. The next free slot, and the next call that the pace of a host allows, goes to the most
 * urgent call, among equal ones to the first. One turn in ten goes to a less urgent one, so that none waits for good.
 * A call takes its slot when it may be made: those that wait for a paused host keep none from other hosts.
 */
export class CallQueue implements CallTurns {
  readonly #options: CallQueueOptions;
  readonly #hosts = new Map<string, HostLanes>();
  #underWay = 0;
  #lastOrder = 0;
  /** Turns in a row that went past a less urgent call. */
  #passed = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(options: CallQueueOptions) {
    this.#options = options;
  }

  get waiting(): Record<Priority, number> {
    const counts = { lookup: 0, search: 0, scheduled: 0 };
    for (const { lanes } of this.#hosts.values()) {
      for (const priority of PRIORITIES)
        counts[priority] += lanes[priority].begun.size + lanes[priority].first.size;
    }
    return counts;
  }

  enter(entering: CallRequest): Promise<Turn | HostRefusal | 'aborted'> {
    const { priority, signal, room } = entering;
    // A listing that waited for more room than it has could wait for itself.
    const request = room?.isTaken === true ? { ...entering, room: undefined } : entering;
    const at = this.#at(request.host);
    const { refusal } = at.host;
    if (signal.aborted) return Promise.resolve('aborted');
    if (refusal !== null) return Promise.resolve(refusal);
    return new Promise((resolve) => {
      let lane = laneOf(at, request);
      const leave = (): void => waiting.settle('aborted');
      const move = (): void => {
        lane.delete(waiting);
        lane = laneOf(at, request);
        waiting.order = ++this.#lastOrder;
        lane.add(waiting);
        this.#serve();
      };
      const stopFollowing = priority.onRaise(move);
      const waiting: Waiting = {
        ...request,
        order: ++this.#lastOrder,
        settle: (outcome) => {
          lane.delete(waiting);
          stopFollowing();
          signal.removeEventListener('abort', leave);
          resolve(outcome);
          if (outcome === 'aborted') this.#serve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      lane.add(waiting);
      this.#serve();
    });
  }

  wake(): void {
    this.#serve();
  }

  #at(name: string): HostLanes {
    let at = this.#hosts.get(name);
    if (at === undefined) {
      const lane = (): Lane => ({ begun: new Set(), first: new Set() });
      at = {
        host: this.#options.createHost(name),
        lanes: { lookup: lane(), search: lane(), scheduled: lane() },
      };
      this.#hosts.set(name, at);
    }
    return at;
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    while (this.#underWay < this.#options.concurrency) {
      // One look at each host: time goes on, and one that is ready only at a second look would be neither called nor timed.
      const hosts = [...this.#hosts.values()].map((at) => ({ at, waitMs: at.host.waitMs }));
      const next = this.#next(hosts.filter(({ waitMs }) => waitMs === 0).map(({ at }) => at));
      if (next === null) {
        this.#setTimer(hosts);
        return;
      }
      this.#begin(next);
    }
  }

  #begin(waiting: Waiting): void {
    const at = this.#at(waiting.host);
    this.#underWay += 1;
    waiting.room?.take();
    const call = at.host.begin();
    waiting.settle({
      end: (verdict) => {
        this.#underWay -= 1;
        const refusal = at.host.end(call, verdict);
        if (refusal !== null) for (const each of [...waitingOf(at)]) each.settle(refusal);
        this.#serve();
        return refusal;
      },
    });
  }

  /** The call whose turn it is at the hosts that are ready; `null` if none may be made now. */
  #next(ready: readonly HostLanes[]): Waiting | null {
    const firsts = PRIORITIES.map((priority) => firstOf(ready, priority)).filter((each) => each !== null);
    const [urgent, ...others] = firsts;
    const oldest = others.reduce<Waiting | null>((a, b) => (a === null || b.order < a.order ? b : a), null);
    if (oldest === null) {
      this.#passed = 0;
      return urgent ?? null;
    }
    if (this.#passed < TURNS_OF_THE_URGENT) {
      this.#passed += 1;
      return urgent ?? null;
    }
    this.#passed = 0;
    return oldest;
  }

  /** Comes back when the first host may be called again. A call that ends comes back by itself. */
  #setTimer(hosts: readonly LookedAt[]): void {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { at, waitMs } of hosts) {
      // A host that is ready and has calls that wait lacks room for them: `wake` says when there is some.
      if (waitMs > 0 && !waitingOf(at).next().done) firstMs = Math.min(firstMs, waitMs);
    }
    if (firstMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.clock.schedule(() => {
      this.#cancelTimer = null;
      this.#serve();
    }, firstMs);
  }
}

function laneOf({ lanes }: HostLanes, { priority, room }: CallRequest): Set<Waiting> {
  const lane = lanes[priority.priority];
  return room === undefined ? lane.begun : lane.first;
}

/** The first call of a priority to these hosts for which there is room. */
function firstOf(ready: readonly HostLanes[], priority: Priority): Waiting | null {
  let first: Waiting | null = null;
  for (const { lanes } of ready) {
    const { begun, first: listings } = lanes[priority];
    const [next] = begun.size > 0 ? begun : listings;
    if (next === undefined || next.room?.hasRoom(priority) === false) continue;
    if (first === null || next.order < first.order) first = next;
  }
  return first;
}

function* waitingOf({ lanes }: HostLanes): Generator<Waiting, undefined> {
  for (const priority of PRIORITIES) {
    yield* lanes[priority].begun;
    yield* lanes[priority].first;
  }
}
