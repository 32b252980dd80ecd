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

interface ErrorBody {
  readonly errors: readonly {
    readonly message: string;
    readonly extensions: { readonly code: ErrorCode; readonly requestId?: string };
  }[];
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** An error in the form of GraphQL's, for what goes wrong before GraphQL has its turn. */
export function errorBody(code: ErrorCode, message: string, requestId?: string): ErrorBody {
  return { errors: [{ message, extensions: requestId === undefined ? { code } : { code, requestId } }] };
}

/** Gives every failure of HTTP itself a code of the API's and a body that GraphQL clients understand. */
export function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      // Fastify closes the connection, because more of the body could come; here it has come by then.
      reply.removeHeader('connection');
      return reply.code(status).send(errorBody('BAD_USER_INPUT', messageOf(error, request)));
    }
    request.log.error({ err: error }, 'a defect in the gateway');
    const message = 'Something went wrong inside the gateway; its log has the details.';
    return reply.code(500).send(errorBody('INTERNAL_SERVER_ERROR', message, request.id));
  });
  server.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at this address for ${request.method}; the API is at /graphql.`;
    return reply.code(404).send(errorBody('NOT_FOUND', message));
  });
}

/** For each request that comes under no name of a host, or under two. */
export function refuseBadHosts(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (hasHost(request)) done();
    else {
      const message = 'One Host header with a host name is needed.';
      void reply.code(400).send(errorBody('BAD_USER_INPUT', message));
    }
  });
}

/** Two could mean one thing to a proxy and another here. */
export function countHosts({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** Before HTTP 1.1 there was none, and some health checks still do without. */
function hasHost({ protocol, hostname, raw, url }: FastifyRequest): boolean {
  const hosts = countHosts(raw);
  if (hosts === 0) return raw.httpVersion === '1.0';
  // URLs are made of it further on; one that is none must not look like a defect of ours.
  return hosts === 1 && URL.canParse(url, `${protocol}://${hostname}/`);
}

/** Answers what has no route because its address cannot be read. */
export function answerUnroutable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const [status, message] =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? ([414, 'A part of the address is too long.'] as const)
      : ([400, 'The address is not well-formed.'] as const);
  // No hook sees to a body that may follow.
  void reply.code(status).header('connection', 'close').send(errorBody('BAD_USER_INPUT', message));
}

/** What comes before HTTP has understood a request: there is nothing but the connection to answer on. */
export function answerBrokenRequests(error: ConnectionError, socket: Socket): void {
  // Without a secured connection, an answer would wait for it without end.
  if (!/^(HPE_|ERR_HTTP_)/.test(error.code) || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, message] = brokenAnswer(error.code);
  answerOn(socket, status, message);
}

/** Answers the few requests that Node.js answers without a word, or not at all. */
export function answerUnusual(server: HttpServer): void {
  server.on('connect', (_request, socket) => answerOn(socket, 405, 'The gateway is no proxy.'));
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const message = 'The gateway meets no other expectation than 100-continue.';
    const body = Buffer.from(JSON.stringify(errorBody('BAD_USER_INPUT', message)));
    response.writeHead(417, {
      'content-type': JSON_TYPE,
      'content-length': body.length,
      connection: 'close',
    });
    response.end(body);
  });
}

function answerOn(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify(errorBody('BAD_USER_INPUT', message));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${JSON_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenAnswer(code: string): readonly [status: number, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The headers are too large.'];
    default:
      return [400, 'This is not HTTP as the gateway understands it.'];
  }
}

function messageOf(error: FastifyError, request: FastifyRequest): string {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return tooLarge(request);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'A body is read as JSON alone; send it with content-type: application/json.';
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'The body is empty; send JSON with the operation as query.';
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return 'The body is not JSON, or has a key that is not allowed, such as __proto__.';
    default:
      return error.message;
  }
}

function tooLarge(request: FastifyRequest): string {
  const kibibytes = Math.floor(request.routeOptions.bodyLimit / 1024);
  return `The request has more than ${kibibytes} KiB. Larger files are imported with the command aam-gateway import.`;
}
