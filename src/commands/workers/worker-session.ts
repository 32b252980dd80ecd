import type { Turn } from '../../audience-manager/call-queue.js';
import { RefreshPriority } from '../../audience-manager/priority.js';
import type { PauseReason } from '../../audience-manager/host.js';
import type { DestinationVersion } from '../../storage/version.js';
import type { ExpositionFormat } from '../../telemetry/exposition.js';
import type { MetricsSnapshot } from '../../telemetry/merged-metrics.js';
import type { Handlers } from './channel.js';
import type { SharedState } from './shared-state.js';
import type { PrimaryRequests, Wanted, WorkerStart } from './protocol.js';

/** What one worker's requests are answered with, besides what all have in common. */
export interface WorkerSessionOptions {
  readonly shared: SharedState;
  readonly begin: () => WorkerStart;
  readonly onReady: () => void;
  readonly onEnding: (last: MetricsSnapshot) => void;
  /** These two tell the other workers. */
  readonly onCommitted: (version: DestinationVersion) => void;
  readonly onWanted: (wanted: Wanted) => void;
  readonly onPaused: (reason: PauseReason) => void;
  /** Writes the metrics of all workers. */
  readonly writeMetrics: (format: ExpositionFormat) => Promise<string>;
}

/** A call of the worker to Audience Manager, while it waits or is under way. */
interface WorkerCall {
  readonly priority: RefreshPriority;
  readonly leaving: AbortController;
  turn: Turn | null;
}

/** Answers the requests of one worker, and takes back what the worker has when it ends, however that happens. */
export class WorkerSession {
  readonly handlers: Handlers<PrimaryRequests>;
  readonly #shared: SharedState;
  readonly #onPaused: (reason: PauseReason) => void;
  readonly #calls = new Map<number, WorkerCall>();
  readonly #gone = new AbortController();
  /** The turns at destinations that the worker has. */
  readonly #destinations = new Map<number, () => void>();
  #endWriting: (() => void) | null = null;

  constructor(options: WorkerSessionOptions) {
    const { shared, begin, onReady, onEnding, onCommitted, onWanted, onPaused, writeMetrics } = options;
    this.#shared = shared;
    this.#onPaused = onPaused;
    const { buckets, tokens } = shared;
    this.handlers = {
      begin,
      ready: onReady,
      ending: onEnding,
      beginWriting: () => this.#beginWriting(),
      endWriting: () => this.#stopWriting(),
      committed: onCommitted,
      wanted: onWanted,
      freeDestination: (key) => shared.writeTurns.free(key),
      takeDestination: (turn) => this.#takeDestination(turn),
      leaveDestination: (id) => this.#leaveDestination(id),
      enterCall: (call) => this.#enterCall(call),
      raiseCall: ({ id, priority }) => this.#calls.get(id)?.priority.raise(priority),
      leaveCall: (id) => this.#calls.get(id)?.leaving.abort(),
      endCall: ({ id, verdict }) => this.#endCall(id, verdict),
      loadToken: (account) => tokens.load(account),
      saveToken: ({ account, token }) => tokens.save(account, token),
      takeRequests: ({ counted, key, count }) => buckets.takeUpTo(counted, key, count),
      giveRequests: ({ counted, key, count }) => buckets.give(counted, key, count),
      writeMetrics,
    };
  }

  /** Takes everything back: the worker has ended. */
  release(): void {
    this.#gone.abort(new Error('the worker has ended'));
    this.#stopWriting();
    for (const id of [...this.#destinations.keys()]) this.#leaveDestination(id);
    for (const [id, { leaving }] of [...this.#calls]) {
      leaving.abort();
      void this.#endCall(id, { answer: 'nothing', pace: 'unanswered' });
    }
  }

  async #beginWriting(): Promise<void> {
    const end = await this.#shared.writers.acquire(this.#gone.signal);
    if (this.#gone.signal.aborted) end();
    else this.#endWriting = end;
  }

  #stopWriting(): void {
    this.#endWriting?.();
    this.#endWriting = null;
  }

  async #takeDestination({ id, key }: Parameters<PrimaryRequests['takeDestination']>[0]): Promise<void> {
    const end = await this.#shared.writeTurns.take(key);
    if (this.#gone.signal.aborted) end();
    else this.#destinations.set(id, end);
  }

  #leaveDestination(id: number): void {
    this.#destinations.get(id)?.();
    this.#destinations.delete(id);
  }

  async #enterCall({
    id,
    host,
    priority: first,
  }: Parameters<PrimaryRequests['enterCall']>[0]): Promise<ReturnType<PrimaryRequests['enterCall']>> {
    const call: WorkerCall = {
      priority: new RefreshPriority(first),
      leaving: new AbortController(),
      turn: null,
    };
    this.#calls.set(id, call);
    const { priority, leaving } = call;
    const outcome = await this.#shared.calls.enter({ host, priority, signal: leaving.signal });
    if (typeof outcome === 'string') {
      this.#calls.delete(id);
      return outcome;
    }
    if (this.#gone.signal.aborted) {
      await outcome.end({ answer: 'nothing', pace: 'unanswered' });
      return 'aborted';
    }
    call.turn = outcome;
    return 'turn';
  }

  #endCall(id: number, verdict: Parameters<Turn['end']>[0]): ReturnType<Turn['end']> {
    const turn = this.#calls.get(id)?.turn ?? null;
    this.#calls.delete(id);
    if (turn === null) return null;
    return this.#shared.reportingPauses(this.#onPaused, () => turn.end(verdict));
  }
}
