import { sql } from 'kysely';
import { readContent } from './content-reader.js';
import { ContentWriter } from './content-writer.js';
import type { Engine } from './engine.js';
import { StorageError } from './errors.js';
import { readHistories, readRevisions, readRevisionsAt, readRevisionsByNumber } from './history.js';
import { endLease, takeLease } from './leases.js';
import { beginLogIn, forgetLogIn, readLogIn, recordRejection } from './log-ins.js';
import { search } from './search.js';
import { readState, readStates, writeState } from './states.js';
import { storable } from './text.js';
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

/** The storage on either engine. Every error of the engine is translated into a `StorageError`. */
export class SqlStorage implements Storage {
  readonly #engine: Engine;
  readonly #contentWriter: ContentWriter;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#contentWriter = new ContentWriter({ lockRow: engine.name === 'postgres' });
  }

  get engine(): Storage['engine'] {
    return this.#engine.name;
  }

  states(): Promise<readonly (DestinationKey & { readonly state: DestinationState })[]> {
    return this.#run(({ reader }) => readStates(reader));
  }

  state(key: DestinationKey): Promise<DestinationState | null> {
    return this.#run(({ reader }) => readState(reader, key));
  }

  read(key: DestinationKey): Promise<StoredDestination | null> {
    return this.#run(({ reader }) =>
      reader
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((db) => readContent(db, key)),
    );
  }

  write(key: DestinationKey, generation: number, change: ContentChange): Promise<number | null> {
    return this.#run(async (engine) => {
      let announced = null as Commit | null;
      try {
        return await engine.writer.transaction().execute(async (db) => {
          const commit = await this.#contentWriter.write(db, key, generation, change);
          if (commit === null) return null;
          announced = commit;
          await engine.announce(db, commit);
          return commit.after.generation;
        });
      } catch (error) {
        if (announced !== null) engine.retract(announced);
        throw error;
      }
    });
  }

  saveState(key: DestinationKey, state: StateChange): Promise<void> {
    return this.#run(({ writer }) => writeState(writer, key, state));
  }

  claim(key: DestinationKey, owner: string, now: number, leaseMs: number): Promise<boolean> {
    return this.#run(({ writer }) => takeLease(writer, key, owner, now, now + leaseMs));
  }

  release(key: DestinationKey, owner: string): Promise<void> {
    return this.#run(({ writer }) => endLease(writer, key, owner));
  }

  search(request: SearchRequest): Promise<SearchResult> {
    return this.#run((engine) => search(engine, request));
  }

  revisions(key: DestinationKey, request: RevisionRequest): Promise<RevisionPage> {
    return this.#run(({ reader }) => readRevisions(reader, key, request));
  }

  histories(key: DestinationKey, request: HistoriesRequest): Promise<ReadonlyMap<string, RevisionPage>> {
    return this.#run(({ reader }) => readHistories(reader, key, request));
  }

  revisionsByNumber(
    key: DestinationKey,
    numbers: readonly number[],
  ): Promise<ReadonlyMap<number, StoredRevision>> {
    return this.#run(({ reader }) => readRevisionsByNumber(reader, key, numbers));
  }

  revisionsAt(
    key: DestinationKey,
    segmentIds: readonly string[],
    at: number,
  ): Promise<ReadonlyMap<string, Revision>> {
    return this.#run(({ reader }) => readRevisionsAt(reader, key, segmentIds, at));
  }

  token(account: string, now: number): Promise<string | null> {
    return this.#run(async ({ reader }) => {
      const row = await reader
        .selectFrom('token')
        .select('sealed')
        .where('account', '=', storable(account))
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return row?.sealed ?? null;
    });
  }

  saveToken(account: string, sealed: string, expiresAt: number): Promise<void> {
    return this.#run(async ({ writer }) => {
      const columns = { sealed: storable(sealed), expires_at: expiresAt };
      await writer
        .insertInto('token')
        .values({ account: storable(account), ...columns })
        .onConflict((conflict) => conflict.column('account').doUpdateSet(columns))
        .execute();
    });
  }

  logIn(account: string): Promise<LogInState | null> {
    return this.#run(({ reader }) => readLogIn(reader, account));
  }

  claimLogIn(account: string, expected: LogInState | null, now: number): Promise<boolean> {
    return this.#run(({ writer }) => beginLogIn(writer, account, expected, now));
  }

  rejectLogIn(account: string, now: number, message: string): Promise<void> {
    return this.#run(({ writer }) => recordRejection(writer, account, now, message));
  }

  clearLogIn(account: string): Promise<void> {
    return this.#run(({ writer }) => forgetLogIn(writer, account));
  }

  onChange(listener: ChangeListener): void {
    this.#engine.onChange(listener);
  }

  async ping(): Promise<boolean> {
    try {
      await this.#run(({ reader }) => sql`select 1`.execute(reader));
      return true;
    } catch {
      return false;
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#engine.close());
  }

  async #run<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new StorageError('UNAVAILABLE', 'the storage is closed');
    try {
      return await work(this.#engine);
    } catch (error) {
      throw error instanceof StorageError ? error : this.#engine.toStorageError(error);
    }
  }
}
