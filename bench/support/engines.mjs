import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { URL } from 'node:url';
import pg from 'pg';
import { openStorage } from '../../build/storage/index.js';
import { createLogger } from '../../build/telemetry/logs.js';
import { Redactor } from '../../build/telemetry/redaction.js';
import { undoLater } from './cleanup.mjs';
import { createFolder } from './processes.mjs';

/** The engines that can be measured here: SQLite always, PostgreSQL where a server is reachable. */
export async function findEngines() {
  const server = await findServer();
  return server === null ? ['sqlite'] : ['sqlite', 'postgres'];
}

/**
 * A database of its own, gone after `drop`.
 *
 * @returns `config` as the storage takes it, `section` as the configuration file writes it
 */
export async function createDatabase(engine) {
  return engine === 'sqlite' ? await sqliteDatabase() : await postgresDatabase();
}

/** The storage room itself, without log. @param options of `openStorage` */
export async function open(database, options = {}) {
  return await openStorage(database.config, {
    ...options,
    logger: createLogger({ redactor: new Redactor(), level: 'silent' }),
  });
}

async function sqliteDatabase() {
  const folder = await createFolder();
  const path = join(folder.path, 'gateway.db');
  return {
    engine: 'sqlite',
    config: { engine: 'sqlite', path },
    section: { sqlite: path },
    bytes: async () => {
      const files = await readdir(folder.path);
      const sizes = files.map(async (file) => (await stat(join(folder.path, file))).size);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
    settle: () => Promise.resolve(),
    drop: folder.remove,
  };
}

async function postgresDatabase() {
  const server = await findServer();
  const name = `aam_gateway_bench_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await query(server, `create database ${name} template template0 encoding 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    engine: 'postgres',
    config: { engine: 'postgres', url: url.href, poolSize: 10 },
    section: { postgres: url.href },
    bytes: async () => {
      const { rows } = await query(url.href, 'select pg_database_size(current_database())::float8 as bytes');
      return rows[0].bytes;
    },
    // What autovacuum does by itself some time after so many rows were written.
    settle: () => query(url.href, 'vacuum analyze'),
    drop: undoLater(() => query(server, `drop database if exists ${name} with (force)`)),
  };
}

async function findServer() {
  const candidates = [
    process.env.DATABASE_URL,
    ...['root', 'postgres'].map((user) => `postgres://${user}@127.0.0.1:5432/postgres`),
  ];
  for (const url of candidates) {
    if (url === undefined) continue;
    try {
      await query(url, 'select 1');
      return url;
    } catch {
      // The next one.
    }
  }
  return null;
}

async function query(url, statement) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
