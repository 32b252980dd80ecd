import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextDidResolveOperation,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { OperationTypeNode, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { LimitsConfig } from '../config/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { FastResponder } from './fast/fast-responder.js';
import type { Admission } from './limits/admission.js';
import type { GatewayContext, OperationRecord } from './request/context.js';
import { costExcess, variableMistake } from './limits/cost.js';
import { createDocumentStore } from './limits/document-store.js';
import { excessError } from './limits/excess.js';
import { codeOfError, defectOf, formatError, refusal } from './request/errors.js';
import { sandboxPage, type SampleOperation } from './sandbox.js';

/** The parts that Apollo Server needs. */
export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: LimitsConfig;
  readonly admission: Admission;
  /** Learns every operation that passes validation and all limits. */
  readonly responder: FastResponder;
  /** The operations that Sandbox shows first; `null`: Sandbox is turned off. */
  readonly samples: readonly SampleOperation[] | null;
}

/**
 * The fast path does not run Apollo plugins. The name of each plugin is declared in test/server/fast-path-hooks.test.ts,
 * together with the reason why the fast path can do without it.
 */
interface NamedPlugin extends ApolloServerPlugin<GatewayContext> {
  readonly name: string;
}

/** Creates the gateway's Apollo Server. Its behavior does not depend on NODE_ENV. */
export function createApolloServer(options: ApolloOptions): ApolloServer<GatewayContext> {
  const { schema, logger, metrics, limits, samples } = options;
  const plugins: readonly NamedPlugin[] = [
    { name: 'recordOperations', ...recordOperations(metrics) },
    { name: 'limitOperations', ...limitOperations(options) },
    { name: 'reportDefects', ...reportDefects() },
    // The plugin would visit every field of every response for cache hints, which this schema does not have.
    { name: 'cacheControlDisabled', ...ApolloServerPluginCacheControlDisabled() },
    samples === null
      ? { name: 'landingPageDisabled', ...ApolloServerPluginLandingPageDisabled() }
      : { name: 'sandboxPage', ...sandboxPage(samples) },
  ];
  return new ApolloServer<GatewayContext>({
    schema,
    nodeEnv: 'production',
    introspection: limits.introspection,
    // Suggestions ("Did you mean …") would reveal the schema name by name.
    hideSchemaDetailsFromClientErrors: !limits.introspection,
    parseOptions: { maxLexicalTokens: limits.tokens },
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    documentStore: createDocumentStore(),
    // Persisted queries are stored in Apollo's default cache, which is bounded.
    persistedQueries: {},
    maxRecursiveSelections: true,
    stopOnTerminationSignals: false,
    logger: apolloLogger(logger),
    formatError,
    plugins: [...plugins],
  });
}

/** Documents with more lines than this get no exact locations in their errors. */
const MAX_LINES_WITH_LOCATIONS = 250;

function hasManyLines(text: string): boolean {
  const lineBreak = /[\n\r]/g;
  for (let lines = 1; lines <= MAX_LINES_WITH_LOCATIONS; lines += 1) {
    if (!lineBreak.test(text)) return false;
  }
  return true;
}

/** Refuses operations that the caller may not send or that could exceed a limit with their variables. */
function limitOperations({
  schema,
  admission,
  metrics,
  responder,
}: ApolloOptions): ApolloServerPlugin<GatewayContext> {
  const check = (
    context: GraphQLRequestContextDidResolveOperation<GatewayContext>,
    { caller, limits, loader }: GatewayContext,
  ): void => {
    const { request, source, document, operation, operationName } = context;
    // The text of a persisted query may have been stored by a caller with other permissions.
    admission.checkTrust(source, caller);
    if (operation?.operation === OperationTypeNode.QUERY && !caller.may('read')) {
      throw refusal('FORBIDDEN', 'This needs the permission read.', 403);
    }
    // A mutation has to be executed each time.
    if (operation?.operation !== OperationTypeNode.QUERY) loader.readSet.unrepeatable();
    const costed = { schema, document, operationName, variables: request.variables ?? {} };
    const mistake = variableMistake(costed, limits);
    if (mistake !== null) throw mistake;
    const excess = costExcess(costed, limits, {
      customers: () => loader.customers().length,
      destinations: () => Math.max(0, ...loader.customers().map((customer) => customer.destinations.size)),
      allDestinations: () =>
        loader.customers().reduce((count, { destinations }) => count + destinations.size, 0),
    });
    if (excess !== null) throw excessError(excess);
    if (operation !== undefined) {
      responder.learn(source, request.operationName ?? null, document, operation);
    }
  };
  return {
    requestDidStart: () =>
      Promise.resolve({
        validationDidStart: ({ document, source }) => {
          // graphql-js counts lines from the start of the text for each location of each error. Without the text it
          // treats the document as one line, so a long document with many errors does not block the event loop.
          if (document.loc !== undefined && hasManyLines(source)) document.loc.source.body = '';
          return Promise.resolve();
        },
        didResolveOperation: (context) => {
          try {
            check(context, context.contextValue);
          } catch (error) {
            metrics.rejections.inc({ reason: codeOfError(error).toLowerCase() });
            throw error;
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Notes name, outcome and error codes of each operation in its context, and counts and times the operation. */
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
          recordRequest(metrics, record, (performance.now() - started) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}

/** Counts a request and observes its duration in the metrics. */
export function recordRequest(metrics: Metrics, record: OperationRecord, seconds: number): void {
  const operation = metrics.operationLabel(record.operation);
  metrics.requests.inc({ operation, outcome: record.outcome ?? 'ok' });
  metrics.requestDuration.observe({ operation }, seconds);
}

/** Logs defects of the gateway in full. The client gets only the request ID, which is also in the log. */
function reportDefects(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: ({ contextValue }) =>
      Promise.resolve({
        didEncounterErrors: ({ errors }) => {
          for (const error of errors) {
            const defect = defectOf(error);
            if (defect !== null)
              contextValue.logger.error(
                { err: defect, path: error.path },
                'internal error: a bug in the gateway; please report it with this log entry',
              );
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

/** Whether a response has no data except nulls. */
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
