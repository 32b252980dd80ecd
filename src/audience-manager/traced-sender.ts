import { SpanKind, type Span, type Tracing } from '../telemetry/tracing.js';
import type { HttpRequest, SendResult, Sender } from './sender.js';

/**
 * The same sender, with a span for each attempt, which is passed on in the header `traceparent`. Without tracing it is the
 * sender itself. Source of the attributes' names: OpenTelemetry's semantic conventions for HTTP clients.
 */
export function tracedSender(sender: Sender, tracing: Tracing): Sender {
  if (!tracing.isOn) return sender;
  const traced = <TBody>(
    name: string,
    request: HttpRequest,
    send: (request: HttpRequest) => Promise<SendResult<TBody>>,
  ): Promise<SendResult<TBody>> => {
    const { host, pathname } = new URL(request.url);
    const attributes = {
      'http.request.method': request.method,
      'server.address': host,
      'url.path': pathname,
    };
    return tracing.span(
      name,
      attributes,
      async (span) => {
        const headers = { ...request.headers, ...tracing.outgoingHeaders() };
        const result = await send({ ...request, headers });
        noteOutcome(span, result);
        return result;
      },
      SpanKind.CLIENT,
    );
  };
  return {
    send: (request, limits) => traced('audience-manager.call', request, (sent) => sender.send(sent, limits)),
    fetchPage: (request, limits) =>
      traced('audience-manager.page', request, (sent) => sender.fetchPage(sent, limits)),
    close: () => sender.close(),
  };
}

function noteOutcome(span: Span, result: SendResult<unknown>): void {
  if (result.kind === 'response') span.setAttribute('http.response.status_code', result.response.status);
  else span.setAttribute('error.type', result.kind);
}
