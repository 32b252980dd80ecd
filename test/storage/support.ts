import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished } from 'vitest';
import {
  openStorage,
  StorageError,
  type StorageConfig,
  type StorageErrorCode,
} from '../../src/storage/index.js';
import type {
  ContentChange,
  DestinationKey,
  Revision,
  Storage,
  StoredSegment,
} from '../../src/storage/index.js';
import type { Clock } from '../../src/base/clock.js';
import { createLogger, type Logger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { makeSegment } from '../support/segment.js';

/** A database for one test, which is deleted when the test ends. */
export interface TestDatabase {
  readonly config: StorageConfig;
  /** Opens the database, any number of times. Closed when the test ends. */
  open(clock?: Clock, searchMemoryBytes?: number): Promise<Storage>;
}

/** The URL of the PostgreSQL server to test with; `null` if none is reachable. */
export const postgresServer = await findServer();

/** Runs the same tests with each engine. Those with PostgreSQL are skipped if no server is reachable. */
export function describeEngines(name: string, tests: (create: () => Promise<TestDatabase>) => void): void {
  describe(`${name} in SQLite`, () => tests(sqliteDatabase));
  describe.skipIf(postgresServer === null)(`${name} in PostgreSQL`, () => tests(postgresDatabase));
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'storage-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return testDatabase({ engine: 'sqlite', path: join(folder, 'data', 'gateway.db') });
}

/** A new database; concurrent tests must pass `onTestFinished` of their context. */
export async function postgresDatabase(whenFinished = onTestFinished): Promise<TestDatabase> {
  const name = `storage_test_${process.pid}_${Math.random().toString(36).slice(2)}`;
  await onServer(`create database ${name} template template0 encoding 'UTF8'`);
  whenFinished(() => onServer(`drop database ${name} with (force)`));
  const url = new URL(postgresServer ?? '');
  url.pathname = `/${name}`;
  return testDatabase({ engine: 'postgres', url: url.href, poolSize: 4 }, whenFinished);
}

function testDatabase(config: StorageConfig, whenFinished = onTestFinished): TestDatabase {
  return {
    config,
    async open(clock, searchMemoryBytes = 0) {
      const storage = await openStorage(config, {
        logger: silent(),
        searchMemoryBytes,
        ...(clock && { clock }),
      });
      whenFinished(() => storage.close());
      return storage;
    },
  };
}

async function findServer(): Promise<string | null> {
  const candidates = [
    process.env['DATABASE_URL'],
    ...['root', 'postgres'].map((user) => `postgres://${user}@127.0.0.1:5432/postgres`),
  ];
  for (const url of candidates) {
    if (url === undefined) continue;
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 });
    try {
      await client.connect();
      await client.end();
      return url;
    } catch {
      // Tries the next candidate.
    }
  }
  return null;
}

async function onServer(statement: string): Promise<void> {
  await queryPostgres(postgresServer ?? '', statement);
}

/** Runs a statement on a connection of its own. */
export async function queryPostgres<R extends pg.QueryResultRow>(
  url: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** A logger that writes nothing. */
export function silent(): Logger {
  return createLogger({ redactor: new Redactor(), level: 'silent' });
}

export const KEY: DestinationKey = { customerId: 'acme', destinationId: '314' };

export const NOON = Date.UTC(2026, 0, 15, 12);

/** A stored segment named after its ID. */
export function segment(id: string, fields: Partial<StoredSegment> = {}): StoredSegment {
  return makeSegment(id, { name: `Segment ${id}`, ...fields });
}

export function revision(segmentId: string, at: number, fields: Partial<Revision> = {}): Revision {
  return {
    segmentId,
    at,
    kind: 'CREATED',
    name: `Segment ${segmentId}`,
    description: null,
    status: 'ACTIVE',
    source: 'AUDIENCE_MANAGER',
    by: null,
    ...fields,
  };
}

export function change(fields: Partial<ContentChange>): ContentChange {
  return { upserts: [], removals: [], revisions: [], state: {}, ...fields };
}

/** The stored names by segment ID. */
export async function namesIn(
  storage: Storage,
  key: DestinationKey = KEY,
): Promise<Record<string, string | null>> {
  const stored = await storage.read(key);
  return Object.fromEntries([...(stored?.segments ?? [])].map(({ id, name }) => [id, name]));
}

/** The error that a call rejects with. */
export async function storageErrorOf(call: Promise<unknown>): Promise<StorageError> {
  const error = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

export async function codeOf(call: Promise<unknown>): Promise<StorageErrorCode> {
  return (await storageErrorOf(call)).code;
}

/** A generator of numbers in [0, 1), which are the same in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
