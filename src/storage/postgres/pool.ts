import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool, types, type ClientConfig, type PoolClient } from 'pg';
import type { Logger } from '../../telemetry/logs.js';
import { DeferredParameters, parametersOf } from '../packed-rows.js';

const CONNECTION_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** When the server has not even reported a time-out, the connection is dead. */
const ANSWER_TIMEOUT_MS = 40_000;

type TypeParser = (value: string | Buffer) => unknown;

/** How every connection is made. */
export function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'aam-segment-gateway',
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    // Moments and counts are bigint: pg would give texts, as not every value fits a number.
    types: {
      getTypeParser: (oid, format): TypeParser =>
        oid === types.builtins.INT8 && format !== 'binary'
          ? Number
          : (types.getTypeParser(oid, format) as TypeParser),
    },
  };
}

/** Connections for queries, each limited in time. */
export function queryPool(url: string, size: number, logger: Logger): PostgresPool {
  return kyselyPool(
    new Pool({
      ...clientConfig(url),
      max: size,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
    }),
    logger,
  );
}

/** One connection for the schema, whose changes may take as long as they need. */
export function migrationPool(url: string, logger: Logger): PostgresPool {
  return kyselyPool(new Pool({ ...clientConfig(url), max: 1 }), logger);
}

/** A pool as Kysely uses one, that does not take back connections on which more than a statement has failed. */
function kyselyPool(pool: Pool, logger: Logger): PostgresPool {
  // Without a listener, an idle connection that breaks would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'lost an idle connection to PostgreSQL'));
  return {
    connect: async () => pooled(await pool.connect()),
    end: () => pool.end(),
  };
}

function pooled(client: PoolClient): PostgresPoolClient {
  let broken = false;
  // While it is lent out, the pool does not listen. What is under way on it fails by itself.
  const onError = (): void => {
    broken = true;
  };
  client.on('error', onError);
  const query = async (text: unknown, values?: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(text as string, values === undefined ? undefined : valuesOf(values));
    } catch (error) {
      if (!(error instanceof DatabaseError)) broken = true;
      throw error;
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: () => {
      client.off('error', onError);
      client.release(broken);
    },
  };
}

function valuesOf(parameters: readonly unknown[]): unknown[] {
  const deferred = DeferredParameters.of(parameters);
  return deferred === null ? [...parameters] : parametersOf(deferred.rows);
}
