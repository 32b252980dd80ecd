import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Clock } from '../base/clock.js';
import { atOneMoment } from './at-one-moment.js';
import { readContent } from './content-reader.js';
import { ContentWriter } from './content-writer.js';
import type { Engine, ReadKind } from './engine.js';
import { StorageError } from './errors.js';
import { readHistories, readRevisions, readRevisionsAt, readRevisionsByNumber } from './history.js';
import { endLease, takeLease } from './leases.js';
import { beginLogIn, forgetLogIn, readLogIn, recordRejection } from './log-ins.js';
import { withRetries } from './retries.js';
import { search } from './search.js';
import { Semaphore } from './semaphore.js';
import { readState, readStates, writeState } from './states.js';
import type { Tables } from './tables.js';
import { readToken, writeToken } from './tokens.js';
import type {
  ChangeListener,
  ContentChange,
  DestinationKey,
  DestinationState,
  HistoriesRequest,
  LogInState,
  Revision,
  RevisionPage,
  RevisionRequest,
  SearchRequest,
  SearchResult,
  StateChange,
  Storage,
  StoredDestination,
  StoredRevision,
} from './types.js';
import type { Commit } from './version.js';

/** Number of searches that may wait for others to end. */
const MAX_WAITING_SEARCHES = 100;

/** The storage on either engine. Every error of the engine is translated into a `StorageError`. */
export class SqlStorage implements Storage {
  readonly #engine: Engine;
  readonly #contentWriter: ContentWriter;
  readonly #searches: Semaphore;
  #closing: Promise<void> | undefined;

  /** @param clock for the times at which revisions are stored */
  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    const isPostgres = engine.name === 'postgres';
    this.#contentWriter = new ContentWriter({ lockRow: isPostgres, analyze: isPostgres, clock });
    this.#searches = new Semaphore(
      engine.searchesAtOnce,
      MAX_WAITING_SEARCHES,
      () => new StorageError('BUSY', `${MAX_WAITING_SEARCHES} searches wait already: try again later`),
    );
  }

  get engine(): Storage['engine'] {
    return this.#engine.name;
  }

  states(signal?: AbortSignal): Promise<readonly (DestinationKey & { readonly state: DestinationState })[]> {
    return this.#read('names', signal, (db) => readStates(db));
  }

  state(key: DestinationKey, signal?: AbortSignal): Promise<DestinationState | null> {
    return this.#read('names', signal, (db) => readState(db, key));
  }

  read(key: DestinationKey, signal?: AbortSignal): Promise<StoredDestination | null> {
    return this.#readAtOneMoment('names', signal, (db) => readContent(db, key));
  }

  write(key: DestinationKey, generation: number, change: ContentChange): Promise<number | null> {
    const commitId = randomUUID();
    return this.#run(() => this.#commit(key, generation, change, commitId));
  }

  async #commit(
    key: DestinationKey,
    generation: number,
    change: ContentChange,
    commitId: string,
  ): Promise<number | null> {
    const engine = this.#engine;
    let announced = null as Commit | null;
    try {
      const written = await engine.writer.transaction().execute(async (db) => {
        const content = await this.#contentWriter.write(db, key, generation, change, commitId);
        // A repeated commit has notified other processes already.
        if (content === null || content.isRepeated) return content;
        announced = content.commit;
        await engine.announce(db, content.commit);
        return content;
      });
      if (written === null) return null;
      engine.confirm(written.commit);
      return written.commit.after.generation;
    } catch (error) {
      if (announced !== null) engine.retract(announced);
      throw error;
    }
  }

  saveState(key: DestinationKey, state: StateChange): Promise<void> {
    return this.#run(() => writeState(this.#engine.writer, key, state));
  }

  claim(key: DestinationKey, owner: string, now: number, leaseMs: number): Promise<boolean> {
    return this.#run(() => takeLease(this.#engine.writer, key, owner, now, now + leaseMs));
  }

  release(key: DestinationKey, owner: string): Promise<void> {
    return this.#run(() => endLease(this.#engine.writer, key, owner));
  }

  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult> {
    return this.#run(async () => {
      const end = await this.#searches.acquire(signal);
      try {
        return await search(this.#engine, request, signal);
      } finally {
        end();
      }
    }, signal);
  }

  revisions(key: DestinationKey, request: RevisionRequest, signal?: AbortSignal): Promise<RevisionPage> {
    return this.#readAtOneMoment('history', signal, (db) => readRevisions(db, key, request));
  }

  histories(
    key: DestinationKey,
    request: HistoriesRequest,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, RevisionPage>> {
    return this.#readAtOneMoment('history', signal, (db) => readHistories(db, key, request));
  }

  revisionsByNumber(
    key: DestinationKey,
    numbers: readonly number[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, StoredRevision>> {
    return this.#read('history', signal, (db) => readRevisionsByNumber(db, key, numbers));
  }

  revisionsAt(
    key: DestinationKey,
    segmentIds: readonly string[],
    at: number,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, Revision>> {
    return this.#readAtOneMoment('history', signal, (db) => readRevisionsAt(db, key, segmentIds, at));
  }

  token(account: string, now: number): Promise<string | null> {
    return this.#read('names', undefined, (db) => readToken(db, account, now));
  }

  saveToken(account: string, sealed: string, expiresAt: number): Promise<void> {
    return this.#run(() => writeToken(this.#engine.writer, account, sealed, expiresAt));
  }

  logIn(account: string): Promise<LogInState | null> {
    return this.#read('names', undefined, (db) => readLogIn(db, account));
  }

  claimLogIn(account: string, expected: LogInState | null, now: number): Promise<boolean> {
    return this.#run((isRetry) => beginLogIn(this.#engine.writer, account, expected, now, isRetry));
  }

  rejectLogIn(account: string, now: number, message: string): Promise<void> {
    return this.#run((isRetry) => recordRejection(this.#engine.writer, account, now, message, isRetry));
  }

  clearLogIn(account: string): Promise<void> {
    return this.#run(() => forgetLogIn(this.#engine.writer, account));
  }

  onChange(listener: ChangeListener): void {
    this.#engine.onChange(listener);
  }

  async ping(): Promise<boolean> {
    try {
      await this.#read('names', undefined, (db) => sql`select 1`.execute(db));
      return true;
    } catch {
      return false;
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#engine.close());
  }

  #read<T>(
    kind: ReadKind,
    signal: AbortSignal | undefined,
    work: (db: Kysely<Tables>) => Promise<T>,
  ): Promise<T> {
    return this.#run(() => work(this.#engine.reader(kind, signal)), signal);
  }

  #readAtOneMoment<T>(
    kind: ReadKind,
    signal: AbortSignal | undefined,
    work: (db: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    return this.#read(kind, signal, (db) => atOneMoment(db, work));
  }

  /**
   * Calls the database, again if the connection was lost.
   *
   * @param work has to be safe to be done twice: it is told whether it may have been done already
   * @throws StorageError, or the signal's reason
   */
  async #run<T>(work: (isRetry: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closing !== undefined) throw new StorageError('UNAVAILABLE', 'the storage is closed');
    try {
      return await withRetries(
        work,
        (error) => this.#closing === undefined && this.#engine.isConnectionLost(error),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof StorageError ? error : this.#engine.toStorageError(error);
    }
  }
}
