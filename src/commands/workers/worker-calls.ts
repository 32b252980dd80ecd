import type { CallRequest, CallTurns, ListingRoom, Turn } from '../../audience-manager/call-queue.js';
import type { HostRefusal } from '../../audience-manager/host.js';
import { PRIORITIES, type Priority, type RefreshPriority } from '../../audience-manager/priority.js';
import type { PrimaryChannel } from './protocol.js';

/** A call whose turn has not come. */
interface Entered {
  readonly priority: RefreshPriority;
}

/** A listing that waits for memory. */
interface WaitingForRoom extends Entered {
  readonly room: ListingRoom;
  /** @param hasRoom `false`: its caller has given up */
  readonly settle: (hasRoom: boolean) => void;
}

/**
 * The turns of one worker's calls to Audience Manager, which the primary gives to the calls of all workers. The memory for
 * a listing is this worker's own: a listing has its room before it asks for its turn. So
 * one that waits for memory learns that the circuit is open only when others have failed, which then frees memory.
 */
export class WorkerCalls implements CallTurns {
  readonly #channel: PrimaryChannel;
  readonly #entered = new Set<Entered>();
  readonly #waitingForRoom = new Set<WaitingForRoom>();
  #lastId = 0;

  constructor(channel: PrimaryChannel) {
    this.#channel = channel;
  }

  get waiting(): Record<Priority, number> {
    const counts = { lookup: 0, search: 0, scheduled: 0 };
    for (const { priority } of this.#entered) counts[priority.priority] += 1;
    return counts;
  }

  async enter({ host, priority, room, signal }: CallRequest): Promise<Turn | HostRefusal | 'aborted'> {
    if (signal.aborted) return 'aborted';
    const entered = { priority };
    this.#entered.add(entered);
    try {
      if (room?.isTaken === false && !(await this.#roomFor(room, priority, signal))) return 'aborted';
      return await this.#askForTurn(host, priority, signal);
    } finally {
      this.#entered.delete(entered);
    }
  }

  wake(): void {
    // The most urgent first; of those that are as urgent, the first.
    for (const wanted of PRIORITIES) {
      for (const { room, priority, settle } of this.#waitingForRoom) {
        if (priority.priority !== wanted || !room.hasRoom(wanted)) continue;
        room.take();
        settle(true);
      }
    }
  }

  /** @returns `false` if the caller gives up before there is room */
  async #roomFor(room: ListingRoom, priority: RefreshPriority, signal: AbortSignal): Promise<boolean> {
    return await new Promise((resolve) => {
      const leave = (): void => waiting.settle(false);
      const stopFollowing = priority.onRaise(() => this.wake());
      const waiting: WaitingForRoom = {
        room,
        priority,
        settle: (hasRoom) => {
          this.#waitingForRoom.delete(waiting);
          stopFollowing();
          signal.removeEventListener('abort', leave);
          resolve(hasRoom);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waitingForRoom.add(waiting);
      this.wake();
    });
  }

  async #askForTurn(
    host: string,
    priority: RefreshPriority,
    signal: AbortSignal,
  ): Promise<Turn | HostRefusal | 'aborted'> {
    const channel = this.#channel;
    if (signal.aborted) return 'aborted';
    const id = ++this.#lastId;
    const stopFollowing = priority.onRaise(() =>
      channel.tell('raiseCall', { id, priority: priority.priority }),
    );
    const leave = (): void => channel.tell('leaveCall', id);
    signal.addEventListener('abort', leave, { once: true });
    try {
      const outcome = await channel.call('enterCall', { id, host, priority: priority.priority });
      if (outcome !== 'turn') return outcome;
      // Given up while the answer was on its way. An `AbortSignal` may change during the wait.
      if (signal.aborted as boolean) {
        await channel.call('endCall', { id, verdict: { answer: 'nothing', pace: 'unanswered' } });
        return 'aborted';
      }
      return { end: (verdict) => channel.call('endCall', { id, verdict }) };
    } finally {
      stopFollowing();
      signal.removeEventListener('abort', leave);
    }
  }
}
