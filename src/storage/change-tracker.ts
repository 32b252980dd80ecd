import type { ChangeListener, DestinationKey } from './types.js';
import { compareVersions, type Commit, type DestinationVersion, type Version } from './version.js';

/**
 * Decides which commits the listeners are called for: once for each commit of another process, never for a
 * commit of this process.
 */
export class ChangeTracker {
  /** The newest version seen of each destination. */
  readonly #latest = new Map<string, Version>();
  /** The last version that this process committed of each destination. */
  readonly #own = new Map<string, Version>();
  readonly #listeners = new Set<ChangeListener>();

  addListener(listener: ChangeListener): void {
    this.#listeners.add(listener);
  }

  /** Records the versions that are stored at the start. Listeners are not called for them. */
  initialize(versions: Iterable<DestinationVersion>): void {
    for (const version of versions) this.#advance(version, version);
  }

  /**
   * Records that this process is about to commit. Has to be called while the lock is held that keeps other
   * processes from committing the same destination, so that `before` is the version that this process
   * replaces.
   */
  expectOwn({ key, before, after }: Commit): void {
    this.#advance(key, before);
    this.#own.set(idOf(key), after);
  }

  /** Takes `expectOwn` back for a commit that failed, or of which it is unknown whether it failed. */
  cancelOwn({ key, after }: Commit): void {
    if (this.#isOwn(key, after)) this.#own.delete(idOf(key));
  }

  /** Records the stored version of a destination; calls the listeners if another process has committed it. */
  observe(version: DestinationVersion): void {
    const key = { customerId: version.customerId, destinationId: version.destinationId };
    const isNew = this.#advance(key, version);
    if (!isNew || this.#isOwn(key, version)) return;
    for (const listener of this.#listeners) listener(key).catch(() => undefined);
  }

  #isOwn(key: DestinationKey, version: Version): boolean {
    const own = this.#own.get(idOf(key));
    return own !== undefined && compareVersions(own, version) === 0;
  }

  /** @returns whether the version is newer than every version seen before */
  #advance(key: DestinationKey, { generation, asOf }: Version): boolean {
    const id = idOf(key);
    const latest = this.#latest.get(id) ?? { generation: 0, asOf: null };
    if (compareVersions({ generation, asOf }, latest) <= 0) return false;
    this.#latest.set(id, { generation, asOf });
    return true;
  }
}

function idOf({ customerId, destinationId }: DestinationKey): string {
  return JSON.stringify([customerId, destinationId]);
}
