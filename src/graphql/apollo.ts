import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { GatewayContext } from './context.js';
import { defectOf, formatError } from './errors.js';
import { sandboxPage, type SampleOperation } from './sandbox.js';
import { createSchema } from './schema.js';

export interface ApolloOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly samples: readonly SampleOperation[];
}

/** Apollo Server over our schema. Nothing of it depends on NODE_ENV. */
export function createApolloServer(options: ApolloOptions): ApolloServer<GatewayContext> {
  const { logger, metrics } = options;
  return new ApolloServer<GatewayContext>({
    schema: createSchema(),
    nodeEnv: 'production',
    introspection: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    maxRecursiveSelections: true,
    stopOnTerminationSignals: false,
    logger: apolloLogger(logger),
    formatError,
    plugins: [recordOperations(metrics), reportDefects(), sandboxPage(options.samples)],
  });
}

/** Notes name, outcome and error codes of each operation in its context, and counts and times it. */
function recordOperations(metrics: Metrics): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: ({ contextValue }) => {
      const started = performance.now();
      const { record } = contextValue;
      return Promise.resolve({
        didResolveOperation: ({ operationName }) => {
          record.operation = operationName;
          return Promise.resolve();
        },
        willSendResponse: ({ response }) => {
          const { body } = response;
          const result = body.kind === 'single' ? body.singleResult : body.initialResult;
          const errors: readonly GraphQLFormattedError[] = result.errors ?? [];
          record.codes = [...new Set(errors.map((error) => String(error.extensions?.['code'])))];
          record.outcome = errors.length === 0 ? 'ok' : isEmpty(result.data) ? 'error' : 'partial';
          const operation = metrics.operationLabel(record.operation);
          metrics.requests.inc({ operation, outcome: record.outcome });
          metrics.requestDuration.observe({ operation }, (performance.now() - started) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}

/** Logs what clients are not told, and gives them the request's ID to ask about it. */
function reportDefects(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: ({ contextValue }) =>
      Promise.resolve({
        didEncounterErrors: ({ errors }) => {
          for (const error of errors) {
            const defect = defectOf(error);
            if (defect !== null)
              contextValue.logger.error({ err: defect, path: error.path }, 'a defect in the gateway');
          }
          return Promise.resolve();
        },
        willSendResponse: ({ response }) => {
          const { body } = response;
          if (body.kind !== 'single' || body.singleResult.errors === undefined) return Promise.resolve();
          body.singleResult.errors = body.singleResult.errors.map((error) =>
            error.extensions?.['code'] === 'INTERNAL_SERVER_ERROR'
              ? { ...error, extensions: { ...error.extensions, requestId: contextValue.requestId } }
              : error,
          );
          return Promise.resolve();
        },
      }),
  };
}

/** No data, or nothing but nulls in it. */
function isEmpty(data: Record<string, unknown> | null | undefined): boolean {
  return data === null || data === undefined || Object.values(data).every((value) => value === null);
}

function apolloLogger(
  logger: Logger,
): Record<'debug' | 'info' | 'warn' | 'error', (message?: unknown) => void> {
  const child = logger.child({ component: 'apollo' });
  return {
    debug: (message) => child.debug(String(message)),
    info: (message) => child.debug(String(message)),
    warn: (message) => child.warn(String(message)),
    error: (message) => child.error(String(message)),
  };
}
