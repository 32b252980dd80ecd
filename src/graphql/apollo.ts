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
import type { Admission } from './limits/admission.js';
import type { GatewayContext, OperationRecord } from './request/context.js';
import { costExcess, variableMistake } from './limits/cost.js';
import { createDocumentStore } from './limits/document-store.js';
import { excessError } from './limits/excess.js';
import { codeOfError, defectOf, formatError, refusal } from './request/errors.js';
import type { QuickAnswers } from './fast/response-cache.js';
import { sandboxPage, type SampleOperation } from './sandbox.js';
import { createSchema } from './schema.js';

export interface ApolloOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: LimitsConfig;
  readonly admission: Admission;
  readonly quick: QuickAnswers;
  /** What Sandbox shows first; `null`: there is no Sandbox. */
  readonly samples: readonly SampleOperation[] | null;
}

/** Apollo Server over our schema. Nothing of it depends on NODE_ENV. */
export function createApolloServer(options: ApolloOptions): ApolloServer<GatewayContext> {
  const { logger, metrics, limits, samples } = options;
  const schema = createSchema();
  return new ApolloServer<GatewayContext>({
    schema,
    nodeEnv: 'production',
    introspection: limits.introspection,
    // "Did you mean …" would tell the schema word by word.
    hideSchemaDetailsFromClientErrors: !limits.introspection,
    parseOptions: { maxLexicalTokens: limits.tokens },
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    documentStore: createDocumentStore(),
    // Kept in Apollo's own cache, which is bounded.
    persistedQueries: {},
    maxRecursiveSelections: true,
    stopOnTerminationSignals: false,
    logger: apolloLogger(logger),
    formatError,
    plugins: [
      recordOperations(metrics),
      limitOperations(schema, options),
      reportDefects(),
      // It would look at every field of every answer, for hints that this schema does not give.
      ApolloServerPluginCacheControlDisabled(),
      samples === null ? ApolloServerPluginLandingPageDisabled() : sandboxPage(samples),
    ],
  });
}

/** In lines. */
const LONG = 250;

/**
 * For each place in each error its line is counted from the beginning of the text, which takes a long time in a
 * long text with many errors. In these the places are given as if all were one line.
 */
function isLong(text: string): boolean {
  const lineBreak = /[\n\r]/g;
  for (let lines = 1; lines <= LONG; lines += 1) {
    if (!lineBreak.test(text)) return false;
  }
  return true;
}

/** Refuses operations that the caller may not send, or that could cost too much with their variables. */
function limitOperations(
  schema: GraphQLSchema,
  { admission, metrics, quick }: ApolloOptions,
): ApolloServerPlugin<GatewayContext> {
  const check = (
    context: GraphQLRequestContextDidResolveOperation<GatewayContext>,
    { caller, limits, loader }: GatewayContext,
  ): void => {
    const { request, source, document, operation, operationName } = context;
    // A persisted query's text may have come from a caller that may send any.
    admission.checkTrust(source, caller);
    if (operation?.operation === OperationTypeNode.QUERY && !caller.may('read')) {
      throw refusal('FORBIDDEN', 'This needs the permission read.', 403);
    }
    // What is asked for is done as often as it is asked for.
    if (operation?.operation !== OperationTypeNode.QUERY) loader.readSet.unrepeatable();
    const costed = { schema, document, operationName, variables: request.variables ?? {} };
    const mistake = variableMistake(costed, limits);
    if (mistake !== null) throw mistake;
    const excess = costExcess(costed, limits, {
      customers: () => loader.customers().length,
      destinations: () => Math.max(0, ...loader.customers().map((customer) => customer.destinations.size)),
    });
    if (excess !== null) throw excessError(excess);
    if (operation !== undefined) quick.learn(source, request.operationName ?? null, document, operation);
  };
  return {
    requestDidStart: () =>
      Promise.resolve({
        validationDidStart: ({ document, source }) => {
          if (document.loc !== undefined && isLong(source)) document.loc.source.body = '';
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
          recordRequest(metrics, record, (performance.now() - started) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}

/** Counts and times a request. */
export function recordRequest(metrics: Metrics, record: OperationRecord, seconds: number): void {
  const operation = metrics.operationLabel(record.operation);
  metrics.requests.inc({ operation, outcome: record.outcome ?? 'ok' });
  metrics.requestDuration.observe({ operation }, seconds);
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
