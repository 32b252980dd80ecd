import { randomUUID } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { SteadyClock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import { MIN_ROWS_TO_ANALYZE, analyze } from './analyze.js';
import { atOneMoment } from './at-one-moment.js';
import { readContent } from './content-reader.js';
import { ContentWriter } from './content-writer.js';
import { readDiscovery, readDiscoveryRevisions, removeDiscoveryRow, writeDiscovery } from './discoveries.js';
import type { Engine, ReadKind } from './engine.js';
import { StorageError } from './errors.js';
import { readHistories, readRevisions, readRevisionsAt, readRevisionsByNumber } from './history.js';
import { readChangesByDay } from './history-days.js';
import { findByIdentifiers, findDestinationsWithAddresses } from './identifier-search.js';
import { readImport, readImportChanges, readImports } from './imports.js';
import { endLease, takeLease } from './leases.js';
import { readContents, removeDestinationRows } from './leftovers.js';
import { beginLogIn, forgetLogIn, readLogIn, recordRejection } from './log-ins.js';
import { findOldHistories, removeBefore } from './retention.js';
import { OverlayKeeper } from './overlay-keeper.js';
import { SearchPacks } from './packs/search-packs.js';
import { withRetries } from './retries.js';
import { LARGE_ROW_WAIT_MS, ROW_WAIT_MS, RowTurns, lockingRow, waitingForRow } from './row-locks.js';
import { search } from './search.js';
import { Semaphore } from './semaphore.js';
import { inOwnTransaction } from './short-transactions.js';
import {
  StagedCommit,
  hasManyRows,
  isLarge,
  stagingTools,
  type StagedContent,
  type StagingTools,
} from './staged-commit.js';
import { readState, readStates, writeState } from './states.js';
import type { Tables } from './tables.js';
import { readToken, writeToken } from './tokens.js';
import type {
  ChangeListener,
  ContentChange,
  DailyChanges,
  DestinationKey,
  DestinationRemoval,
  DestinationState,
  DiscoveryState,
  HistoriesRequest,
  HistoryRemoval,
  IdentifierRequest,
  IdentifierResult,
  ImportedChange,
  ImportedChangesRequest,
  ImportPage,
  ImportRequest,
  LogInState,
  PastRevisions,
  PoolUse,
  RevisionPage,
  RevisionRequest,
  SearchMemory,
  SearchRequest,
  SearchResult,
  StateChange,
  Storage,
  StoredContents,
  StoredDestination,
  StoredImport,
  StoredRevision,
} from './types.js';
import type { Commit } from './version.js';

/** Number of searches that may wait for others to end. */
const MAX_WAITING_SEARCHES = 100;

/** Writes in a transaction. @returns `null` if nothing is to be confirmed */
type Write = (db: Transaction<Tables>, announce: (commit: Commit) => Promise<void>) => Promise<Commit | null>;

/** What a storage needs besides its engine. */
interface SqlStorageOptions {
  /** Told of work in the background that fails. */
  readonly logger: Logger;
  /** Whether this process looks for such work from time to time. Default: `true`. */
  readonly keepsHouse?: boolean;
  /** Maximum size of what searches keep in memory, in bytes; 0, the default: nothing. */
  readonly searchMemoryBytes?: number | undefined;
}

/** The storage on either engine. Every error of the engine is translated into a `StorageError`. */
export class SqlStorage implements Storage {
  readonly #engine: Engine;
  readonly #contentWriter: ContentWriter;
  readonly #searches: Semaphore;
  readonly #largeWrites: Semaphore;
  readonly #rowTurns = new RowTurns();
  readonly #staging: StagingTools;
  readonly #overlays: OverlayKeeper | undefined;
  readonly #packs: SearchPacks | null;
  /** Aborted when the storage is closed. */
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(engine: Engine, { logger, keepsHouse = true, searchMemoryBytes = 0 }: SqlStorageOptions) {
    this.#engine = engine;
    const { clock } = engine;
    const isPostgres = engine.name === 'postgres';
    this.#contentWriter = new ContentWriter({ lockRow: isPostgres, clock });
    this.#largeWrites = new Semaphore(engine.largeWritesAtOnce);
    this.#staging = stagingTools(engine);
    this.#overlays =
      engine.longWrites === null ? undefined : new OverlayKeeper(engine, this.#closed.signal, logger);
    if (keepsHouse) this.#overlays?.start();
    this.#searches = new Semaphore(
      engine.searchesAtOnce,
      MAX_WAITING_SEARCHES,
      () => new StorageError('BUSY', `${MAX_WAITING_SEARCHES} searches wait already: try again later`),
    );
    this.#packs = searchMemoryBytes === 0 ? null : this.#searchPacks(searchMemoryBytes, logger);
  }

  #searchPacks(maxBytes: number, logger: Logger): SearchPacks {
    const engine = this.#engine;
    // PostgreSQL's connections are shared; SQLite has one for packs alone.
    const turn = (signal: AbortSignal): Promise<() => void> =>
      engine.name === 'postgres' ? this.#searches.acquire(signal) : Promise.resolve(() => undefined);
    const packs = new SearchPacks({ engine, maxBytes, clock: engine.clock, logger, turn });
    engine.onChange((key, generation) => {
      packs.changed(key, generation);
      return Promise.resolve();
    });
    return packs;
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
    return this.#readAtOneMoment('names', signal, (db) => readContent(this.#engine, db, key));
  }

  write(key: DestinationKey, generation: number, change: ContentChange): Promise<number | null> {
    const content = { key, generation, change, commitId: randomUUID() };
    const waitMs = hasManyRows(change) ? LARGE_ROW_WAIT_MS : ROW_WAIT_MS;
    if (!isLarge(change)) {
      return this.#changeRow(key, (isRetry) => this.#writeAtOnce(content, isRetry), waitMs);
    }
    if (this.#overlays !== undefined) {
      return this.#change(() => this.#writeStaged(content));
    }
    const writeInTurn = async (isRetry: boolean): Promise<number | null> => {
      // The others leave connections to everything else.
      const end = await this.#largeWrites.acquire();
      try {
        return await this.#writeAtOnce(content, isRetry);
      } finally {
        end();
      }
    };
    return this.#changeRow(key, writeInTurn, waitMs);
  }

  async #writeAtOnce(
    { key, generation, change, commitId }: StagedContent,
    isRetry: boolean,
  ): Promise<number | null> {
    const { name, writer } = this.#engine;
    let rows = 0;
    const generationAfter = await this.#commit(async (db, announce) => {
      const content = await this.#contentWriter.write(db, key, generation, change, commitId, isRetry);
      // A repeated commit has notified other processes already.
      if (content !== null && !content.isRepeated) await announce(content.commit);
      rows = content?.rows ?? 0;
      return content?.commit ?? null;
    });
    if (name === 'postgres' && rows >= MIN_ROWS_TO_ANALYZE) await analyze(writer);
    return generationAfter;
  }

  /** Writes a large change in short transactions; the last one makes readers see it. */
  async #writeStaged(content: StagedContent): Promise<number | null> {
    const staged = new StagedCommit(this.#staging, content);
    try {
      if (!(await staged.write(this.#closed.signal))) return null;
      for (;;) {
        let isOverlaid = false as boolean;
        const layOver: Write = async (db, announce) => {
          const commit = await staged.layOver(db);
          isOverlaid = commit === 'overlaid';
          if (commit === null || commit === 'overlaid') return null;
          await announce(commit);
          return commit;
        };
        const generation = await this.#commit(layOver, (write) =>
          inOwnTransaction(this.#engine, write, this.#closed.signal),
        );
        if (!isOverlaid) return generation;
        await staged.keptDuring(() => this.#overlays?.run());
        this.#requireOpen();
      }
    } finally {
      await staged.end().catch(() => undefined);
      this.#overlays?.runSoon();
    }
  }

  /**
   * Makes a commit, and keeps it from this process's listeners.
   *
   * @param write has to call `announce` unless it writes nothing
   * @param inTransaction makes the transaction
   */
  async #commit(
    write: Write,
    inTransaction = (work: (db: Transaction<Tables>) => Promise<Commit | null>) =>
      this.#engine.writer.transaction().execute(work),
  ): Promise<number | null> {
    const engine = this.#engine;
    let announced = null as Commit | null;
    try {
      const written = await inTransaction(async (db) => {
        await engine.requireWritable?.();
        return await write(db, async (commit) => {
          announced = commit;
          await engine.announce(db, commit);
        });
      });
      if (written === null) return null;
      engine.confirm(written);
      this.#packs?.changed(written.key, written.after.generation);
      return written.after.generation;
    } catch (error) {
      if (announced !== null) engine.retract(announced);
      throw error;
    }
  }

  saveState(key: DestinationKey, state: StateChange): Promise<void> {
    const { writer, name } = this.#engine;
    if (name === 'sqlite') return this.#change(() => writeState(writer, key, state));
    return this.#changeRow(key, () =>
      writer.transaction().execute((db) => lockingRow(db, () => writeState(db, key, state))),
    );
  }

  claim(key: DestinationKey, owner: string, leaseMs: number): Promise<boolean> {
    return this.#change(() => takeLease(this.#engine.writer, key, owner, this.#engine.now, leaseMs));
  }

  release(key: DestinationKey, owner: string): Promise<void> {
    return this.#change(() => endLease(this.#engine.writer, key, owner));
  }

  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult> {
    return this.#searchInTurn(() => search(this.#engine, this.#packs, request, signal), signal);
  }

  searchMemory(): SearchMemory | null {
    return this.#packs?.memory ?? null;
  }

  findByIdentifiers(request: IdentifierRequest, signal?: AbortSignal): Promise<IdentifierResult> {
    return this.#searchInTurn(() => findByIdentifiers(this.#engine, request, signal), signal);
  }

  destinationsWithAddresses(
    destinations: readonly DestinationKey[],
    signal?: AbortSignal,
  ): Promise<readonly DestinationKey[]> {
    const find = () => findDestinationsWithAddresses(this.#engine, destinations, signal);
    return this.#searchInTurn(find, signal);
  }

  revisions(key: DestinationKey, request: RevisionRequest, signal?: AbortSignal): Promise<RevisionPage> {
    return this.#readAtOneMoment('history', signal, (db) => readRevisions(db, key, request));
  }

  changesByDay(key: DestinationKey, since: number, signal?: AbortSignal): Promise<DailyChanges> {
    return this.#readAtOneMoment('history', signal, (db) => readChangesByDay(db, key, since));
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
    return this.#readAtOneMoment('history', signal, (db) => readRevisionsByNumber(db, key, numbers));
  }

  revisionsAt(
    key: DestinationKey,
    segmentIds: readonly string[],
    at: number,
    signal?: AbortSignal,
  ): Promise<PastRevisions> {
    return this.#readAtOneMoment('history', signal, (db) => readRevisionsAt(db, key, segmentIds, at));
  }

  imports(request: ImportRequest, signal?: AbortSignal): Promise<ImportPage> {
    return this.#readAtOneMoment('history', signal, (db) => readImports(db, request));
  }

  importById(id: string, signal?: AbortSignal): Promise<(StoredImport & DestinationKey) | null> {
    return this.#read('history', signal, (db) => readImport(db, id));
  }

  importChanges(
    id: string,
    request: ImportedChangesRequest,
    signal?: AbortSignal,
  ): Promise<readonly ImportedChange[]> {
    return this.#read('history', signal, (db) => readImportChanges(db, id, request));
  }

  destinationsWithHistoryBefore(time: number): Promise<readonly DestinationKey[]> {
    return this.#read('history', undefined, (db) => findOldHistories(db, time));
  }

  removeHistoryBefore(key: DestinationKey, time: number, limit: number): Promise<HistoryRemoval> {
    const { writer, name } = this.#engine;
    return this.#changeRow(key, () =>
      writer.transaction().execute((db) => removeBefore(db, key, time, limit, name === 'postgres')),
    );
  }

  contents(key: DestinationKey): Promise<StoredContents | null> {
    return this.#readAtOneMoment('history', undefined, (db) => readContents(db, key));
  }

  removeDestination(key: DestinationKey, limit: number): Promise<DestinationRemoval> {
    const { writer, name } = this.#engine;
    const step = { key, pk: null };
    return this.#changeRow(key, () =>
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
    return (this.#closing ??= this.#close());
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new StorageError('UNAVAILABLE', 'the storage is closed');
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    await this.#overlays?.close();
    await this.#packs?.close();
    await this.#engine.close();
  }

  /** Some searches run at once, the others wait. */
  #searchInTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#run(async () => {
      const end = await this.#searches.acquire(signal);
      try {
        return await work();
      } finally {
        end();
      }
    }, signal);
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

  /** As `#change`, for what locks the row of a destination: again as long as another transaction has it locked. */
  #changeRow<T>(
    key: DestinationKey,
    work: (isRetry: boolean) => Promise<T>,
    limitMs = ROW_WAIT_MS,
  ): Promise<T> {
    const engine = this.#engine;
    if (engine.name === 'sqlite') return this.#change(work);
    const isLocked = (error: unknown): boolean => engine.isRowLocked?.(error) === true;
    let isFirst = true;
    const inTurn = (isRetry: boolean): Promise<T> =>
      this.#rowTurns.run(key, (hasWaited) => {
        if (hasWaited || !isFirst) this.#requireOpen();
        isFirst = false;
        return work(isRetry);
      });
    return this.#change((isRetry) => waitingForRow(() => inTurn(isRetry), isLocked, limitMs));
  }

  /**
   * Calls the database, again if the connection was lost.
   *
   * @param work has to be safe to be done twice: it is told whether it may have been done already
   * @throws StorageError, or the signal's reason
   */
  async #run<T>(work: (isRetry: boolean) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#requireOpen();
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
