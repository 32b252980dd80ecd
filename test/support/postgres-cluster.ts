import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFile, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.js';
import { findProgram, postgresPrograms } from './programs.js';

const execute = promisify(execFile);

/** Servers refuse to run as root. */
const SERVER_USER = 'postgres';

/** Whose rights servers get: those of their own user if this process is root. `null`: there is no such user. */
const identity = findIdentity();

/** The folder of PostgreSQL's programs, if a server can be run here; else `null`. */
export const clusterPrograms: string | null = identity === null ? null : postgresPrograms();

/** PgBouncer, if it can be run here; else `null`. */
export const pgbouncer: string | null = identity === null ? null : findProgram('pgbouncer');

function findIdentity(): { readonly uid?: number; readonly gid?: number } | null {
  if (process.getuid?.() !== 0) return {};
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, SERVER_USER])));
    return uid === undefined || gid === undefined ? null : { uid, gid };
  } catch {
    return null;
  }
}

/** A folder that servers may use. Deleted by the caller. */
async function serverFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  if (identity?.uid !== undefined && identity.gid !== undefined)
    await chown(folder, identity.uid, identity.gid);
  return folder;
}

/** A PostgreSQL server of a test's own: primary, or standby of another one. Nothing in it survives the test. */
export class PostgresCluster {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;

  private constructor(programs: string, folder: string, port: number) {
    this.#programs = programs;
    this.#folder = folder;
    this.port = port;
  }

  /** A new server that others may follow. @param settings lines of postgresql.conf */
  static async create(settings: readonly string[] = []): Promise<PostgresCluster> {
    const cluster = await PostgresCluster.#empty();
    await cluster.#run('initdb', [
      '-D',
      cluster.#data,
      '-U',
      SERVER_USER,
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-sync',
    ]);
    await cluster.#append(settings);
    await cluster.start();
    return cluster;
  }

  static async #empty(): Promise<PostgresCluster> {
    if (clusterPrograms === null) throw new Error('PostgreSQL is not installed');
    return new PostgresCluster(clusterPrograms, await serverFolder(), await freePort());
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  /** Host and port. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  url({ user = SERVER_USER, database = 'postgres' } = {}): string {
    return `postgres://${user}@${this.host}/${database}`;
  }

  async #append(settings: readonly string[]): Promise<void> {
    const lines = [
      "listen_addresses = '127.0.0.1'",
      `unix_socket_directories = '${this.#folder}'`,
      `port = ${this.port}`,
      'fsync = off',
      'shared_buffers = 16MB',
      'max_connections = 60',
      ...settings,
    ];
    await appendFile(join(this.#data, 'postgresql.conf'), `${lines.join('\n')}\n`);
  }

  async start(): Promise<void> {
    const log = join(this.#folder, 'log');
    await this.#run('pg_ctl', ['start', '-w', '-s', '-D', this.#data, '-l', log]);
  }

  /** Ends all connections and the server, as a crash of its machine would. */
  async stop(): Promise<void> {
    await this.#run('pg_ctl', ['stop', '-w', '-s', '-m', 'immediate', '-D', this.#data]);
  }

  /** A server that follows this one. */
  async standby(): Promise<PostgresCluster> {
    const standby = await PostgresCluster.#empty();
    await standby.#run('pg_basebackup', [
      '-D',
      standby.#data,
      '-R',
      '-c',
      'fast',
      '-X',
      'stream',
      '--no-sync',
      '-d',
      this.url(),
    ]);
    await standby.#append([]);
    await standby.start();
    return standby;
  }

  /** Makes this standby a primary. Resolves when it can be written. */
  async promote(): Promise<void> {
    await this.#run('pg_ctl', ['promote', '-w', '-s', '-D', this.#data]);
  }

  /** Makes this stopped server a standby of another one, if that one began as its standby. */
  async follow(primary: PostgresCluster): Promise<void> {
    const connection = `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=${SERVER_USER}'`;
    await this.#append([connection]);
    await writeFile(join(this.#data, 'standby.signal'), '');
  }

  async query<Row extends pg.QueryResultRow>(text: string, database = 'postgres'): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url({ database }) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Replaces the rules by which users log in. */
  async setAccess(lines: readonly string[]): Promise<void> {
    const file = join(this.#data, 'pg_hba.conf');
    await writeFile(file, `${lines.join('\n')}\n`);
    await this.query('select pg_reload_conf()');
  }

  async dispose(): Promise<void> {
    await this.stop().catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await execute(join(this.#programs, program), [...args], { cwd: '/', ...identity });
  }
}

/** A PgBouncer in front of a server. */
export class PgBouncer {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  /**
   * @param server host and port
   * @param settings more lines of the configuration
   */
  static async start(
    server: { readonly port: number },
    poolMode: 'session' | 'transaction' | 'statement',
    settings: readonly string[] = [],
  ): Promise<PgBouncer> {
    if (pgbouncer === null) throw new Error('PgBouncer is not installed');
    const folder = await serverFolder();
    const port = await freePort();
    const file = join(folder, 'pgbouncer.ini');
    const lines = [
      '[databases]',
      `* = host=127.0.0.1 port=${server.port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      `pool_mode = ${poolMode}`,
      ...settings,
    ];
    // `any` takes the user from the database's line.
    lines[1] = `${lines[1] ?? ''} user=${SERVER_USER}`;
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o644 });
    const child = spawn(pgbouncer, ['-q', file], { stdio: 'ignore', cwd: '/', ...identity });
    const bouncer = new PgBouncer(port, folder, child);
    await bouncer.#isListening();
    return bouncer;
  }

  url(database = 'postgres'): string {
    return `postgres://${SERVER_USER}@127.0.0.1:${this.port}/${database}`;
  }

  async #isListening(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const client = new pg.Client({ connectionString: this.url() });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error('PgBouncer does not start');
  }

  async dispose(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGINT');
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
