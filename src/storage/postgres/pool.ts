import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool, types, type ClientConfig, type PoolClient } from 'pg';
import type { Logger } from '../../telemetry/logs.js';
import { DeferredParameters, parametersOf } from '../insert-batch.js';

const CONNECTION_TIMEOUT_MS = 5_000;
/** Enforced by the server. */
const STATEMENT_TIMEOUT_MS = 30_000;
/**
 * Enforced by the client. Longer than the server's: if the server has not even reported its time-out, it is
 * gone.
 */
const QUERY_TIMEOUT_MS = 40_000;

type TypeParser = (value: string | Buffer) => unknown;

/** The configuration of every connection. */
export function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'aam-segment-gateway',
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
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

/** A pool of at most `size` connections for queries, each query limited in time. */
export function queryPool(url: string, size: number, logger: Logger): PostgresPool {
  return kyselyPool(
    new Pool({
      ...clientConfig(url),
      max: size,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    }),
    logger,
  );
}

/** A pool of one connection for migrations, which are not limited in time. */
export function migrationPool(url: string, logger: Logger): PostgresPool {
  return kyselyPool(new Pool({ ...clientConfig(url), max: 1 }), logger);
}

/** Adapts a pool for Kysely. Broken connections are discarded when they are released. */
function kyselyPool(pool: Pool, logger: Logger): PostgresPool {
  // Without a listener, the error of an idle connection would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'lost an idle connection to PostgreSQL'));
  return {
    connect: async () => poolClient(await pool.connect()),
    end: () => pool.end(),
  };
}

function poolClient(client: PoolClient): PostgresPoolClient {
  let isBroken = false;
  // The pool does not listen to errors of a connection in use. A query in flight rejects by itself.
  const onError = (): void => {
    isBroken = true;
  };
  client.on('error', onError);
  const query = async (text: unknown, values?: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(text as string, values === undefined ? undefined : encoded(values));
    } catch (error) {
      // A DatabaseError is the server's answer to a statement; the connection itself still works.
      if (!(error instanceof DatabaseError)) isBroken = true;
      throw error;
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: () => {
      client.off('error', onError);
      client.release(isBroken);
    },
  };
}

function encoded(parameters: readonly unknown[]): unknown[] {
  const deferred = DeferredParameters.of(parameters);
  return deferred === null ? [...parameters] : parametersOf(deferred.batch);
}
