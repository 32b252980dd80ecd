import type { ApolloServer, HeaderMap, HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Config } from '../../config/index.js';
import type { Directory } from '../../directory/index.js';
import {
  DestinationLoader,
  codeOfError,
  unauthenticated,
  type Admission,
  type Deadline,
  type GatewayContext,
  type OperationRecord,
} from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Tracing } from '../../telemetry/tracing.js';
import { audit } from '../access/audit.js';
import { noteOperation } from '../http/request-traces.js';
import { operationOf, useText } from './operation-request.js';

/** What executing an operation needs. */
export interface ExecutionOptions {
  readonly config: Pick<Config, 'limits'>;
  /** Must have been started. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly admission: Admission;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly clock: Clock;
  /** When the request has to be answered. */
  readonly deadline: Deadline;
  /** Whether the gateway itself has chosen the operation, so that it need not be a trusted document. Default: `false`. */
  readonly isOwnOperation?: boolean;
}

/** Apollo Server's answer to an operation. */
export interface OperationAnswer {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly text: string;
}

/**
 * Lets Apollo Server execute one operation of a request.
 *
 * @param record is filled in with what becomes of the operation
 */
export async function executeOperation(
  request: FastifyRequest,
  http: HTTPGraphQLRequest,
  record: OperationRecord,
  options: ExecutionOptions,
): Promise<OperationAnswer> {
  const { apollo, tracing } = options;
  const { status, headers, body } = await tracing.span('operation', {}, (span) =>
    apollo
      .executeHTTPGraphQLRequest({
        httpGraphQLRequest: http,
        context: () => Promise.resolve(contextOf(request, http, record, options)),
      })
      .finally(() => noteOperation(span, record)),
  );
  if (body.kind !== 'complete') throw new Error('incremental delivery is not part of the schema');
  return { status: status ?? 200, headers, text: body.string };
}

/** @throws GraphQLError where the operation is refused before it is executed */
function contextOf(
  request: FastifyRequest,
  http: HTTPGraphQLRequest,
  record: OperationRecord,
  options: ExecutionOptions,
): GatewayContext {
  const { clock, config, deadline, directory, isOwnOperation, metrics } = options;
  const { caller } = request;
  try {
    // A browser without a key, which the guard let through to get the Sandbox page.
    if (caller === null) throw unauthenticated();
    const text = options.admission.admit(operationOf(http), caller, isOwnOperation);
    if (text !== null) useText(http, text);
    const loader = new DestinationLoader(directory, caller, metrics, deadline);
    request.loaders.push(loader);
    return {
      caller,
      loader,
      limits: config.limits,
      deadline,
      record,
      isOwnOperation,
      requestId: request.id,
      now: () => clock.now(),
      logger: request.log,
      audit: (entry) => audit(request, entry),
    };
  } catch (error) {
    const code = codeOfError(error);
    record.codes = [code];
    record.outcome = 'error';
    metrics.rejections.inc({ reason: code.toLowerCase() });
    throw error;
  }
}
