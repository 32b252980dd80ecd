import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { LimitsConfig } from '../config/index.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Caller } from './request/caller.js';
import { createDocumentStore } from './limits/document-store.js';
import { limitOperations, type LimitOptions } from './limits/limit-operations.js';
import { noSdlRule } from './limits/no-sdl.js';
import type { GatewayContext, OperationRecord } from './request/context.js';
import { parserLimits } from './limits/admission.js';
import { boundErrors } from './limits/bound-errors.js';
import { defectOf, formatError, UnwritableAnswer } from './request/errors.js';
import { sandboxPage, type SampleOperation } from './sandbox.js';

/** The parts that Apollo Server needs. */
export interface ApolloOptions extends LimitOptions {
  readonly logger: Logger;
  readonly limits: LimitsConfig;
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
  const writer = new AnswerWriter();
  const plugins: readonly NamedPlugin[] = [
    { name: 'recordOperations', ...recordOperations(metrics) },
    { name: 'limitOperations', ...limitOperations(options) },
    { name: 'reportDefects', ...reportDefects() },
    { name: 'noteAnswers', ...writer.plugin },
    // After `reportDefects`, which looks at all errors.
    { name: 'boundErrors', ...boundErrors() },
    // The plugin would visit every field of every response for cache hints, which this schema does not have.
    { name: 'cacheControlDisabled', ...ApolloServerPluginCacheControlDisabled() },
    // The plugin would tell callers who ask for it how long each field took. Loading it would delay the start.
    { name: 'inlineTraceDisabled', ...ApolloServerPluginInlineTraceDisabled() },
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
    validationRules: limits.introspection ? [] : [noSdlRule],
    parseOptions: parserLimits(limits),
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
    stringifyResult: (result) => writer.write(result),
    plugins: [...plugins],
  });
}

/** Notes name, outcome and error codes of each operation in its context, and counts and times the operation. */
function recordOperations(metrics: Metrics): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: ({ contextValue }) => {
      const started = performance.now();
      const { record, caller } = contextValue;
      return Promise.resolve({
        didResolveOperation: ({ operationName }) => {
          record.operation = operationName;
          return Promise.resolve();
        },
        willSendResponse: ({ response }) => {
          const { body } = response;
          const result = body.kind === 'single' ? body.singleResult : body.initialResult;
          const errors: readonly GraphQLFormattedError[] = result.errors ?? [];
          // Resolvers have noted codes of failures in the data, and `boundErrors` those of errors that are left out.
          const codes = errors.map((error) => String(error.extensions?.['code']));
          record.codes = [...new Set([...codes, ...record.codes])];
          record.outcome = errors.length === 0 ? 'ok' : isEmpty(result.data) ? 'error' : 'partial';
          recordRequest(metrics, record, caller, (performance.now() - started) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}

/** Counts a request and observes its duration in the metrics. */
export function recordRequest(
  metrics: Metrics,
  record: OperationRecord,
  caller: Caller,
  seconds: number,
): void {
  const operation = metrics.operations.labelOf(record.operation, caller.id);
  metrics.requests.inc({ operation, outcome: record.outcome ?? 'ok' });
  metrics.requestDuration.observe({ operation }, seconds);
}

/** Maximum number of defects that are logged of one response. In a long list, one defect may show in every item. */
const MAX_LOGGED_DEFECTS = 10;

const DEFECT_LOG_MESSAGE = 'internal error: a bug in the gateway; please report it with this log entry';

/** Logs defects of the gateway in full. The client gets only the request ID, which is also in the log. */
function reportDefects(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: ({ contextValue }) =>
      Promise.resolve({
        didEncounterErrors: ({ errors }) => {
          let logged = 0;
          for (const error of errors) {
            const defect = defectOf(error);
            if (defect === null) continue;
            contextValue.logger.error({ err: defect, path: error.path }, DEFECT_LOG_MESSAGE);
            logged += 1;
            if (logged === MAX_LOGGED_DEFECTS) break;
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

/** Writes answers as JSON. Apollo Server tells nobody of an answer that cannot be written, such as one that is too long. */
class AnswerWriter {
  /** By the data of the answer, while it is written. */
  readonly #contexts = new WeakMap<object, GatewayContext>();

  /** Notes whose answers are written next. */
  readonly plugin: ApolloServerPlugin<GatewayContext> = {
    requestDidStart: ({ contextValue }) =>
      Promise.resolve({
        willSendResponse: ({ response: { body } }) => {
          const data = body.kind === 'single' ? body.singleResult.data : null;
          if (data !== null && data !== undefined) this.#contexts.set(data, contextValue);
          return Promise.resolve();
        },
      }),
  };

  /** @throws UnwritableAnswer */
  write(result: FormattedExecutionResult): string {
    try {
      return `${JSON.stringify(result)}\n`;
    } catch (error) {
      const context = this.#contexts.get(result.data ?? {});
      if (context === undefined) throw error;
      const { record, logger, requestId } = context;
      record.outcome = 'error';
      record.codes = ['INTERNAL_SERVER_ERROR'];
      logger.error({ err: error }, DEFECT_LOG_MESSAGE);
      throw new UnwritableAnswer(requestId);
    }
  }
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
