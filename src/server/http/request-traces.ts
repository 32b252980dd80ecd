import type { FastifyInstance } from 'fastify';
import { SpanStatusCode, type Span } from '@opentelemetry/api';
import type { OperationRecord } from '../../graphql/index.js';
import type { Headers, RequestTrace, Tracing } from '../../telemetry/tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The span of the request; `null` if no traces are made. */
    trace: RequestTrace | null;
  }
}

/**
 * Makes a span of each request, as a child of the caller's own span that `traceparent` names. All that the request waits
 * for becomes part of it. Routes with `quiet` have none. Source of the attributes' names: OpenTelemetry's semantic conventions for HTTP servers.
 */
export function traceRequests(server: FastifyInstance, tracing: Tracing): void {
  server.decorateRequest('trace', null);
  if (!tracing.isOn) return;
  server.addHook('onRequest', function traceRequest(request, _reply, done) {
    const { url, config } = request.routeOptions;
    if (config.quiet === true) {
      done();
      return;
    }
    const route = url ?? '(none)';
    const started = tracing.startRequest(`${request.method} ${route}`, request.headers, {
      'http.request.method': request.method,
      'http.route': route,
    });
    request.trace = started;
    if (started === null) done();
    else tracing.within(started, done);
  });
  server.addHook('onResponse', function endTrace(request, reply, done) {
    if (request.trace !== null) {
      endRequest(request.trace, reply.statusCode, request.operation, request.caller?.id ?? null);
    }
    done();
  });
  // A client that has disconnected gets no response.
  server.addHook('onRequestAbort', function endAbortedTrace(request, done) {
    request.trace?.span.setAttribute('error.type', 'client_disconnected');
    request.trace?.span.end();
    done();
  });
}

/** Makes the span of a request that the fast path has answered. @param started by `performance.now()` */
export function traceFastRequest(
  tracing: Tracing,
  request: { readonly headers: Headers; readonly started: number; readonly caller: string },
  status: number,
  record: OperationRecord,
): RequestTrace | null {
  if (!tracing.isOn) return null;
  const attributes = { 'http.request.method': 'POST', 'http.route': '/graphql', 'gateway.fast_path': true };
  const startTime = performance.timeOrigin + request.started;
  const trace = tracing.startRequest('POST /graphql', request.headers, attributes, startTime);
  if (trace !== null) endRequest(trace, status, record, request.caller);
  return trace;
}

function endRequest(
  { span }: RequestTrace,
  status: number,
  record: OperationRecord,
  caller: string | null,
): void {
  span.setAttribute('http.response.status_code', status);
  noteOperation(span, record);
  if (caller !== null) span.setAttribute('gateway.caller', caller);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Notes what became of an operation. The name is the caller's own; its text and variables are never noted. */
export function noteOperation(span: Span, { operation, outcome, codes }: OperationRecord): void {
  if (operation !== null) span.setAttribute('graphql.operation.name', operation);
  if (outcome !== null) span.setAttribute('gateway.outcome', outcome);
  if (codes.length > 0) span.setAttribute('gateway.error_codes', [...codes]);
}
