import { types, type ClientConfig } from 'pg';
import { parsePostgresUrl, type PostgresHost } from '../../base/postgres-url.js';
import type { Logger } from '../../telemetry/logs.js';
import { StorageError } from '../errors.js';
import { describe, isRejectedLogIn, ReadOnlyServerError } from './errors.js';

const CONNECTION_TIMEOUT_MS = 5_000;

/** With several hosts, the next one is tried sooner. */
const CONNECTION_TIMEOUT_OF_SEVERAL_MS = 3_000;

/** How long a connection is idle before the system begins to ask whether the other side is still there. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** Each password twice: the database may change it while the other one is tried. */
const MAX_LOG_INS = 4;

const PREVIOUS_PASSWORD =
  'PostgreSQL does not accept the password of storage.postgres: using the one from before the reload, which still works';

const NO_PRIMARY =
  'no host of storage.postgres is a primary: names are read from a standby, and nothing can be stored';

type TypeParser = (value: string | Buffer) => unknown;

/** Where the next connection is made to, and with which connection string. */
export interface Server extends PostgresHost {
  /** The connection string that the host is of. */
  readonly source: string;
  /** Whether a standby is good enough, because no host is a primary. */
  readonly acceptsStandby: boolean;
}

/**
 * The hosts of a connection string, and which one is the primary as far as is known. Users and passwords may change
 * while the gateway runs: the last one that worked is kept until another one works.
 */
export class Servers {
  readonly #logger: Logger;
  #configuredUrl: string;
  /** The connection string in use. */
  #url: string;
  /** Another connection string, for when the server does not accept the password of `#url`. */
  #otherUrl: string | null = null;
  /** The connection string that was logged as the one that works. */
  #reported: string | null = null;
  #hosts: readonly PostgresHost[];
  #seeksPrimary: boolean;
  /** The position of the host that connections are made to. */
  #current = 0;
  #acceptsStandby = false;
  /** Whether it was logged that there is no primary. */
  #isOnStandby = false;

  /** @param url a valid connection string */
  constructor(url: string, logger: Logger) {
    this.#logger = logger;
    this.#configuredUrl = url;
    this.#url = url;
    this.#hosts = [];
    this.#seeksPrimary = false;
    this.#use(url);
  }

  get current(): Server {
    const host = this.#hosts[this.#current];
    if (host === undefined) throw new Error('a connection string has at least one host');
    return { ...host, source: this.#url, acceptsStandby: this.#acceptsStandby || !this.#seeksPrimary };
  }

  get count(): number {
    return this.#hosts.length;
  }

  /** How long connecting to one host may take, in milliseconds. */
  get timeoutMs(): number {
    return this.count > 1 ? CONNECTION_TIMEOUT_OF_SEVERAL_MS : CONNECTION_TIMEOUT_MS;
  }

  /** The configuration of a connection to the current host. */
  clientConfig(): ClientConfig {
    return {
      connectionString: this.current.url,
      application_name: 'aam-segment-gateway',
      connectionTimeoutMillis: this.timeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      // Times and counts are bigint columns. pg returns those as text, but all of these values fit into a
      // number.
      types: {
        getTypeParser: (oid, format): TypeParser =>
          oid === types.builtins.INT8 && format !== 'binary'
            ? Number
            : (types.getTypeParser(oid, format) as TypeParser),
      },
    };
  }

  /** From now on, connections are made with the user and the password of this connection string. */
  setUrl(url: string): void {
    this.#configuredUrl = url;
    this.#reported = null;
    if (url === this.#url) return;
    this.#otherUrl = this.#url;
    this.#use(url);
  }

  /**
   * Calls `connect` for one host after the other until it succeeds, beginning with the last one that did. A standby is
   * taken if no host is a primary: names can be read from it until there is one again.
   *
   * @param connect connects to `current`
   * @throws the error of the only host, one that names all hosts with theirs, or a StorageError that is due to none of them
   */
  async find<T>(connect: () => Promise<T>): Promise<T> {
    const errors = new Map<string, unknown>();
    let standby: number | null = null;
    for (let tries = 0; tries < this.count; tries++) {
      const server = this.current;
      try {
        const connected = await this.#logIn(connect);
        if (!this.#acceptsStandby) this.#onPrimary();
        return connected;
      } catch (error) {
        // A full pool says nothing of the host.
        if (error instanceof StorageError) throw error;
        errors.set(server.name, error);
        if (isRejectedLogIn(error) || this.count === 1) throw error;
        if (error instanceof ReadOnlyServerError) standby ??= this.#current;
        this.moveOn(server);
      }
    }
    if (standby !== null) {
      this.#current = standby;
      this.#acceptsStandby = true;
      if (!this.#isOnStandby) this.#logger.warn({ host: this.current.name }, NO_PRIMARY);
      this.#isOnStandby = true;
      return await connect();
    }
    throw new Error([...errors].map(([host, error]) => `${host}: ${describe(error)}`).join('; '));
  }

  #onPrimary(): void {
    if (this.#isOnStandby) this.#logger.info({ host: this.current.name }, 'found a PostgreSQL primary again');
    this.#isOnStandby = false;
  }

  /** The next connection is made to the next host, if it is still this one's turn; a standby has to be a primary again. */
  moveOn(from: PostgresHost): void {
    this.#acceptsStandby = false;
    if (this.current.name === from.name) this.#current = (this.#current + 1) % this.count;
  }

  /** A standby is not good enough any more: something has to be written. */
  seekPrimary(): void {
    this.#acceptsStandby = false;
  }

  /** Connects, with the other user and password if the server does not accept these. */
  async #logIn<T>(connect: () => Promise<T>): Promise<T> {
    let rejection: unknown = null;
    for (let attempts = 1; ; attempts++) {
      try {
        const connected = await connect();
        if (rejection !== null) this.#report(rejection);
        return connected;
      } catch (error) {
        if (!isRejectedLogIn(error) || this.#otherUrl === null || attempts === MAX_LOG_INS) throw error;
        rejection ??= error;
      }
    }
  }

  /** The server has not accepted the user or the password of a connection: the next one is made with the other ones. */
  onRejected({ source }: Server): void {
    // Another connection may have been rejected first.
    if (source !== this.#url || this.#otherUrl === null) return;
    const other = this.#otherUrl;
    this.#otherUrl = source;
    this.#use(other);
  }

  /** Logs once which password works, if it is not the one that was expected to. */
  #report(rejection: unknown): void {
    if (this.#url === this.#reported) return;
    this.#reported = this.#url;
    if (this.#url === this.#configuredUrl) this.#logger.info('PostgreSQL accepts the new password now');
    else this.#logger.warn({ error: describe(rejection) }, PREVIOUS_PASSWORD);
  }

  #use(url: string): void {
    const parsed = parsePostgresUrl(url);
    if (parsed === null) throw new Error('storage.postgres is not a connection string');
    this.#url = url;
    this.#hosts = parsed.hosts;
    this.#current = Math.min(this.#current, this.#hosts.length - 1);
    this.#seeksPrimary = this.#hosts.length > 1 && parsed.targetSessionAttrs !== 'any';
  }
}
