import type { Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import type { ChangeListener, DestinationKey } from './types.js';
import {
  compareVersions,
  laterVersion,
  type Commit,
  type DestinationVersion,
  type Version,
} from './version.js';

/** Pause before a change that could not be handled is reported again. */
const RETRY_MS = 1_000;

/** What is known of the commits of one destination. */
interface Tracked {
  readonly key: DestinationKey;
  /** The newest version that needs no report any more. */
  handled: Version;
  /** A newer version of another process that the listeners have not handled yet; `null`: there is none. */
  due: Version | null;
  /** The version that this process is committing; `null`: it is committing none. */
  own: Version | null;
  /** Whether the listeners are at work. */
  isRunning: boolean;
  /** Whether the last report has failed, so that the next one waits for the timer. */
  hasFailed: boolean;
}

/**
 * Decides which commits the listeners are called for: those of other processes. A commit counts as handled when
 * the listeners have resolved. If one rejects, the commit stays due and is reported again every second. Of several
 * commits of a destination only the newest is reported, and the listeners work on one at a time.
 */
export class ChangeTracker {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listeners = new Set<ChangeListener>();
  readonly #tracked = new Map<string, Tracked>();
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  addListener(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  /** Records the versions that are stored at the start. Listeners are not called for them. */
  initialize(versions: Iterable<DestinationVersion>): void {
    for (const version of versions) this.#markHandled(this.#of(version), version);
  }

  /**
   * Records that this process is about to commit. Has to be called while the lock is held that keeps other
   * processes from committing the same destination, so that `before` is the version that this process
   * replaces. To be followed by `confirmOwn` or `cancelOwn`.
   */
  expectOwn({ key, after }: Commit): void {
    this.#of(key).own = after;
  }

  /**
   * Records that this process has committed. The replaced version counts as handled too: the commit was made from
   * it.
   */
  confirmOwn({ key, before, after }: Commit): void {
    const tracked = this.#of(key);
    this.#forgetOwn(tracked, after);
    const { asOf } = tracked.handled;
    // A manual change keeps the time of the last listing. Another process may have raised it, of which nobody here knows.
    const isUnknown =
      after.asOf === before.asOf && after.asOf !== null && (asOf === null || asOf < after.asOf);
    this.#markHandled(tracked, isUnknown ? { ...after, asOf } : after);
    if (isUnknown && compareVersions(after, tracked.handled) > 0)
      tracked.due = laterVersion(after, tracked.due);
    this.#report(tracked);
  }

  /** Takes `expectOwn` back for a commit that failed, or of which it is unknown whether it failed. */
  cancelOwn({ key, after }: Commit): void {
    const tracked = this.#of(key);
    this.#forgetOwn(tracked, after);
    this.#report(tracked);
  }

  /** Records the stored version of a destination; calls the listeners if another process has committed it. */
  observe({ customerId, destinationId, generation, asOf }: DestinationVersion): void {
    const tracked = this.#of({ customerId, destinationId });
    const version = { generation, asOf };
    if (compareVersions(version, laterVersion(tracked.handled, tracked.due)) <= 0) return;
    tracked.due = version;
    this.#report(tracked);
  }

  /** Reports nothing any more. Reports in flight are left to themselves: nothing waits for how they end. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
  }

  #of({ customerId, destinationId }: DestinationKey): Tracked {
    const id = JSON.stringify([customerId, destinationId]);
    let tracked = this.#tracked.get(id);
    if (tracked === undefined) {
      const key = { customerId, destinationId };
      const handled = { generation: 0, asOf: null };
      tracked = { key, handled, due: null, own: null, isRunning: false, hasFailed: false };
      this.#tracked.set(id, tracked);
    }
    return tracked;
  }

  #forgetOwn(tracked: Tracked, after: Version): void {
    if (tracked.own !== null && compareVersions(tracked.own, after) === 0) tracked.own = null;
  }

  #markHandled(tracked: Tracked, { generation, asOf }: Version): void {
    tracked.handled = laterVersion(tracked.handled, { generation, asOf });
    if (tracked.due !== null && compareVersions(tracked.due, tracked.handled) <= 0) tracked.due = null;
  }

  /** Calls the listeners if something is due, unless they are at work or have to wait. */
  #report(tracked: Tracked): void {
    const { due, own, isRunning, hasFailed } = tracked;
    if (due === null || isRunning || hasFailed || this.#closed) return;
    // It is not known yet whether this is the version that this process commits.
    if (own !== null && compareVersions(due, own) <= 0) return;
    tracked.isRunning = true;
    void this.#callListeners(tracked, due);
  }

  async #callListeners(tracked: Tracked, version: Version): Promise<void> {
    try {
      await Promise.all([...this.#listeners].map((listener) => listener(tracked.key, version.generation)));
      this.#markHandled(tracked, version);
    } catch (error) {
      tracked.hasFailed = true;
      if (!this.#closed) this.#scheduleRetry(tracked.key, error);
    }
    tracked.isRunning = false;
    this.#report(tracked);
  }

  #scheduleRetry(key: DestinationKey, error: unknown): void {
    this.#logger.debug(
      { err: error, customer: key.customerId, destination: key.destinationId },
      'a change of another gateway could not be loaded; trying again in 1 s',
    );
    this.#cancelRetry ??= this.#clock.schedule(() => this.#retry(), RETRY_MS);
  }

  #retry(): void {
    this.#cancelRetry = undefined;
    for (const tracked of this.#tracked.values()) {
      if (!tracked.hasFailed) continue;
      tracked.hasFailed = false;
      this.#report(tracked);
    }
  }
}
