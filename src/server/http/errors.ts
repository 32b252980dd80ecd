import {
  STATUS_CODES,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { forbidCaching } from './headers.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What to do if a body is too large for the route, as a sentence. */
    ifTooLarge?: string;
    /** What is said of a body that is empty, if the route does not take GraphQL. */
    ifEmpty?: string;
  }
}

/** An answer in the format of GraphQL errors. */
export interface ErrorBody {
  readonly errors: readonly {
    readonly message: string;
    readonly extensions: {
      readonly code: ErrorCode;
      readonly requestId?: string;
      readonly [detail: string]: unknown;
    };
  }[];
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the log says of a defect. */
export const DEFECT_LOG_MESSAGE =
  'internal error: a bug in the gateway; please report it with this log entry';

/**
 * Creates a response body in the format of GraphQL errors, for requests that fail before GraphQL execution.
 *
 * @param details further extensions of the error
 */
export function errorBody(
  code: ErrorCode,
  message: string,
  requestId?: string,
  details: Readonly<Record<string, unknown>> = {},
): ErrorBody {
  const extensions = { code, ...(requestId !== undefined && { requestId }), ...details };
  return { errors: [{ message, extensions }] };
}

/** What is answered with status 503. */
interface Overload {
  /** Value of the header. */
  readonly retryAfter: string;
  readonly error: ErrorBody;
}

/** What is answered instead of a large answer while too many others are being sent. */
export function tooManyLargeAnswers(): Overload {
  const message = 'The gateway is sending too many large answers; try again in a few seconds.';
  return { retryAfter: '2', error: errorBody('RATE_LIMITED', message) };
}

/** What is answered to a caller of whose requests too many wait. */
export function tooManyWaiting(): Overload {
  const message =
    'Too many of your requests wait for their turn; send fewer or smaller ones at once, or try again in a few seconds.';
  return { retryAfter: '2', error: errorBody('RATE_LIMITED', message) };
}

/** Rejects a request with status 503. */
export function refuseForOverload(reply: FastifyReply, metrics: Metrics, overload: Overload): FastifyReply {
  return reply.send(overloadRefusal(reply, metrics, overload));
}

/** As `refuseForOverload`, for a response that is being sent. @returns its body */
export function overloadRefusal(
  reply: FastifyReply,
  metrics: Metrics,
  { retryAfter, error }: Overload,
): string {
  metrics.rejections.inc({ reason: 'overloaded' });
  const { operation } = reply.request;
  operation.codes = error.errors.map(({ extensions }) => extensions.code);
  operation.outcome = 'error';
  forbidCaching(reply);
  // It is not compressed, though the answer was whose place it takes.
  reply.code(503).removeHeader('content-encoding').header('retry-after', retryAfter).type(JSON_TYPE);
  return JSON.stringify(error);
}

/**
 * Responds to HTTP errors with an error code of this API and a body that GraphQL clients understand.
 *
 * @param sendMissingPage answers a browser's request for an address that does not exist; returns whether it has
 */
export function answerErrors(
  server: FastifyInstance,
  sendMissingPage: (request: FastifyRequest, reply: FastifyReply) => boolean,
): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      // Fastify closes the connection in case more of the body follows. Here the body has always been received.
      reply.removeHeader('connection');
      return reply.code(status).send(errorBody('BAD_USER_INPUT', httpErrorMessage(error, request)));
    }
    request.log.error({ err: error }, DEFECT_LOG_MESSAGE);
    const message = 'Something went wrong inside the gateway; its log has the details.';
    return reply.code(500).send(errorBody('INTERNAL_SERVER_ERROR', message, request.id));
  });
  server.setNotFoundHandler((request, reply) => {
    if (sendMissingPage(request, reply)) return reply;
    const message = `There is no ${request.method} route at this address; the API is at /graphql.`;
    return reply.code(404).send(errorBody('NOT_FOUND', message));
  });
}

/** Rejects requests without a valid Host header, and requests with several. */
export function refuseBadHosts(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (hasValidHost(request)) done();
    else {
      const message = 'The request must have exactly one Host header with a valid host name.';
      void reply.code(400).send(errorBody('BAD_USER_INPUT', message));
    }
  });
}

/** Number of Host headers. A request with two is dangerous, because a proxy may use the other one. */
export function countHosts({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** HTTP 1.0 requests need no Host header; some health checks still use HTTP 1.0. */
function hasValidHost({ protocol, hostname, raw, url }: FastifyRequest): boolean {
  const hosts = countHosts(raw);
  if (hosts === 0) return raw.httpVersion === '1.0';
  // Later code builds URLs from the host. Without this check, an invalid host would cause a response with status 500.
  return hosts === 1 && URL.canParse(url, `${protocol}://${hostname}/`);
}

/** Lets a page of one of the origins read the answer to a request for which no hooks run. */
export function allowOrigin(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): void {
  const { origin } = headers;
  if (origins.length > 0) reply.header('vary', 'Origin');
  if (origin !== undefined && origins.includes(origin)) reply.header('access-control-allow-origin', origin);
}

/** Responds to requests that Fastify cannot route because their address is malformed. */
export function answerUnroutable(_error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const message = 'The address is not well-formed.';
  // Closes the connection, because no hook reads the body of such a request.
  void reply.code(400).header('connection', 'close').send(errorBody('BAD_USER_INPUT', message));
}

/** Responds to data that is not a valid HTTP request. There is no response object, so the response is written to the socket. */
export function answerBrokenRequests(error: ConnectionError, socket: Socket): void {
  // Not an HTTP error, such as a failed TLS handshake: a response could never be sent.
  if (!/^(HPE_|ERR_HTTP_)/.test(error.code) || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, message] = brokenRequestError(error.code);
  writeError(socket, status, message);
}

/** Responds to CONNECT and to unknown Expect headers, to which Node.js responds without a body or not at all. */
export function answerConnectAndExpect(server: HttpServer): void {
  server.on('connect', (_request, socket) =>
    writeError(socket, 405, 'CONNECT is not supported: the gateway is not a proxy.'),
  );
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const message = 'The only supported Expect header is 100-continue.';
    const body = Buffer.from(JSON.stringify(errorBody('BAD_USER_INPUT', message)));
    response.writeHead(417, {
      'content-type': JSON_TYPE,
      'content-length': body.length,
      connection: 'close',
    });
    response.end(body);
  });
}

function writeError(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify(errorBody('BAD_USER_INPUT', message));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${JSON_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenRequestError(code: string): readonly [status: number, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request was not received in time.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The headers are too large.'];
    default:
      return [400, 'The request is not valid HTTP.'];
  }
}

/** What an error that Fastify has found in a request means, and what to do. */
export function httpErrorMessage(error: FastifyError, request: FastifyRequest): string {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return tooLargeMessage(request);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return request.routeOptions.config.receivesBody === true
        ? 'The header content-type is not well-formed; leave it out, or send content-type: text/csv.'
        : 'Only JSON bodies are accepted; send content-type: application/json.';
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return (
        request.routeOptions.config.ifEmpty ??
        'The body is empty; send a JSON object with the operation as query.'
      );
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return 'The body is not valid JSON, or contains a forbidden key such as __proto__.';
    default:
      return error.message;
  }
}

function tooLargeMessage({ routeOptions: { bodyLimit, config } }: FastifyRequest): string {
  const remedy =
    config.ifTooLarge ??
    'Send larger files to POST /import/{customer}/{destination}, or import them with the command aam-gateway import.';
  return `The request body exceeds ${Math.floor(bodyLimit / 1024)} KiB. ${remedy}`;
}
