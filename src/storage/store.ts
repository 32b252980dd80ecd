import { sql } from 'kysely';
import { ContentWriter } from './content-writer.js';
import { readContent, writeState } from './content.js';
import type { Engine } from './engine.js';
import { StorageError } from './errors.js';
import { readRevisions, readRevisionsAt } from './history.js';
import { endLease, takeLease } from './leases.js';
import { stateOf } from './rows.js';
import { search } from './search.js';
import { storable } from './text.js';
import type {
  ChangeListener,
  ContentChange,
  DestinationKey,
  DestinationState,
  Revision,
  RevisionPage,
  RevisionRequest,
  SearchRequest,
  SearchResult,
  Storage,
  StoredDestination,
} from './types.js';

/** The storage over either engine; nothing but a `StorageError` leaves it. */
export class SqlStorage implements Storage {
  readonly #engine: Engine;
  readonly #content: ContentWriter;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#content = new ContentWriter({ lockRow: engine.name === 'postgres' });
  }

  get engine(): Storage['engine'] {
    return this.#engine.name;
  }

  states(): Promise<readonly (DestinationKey & { readonly state: DestinationState })[]> {
    return this.#run(async ({ reader }) => {
      const rows = await reader.selectFrom('destination').selectAll().orderBy('pk').execute();
      return rows.map((row) => ({
        customerId: row.customer_id,
        destinationId: row.destination_id,
        state: stateOf(row),
      }));
    });
  }

  state(key: DestinationKey): Promise<DestinationState | null> {
    return this.#run(async ({ reader }) => {
      const row = await reader
        .selectFrom('destination')
        .selectAll()
        .where('customer_id', '=', storable(key.customerId))
        .where('destination_id', '=', storable(key.destinationId))
        .executeTakeFirst();
      return row === undefined ? null : stateOf(row);
    });
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
      const next = generation + 1;
      try {
        return await engine.writer.transaction().execute(async (db) => {
          if (!(await this.#content.write(db, key, generation, change))) return null;
          await engine.announce(db, key, next);
          return next;
        });
      } catch (error) {
        engine.withdraw(key, next);
        throw error;
      }
    });
  }

  saveState(key: DestinationKey, state: ContentChange['state']): Promise<void> {
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
