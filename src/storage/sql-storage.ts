import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { SteadyClock } from '../base/clock.js';
import { atOneMoment } from './at-one-moment.js';
import { readContent } from './content-reader.js';
import { ContentWriter } from './content-writer.js';
import { readDiscovery, readDiscoveryRevisions, removeDiscoveryRow, writeDiscovery } from './discoveries.js';
import type { Engine, ReadKind } from './engine.js';
import { StorageError } from './errors.js';
import { readHistories, readRevisions, readRevisionsAt, readRevisionsByNumber } from './history.js';
import { endLease, takeLease } from './leases.js';
import { readContents, removeDestinationRows } from './leftovers.js';
import { beginLogIn, forgetLogIn, readLogIn, recordRejection } from './log-ins.js';
import { condenseHistory, findOldHistories } from './retention.js';
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
  DestinationRemoval,
  DestinationState,
  DiscoveryState,
  HistoriesRequest,
  HistoryRemoval,
  LogInState,
  PastRevisions,
  PoolUse,
  RevisionPage,
  RevisionRequest,
  SearchRequest,
  SearchResult,
  StateChange,
  Storage,
  StoredContents,
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

  constructor(engine: Engine) {
    this.#engine = engine;
    const { clock } = engine;
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

  get clock(): SteadyClock {
    return this.#engine.clock;
  }

  clockOffset(): number | null {
    return this.#engine.clockOffset?.() ?? null;
  }

  get migrated(): readonly string[] {
    return this.#engine.migrated;
  }

  get trouble(): StorageError | null {
    return this.#engine.trouble;
  }

  get threadIsUp(): boolean | null {
    return this.#engine.threadIsUp ?? null;
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
    return this.#change(() => this.#commit(key, generation, change, commitId));
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
        await engine.requireWritable?.();
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
    return this.#change(() => writeState(this.#engine.writer, key, state));
  }

  claim(key: DestinationKey, owner: string, leaseMs: number): Promise<boolean> {
    return this.#change(() => takeLease(this.#engine.writer, key, owner, this.#engine.now, leaseMs));
  }

  release(key: DestinationKey, owner: string): Promise<void> {
    return this.#change(() => endLease(this.#engine.writer, key, owner));
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
  ): Promise<PastRevisions> {
    return this.#readAtOneMoment('history', signal, (db) => readRevisionsAt(db, key, segmentIds, at));
  }

  destinationsWithHistoryBefore(time: number): Promise<readonly DestinationKey[]> {
    return this.#read('history', undefined, (db) => findOldHistories(db, time));
  }

  removeHistoryBefore(key: DestinationKey, time: number, limit: number): Promise<HistoryRemoval> {
    const { writer, name } = this.#engine;
    return this.#change(() =>
      writer.transaction().execute((db) => condenseHistory(db, key, time, limit, name === 'postgres')),
    );
  }

  contents(key: DestinationKey): Promise<StoredContents | null> {
    return this.#readAtOneMoment('history', undefined, (db) => readContents(db, key));
  }

  removeDestination(key: DestinationKey, limit: number): Promise<DestinationRemoval> {
    const { writer, name } = this.#engine;
    const step = { key, pk: null };
    return this.#change(() =>
      writer.transaction().execute((db) => removeDestinationRows(db, step, limit, name === 'postgres')),
    );
  }

  token(account: string, now: number): Promise<string | null> {
    return this.#read('names', undefined, (db) => readToken(db, account, now));
  }

  saveToken(account: string, sealed: string, expiresAt: number): Promise<void> {
    return this.#change(() => writeToken(this.#engine.writer, account, sealed, expiresAt));
  }

  logIn(account: string): Promise<LogInState | null> {
    return this.#read('names', undefined, (db) => readLogIn(db, account));
  }

  claimLogIn(account: string, expected: LogInState | null, now: number): Promise<boolean> {
    return this.#change((isRetry) => beginLogIn(this.#engine.writer, account, expected, now, isRetry));
  }

  rejectLogIn(account: string, now: number, message: string): Promise<void> {
    return this.#change((isRetry) => recordRejection(this.#engine.writer, account, now, message, isRetry));
  }

  clearLogIn(account: string): Promise<void> {
    return this.#change(() => forgetLogIn(this.#engine.writer, account));
  }

  discoveryRevisions(signal?: AbortSignal): Promise<ReadonlyMap<string, number>> {
    return this.#read('names', signal, (db) => readDiscoveryRevisions(db));
  }

  discovery(customerId: string, signal?: AbortSignal): Promise<DiscoveryState | null> {
    return this.#read('names', signal, (db) => readDiscovery(db, customerId));
  }

  writeDiscovery(
    customerId: string,
    revision: number,
    state: Omit<DiscoveryState, 'revision'>,
  ): Promise<number | null> {
    return this.#change(() => writeDiscovery(this.#engine.writer, customerId, revision, state));
  }

  removeDiscovery(customerId: string): Promise<void> {
    return this.#change(() => removeDiscoveryRow(this.#engine.writer, customerId));
  }

  onChange(listener: ChangeListener): void {
    this.#engine.onChange(listener);
  }

  poolUse(): PoolUse | null {
    return this.#engine.poolUse ?? null;
  }

  reconfigure(url: string): void {
    if (this.#closing === undefined) this.#engine.setUrl?.(url);
  }

  async ping(): Promise<boolean> {
    try {
      await this.#read('names', undefined, (db) => sql`select 1`.execute(db));
      return this.trouble === null;
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

  /** Calls the database to write. @throws StorageError, also if the database must not be written now */
  async #change<T>(work: (isRetry: boolean) => Promise<T>): Promise<T> {
    const { trouble } = this;
    if (trouble !== null) throw trouble;
    return await this.#run(work);
  }

  /**
   * Calls the database, again if the connection was lost.
   *
   * @param work has to be safe to be done twice: it is told whether it may have been done already
   * @throws StorageError, or the signal's reason
   */
  async #run<T>(work: (isRetry: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closing !== undefined) throw new StorageError('UNAVAILABLE', 'the storage is closed');
    const { trouble } = this;
    if (trouble?.code === 'UNAVAILABLE') throw trouble;
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
