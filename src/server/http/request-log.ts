import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OperationRecord } from '../../graphql/index.js';
import type { Tracing } from '../../telemetry/tracing.js';
import { onClientDisconnect } from './client-disconnect.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Facts about the GraphQL operation; its fields stay empty for other requests. */
    operation: OperationRecord;
  }

  interface FastifyContextConfig {
    /**
     * The route is requested all the time, as by monitoring, or several times for one page, and says nothing of the API's use:
     * its requests are logged at level debug, and not traced.
     */
    quiet?: boolean;
  }
}

const REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** The request ID that the client sent as `x-request-id`, if it is valid; else a new one. */
export function requestIdOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Logs one line per request, and sends the request ID in the response. */
export function logRequests(server: FastifyInstance, tracing: Tracing): void {
  server.decorateRequest('operation');
  server.addHook('onRequest', (request, reply, done) => {
    request.operation = { operation: null, outcome: null, codes: [] };
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const line = fieldsOf(request, reply.statusCode, reply.elapsedTime);
    const log = (): void => {
      if (request.routeOptions.config.quiet === true) request.log.debug(line, 'request');
      else request.log.info(line, 'request');
    };
    // The line names the span of the request. This hook runs outside of it.
    if (request.trace === null) log();
    else tracing.within(request.trace, log);
    done();
  });
  onClientDisconnect(server, (request) => {
    request.log.info({ ...fieldsOf(request, null, null), outcome: 'aborted' }, 'request');
  });
}

function fieldsOf(request: FastifyRequest, status: number | null, milliseconds: number | null): object {
  return requestLine({
    method: request.method,
    // The route instead of the URL, because the query string of a GET contains the operation and its variables.
    path: request.routeOptions.url ?? '(none)',
    record: request.operation,
    caller: request.caller?.id ?? null,
    status,
    milliseconds,
  });
}

/** Creates the log fields of a request. */
export function requestLine(request: {
  /** Left out if the logger adds it itself. */
  readonly requestId?: string;
  readonly method: string;
  readonly path: string;
  readonly record: OperationRecord;
  readonly caller: string | null;
  readonly status: number | null;
  readonly milliseconds: number | null;
}): object {
  const { requestId, method, path, record, caller, status, milliseconds } = request;
  const { operation, operations, outcome, codes } = record;
  const line: Record<string, unknown> = {};
  if (requestId !== undefined) line['requestId'] = requestId;
  line['method'] = method;
  line['path'] = path;
  if (operation !== null) line['operation'] = operation;
  if (operations !== undefined) line['operations'] = operations;
  if (caller !== null) line['caller'] = caller;
  line['status'] = status;
  line['outcome'] = outcome ?? (status !== null && status >= 400 ? 'rejected' : 'ok');
  if (codes.length > 0) line['codes'] = codes;
  line['ms'] = milliseconds === null ? null : Math.round(milliseconds * 10) / 10;
  return line;
}
