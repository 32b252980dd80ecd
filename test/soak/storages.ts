import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import Database from 'libsql';
import pg from 'pg';
import { postgresServer, queryPostgres } from '../storage/support.js';
import type { Dice } from './dice.js';
import type { SoakStorageName } from './options.js';

/** What happens to a storage. `isOutage`: it does not answer for a while, so that what needs it may fail. */
export interface StorageFault {
  readonly name: string;
  readonly isOutage: boolean;
  /** Resolves when it is over. */
  readonly run: (dice: Dice) => Promise<void>;
}

/** The storage that the gateways of a run share. */
export interface SoakStorage extends AsyncDisposable {
  /** The section `storage` of the configuration. */
  readonly config: Record<string, unknown>;
  /** How many gateways use it. */
  readonly gateways: number;
  readonly faults: readonly (readonly [weight: number, fault: StorageFault])[];
}

/** Creates an empty storage. @param folder where a file goes */
export async function createStorage(name: SoakStorageName, folder: string): Promise<SoakStorage> {
  return name === 'sqlite' ? sqliteStorage(folder) : await postgresStorage();
}

/** A file that one gateway uses. */
function sqliteStorage(folder: string): SoakStorage {
  const file = join(folder, 'gateway.db');
  return {
    config: { sqlite: file },
    gateways: 1,
    faults: [
      [
        1,
        // Several of them may follow each other, so that a first listing waits for long to be stored.
        { name: 'another process writes to the file', isOutage: true, run: (dice) => lockFile(file, dice) },
      ],
    ],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Holds the lock for writing, for less time than gateways wait for it. */
async function lockFile(file: string, dice: Dice): Promise<void> {
  const database = new Database(file);
  try {
    database.exec('pragma busy_timeout = 0');
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        database.exec('begin immediate');
        break;
      } catch {
        await sleep(10);
      }
    }
    if (!database.inTransaction) return;
    await sleep(dice.between(20, 700));
    database.exec('rollback');
  } finally {
    database.close();
  }
}

const ENDED = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = $1 and pid <> pg_backend_pid()`;

/** A database that three gateways share. */
async function postgresStorage(): Promise<SoakStorage> {
  const server = postgresServer ?? '';
  const name = `soak_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await queryPostgres(server, `create database ${name} template template0 encoding 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const admin = new pg.Pool({ connectionString: server, max: 2 });
  const endOne = async (): Promise<void> => {
    await admin.query(`${ENDED} order by random() limit 1`, [name]);
  };
  const endAll = async (): Promise<void> => {
    await admin.query(ENDED, [name]);
  };
  return {
    config: { postgres: url.href, poolSize: 4 },
    gateways: 3,
    faults: [
      [4, { name: 'one connection to the database ends', isOutage: false, run: endOne }],
      [1, { name: 'all connections to the database end', isOutage: true, run: endAll }],
      [1, { name: 'tables are locked', isOutage: true, run: (dice) => lockTables(url.href, dice) }],
    ],
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await queryPostgres(server, `drop database ${name} with (force)`);
    },
  };
}

/** Locks a table against everybody else for a moment. */
async function lockTables(url: string, dice: Dice): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // The fault that ends connections may end this one too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query(
      `lock table ${dice.pick(['segment', 'destination', 'revision'])} in access exclusive mode`,
    );
    await sleep(dice.between(20, 500));
    await client.query('rollback');
  } catch {
    // The lock is gone with the connection.
  } finally {
    await client.end().catch(() => undefined);
  }
}
